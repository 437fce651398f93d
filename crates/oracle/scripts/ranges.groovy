// Ranges.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << (1..5) << (1..<5).toList() << (5..1).toList() << ('a'..'e').join('') << (1..5).size() << (1..10).step(3) << (5 in 1..9) << (1..5).sum() << (0..<0).size() << (1..3).collect { it * it } << (1..5).contains(3) << (1..3).from << (1..3).to << (3..1).reverse() << (1..3) + [9] << [0, 1, 2, 3, 4][1..-2] << (1..3).class.name
    for (i in 0..2) { out << i }
    for (i in 2..0) { out << i }
    (1..3).each { out << it }
    1.upto(3) { out << it }
    3.downto(1) { out << it }
    3.times { out << it }
    1.step(10, 4) { out << it }
    message.setBody(out.join('\n'))
    return message
}
