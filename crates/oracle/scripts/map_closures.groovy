// Maps walked with closures.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def m = [a: 1, b: 2, c: 3]
    m.each { k, v -> out << "$k=$v" }
    m.each { out << it.key + it.value }
    m.each { e -> out << e }
    m.eachWithIndex { k, v, i -> out << "$i$k$v" }
    out << m.collect { k, v -> k * v } << m.collect { it.value } << m.findAll { k, v -> v > 1 } << m.any { k, v -> v > 2 } << m.every { it.value } << m.collectEntries { k, v -> [v, k] } << m.inject(0) { s, e -> s + e.value } << m.groupBy { k, v -> v % 2 } << m.sort { -it.value } << m.max { it.value } << m.min { it.value }.key << m.count { it.value > 1 } << m.findResult { k, v -> v == 2 ? k : null } << m.sort { a, b -> b.value <=> a.value }.keySet() << m.entrySet().collect { it.key } << m.values().sum() << m.withDefault { 0 }.zz << m.drop(1) << m.take(1)
    for (e in m) { out << e.key + '>' + e.value }
    for (Map.Entry e : m.entrySet()) { out << e.getKey() + e.getValue() }
    message.setBody(out.join('\n'))
    return message
}
