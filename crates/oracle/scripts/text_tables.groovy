// Texts of fixed width.
// body: 0001Anna      00150\n0002Bert      00007
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    message.getBody(String).eachLine { l -> out << [l[0..3].toInteger(), l[4..13].trim(), l.substring(14).toBigDecimal() / 100] }
    out << 'ab'.padRight(6, '.') + 'cd'.padLeft(6, '.') << '%-10s|'.replace('%', '') << String.format('%-8s%8.2f', 'x', 2.5d)
    message.setBody(out.join('\n'))
    return message
}
