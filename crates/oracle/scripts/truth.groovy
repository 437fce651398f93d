// What counts as true.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    [null, '', ' ', '0', 0, 0.0, 1, [], [0], [:], [a: 1], false, true, 'false', "${''}", new Object[0], 'x' as char].each { out << (it ? 'T' : 'F') }
    out << !!'a' << !'' << ('' ?: 'd') << (0 ?: 5) << ('v' ?: 'd') << (null ?: null)
    out << ('a' && 1) << (null || []) << ([] || 'x')
    message.setBody(out.join('\n'))
    return message
}
