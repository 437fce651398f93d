// Parts of texts by index and range.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def s = 'hello'
    out << s[0] << s[-1] << s[1..3] << s[-3..-1] << s[0, 4] << s[1..<3] << s[3..1] << s.getAt(2) << s.take(2) << s.drop(3) << s.take(99) << s.drop(99)
    try { out << s.substring(9) } catch (Exception e) { out << e.class.name + ': ' + e.message }
    try { out << s.substring(2, 1) } catch (Exception e) { out << e.class.name + ': ' + e.message }
    try { out << s[9] } catch (Exception e) { out << e.class.name + ': ' + e.message }
    message.setBody(out.join('\n'))
    return message
}
