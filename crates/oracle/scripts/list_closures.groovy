// Lists walked with closures.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def l = [1, 2, 3, 4, 5]
    out << l.collect { it * 2 } << l.findAll { it % 2 } << l.find { it > 3 } << l.any { it > 4 } << l.every { it > 0 } << l.inject(0) { a, b -> a + b } << l.inject { a, b -> a * b } << l.sum() << l.sum { it * 10 } << l.max() << l.min { -it } << l.count { it > 2 } << l.count(3)
    def seen = []
    l.eachWithIndex { v, i -> seen << "$i:$v" }
    out << seen << l.groupBy { it % 2 == 0 ? 'even' : 'odd' } << l.collectEntries { [it, it * it] } << l.split { it > 3 } << l.takeWhile { it < 3 } << l.dropWhile { it < 3 } << l.findIndexOf { it == 3 } << l.collectMany { [it, it] } << l.findResult { it > 2 ? "r$it" : null } << l.countBy { it > 2 }
    message.setBody(out.join('\n'))
    return message
}
