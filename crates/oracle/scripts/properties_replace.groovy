// All properties at once.
// property: A=1
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def m = new HashMap(message.getProperties())
    m.B = 2
    message.setProperties(m)
    message.setBody(out.join('\n'))
    return message
}
