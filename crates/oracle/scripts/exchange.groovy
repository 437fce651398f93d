// The exchange behind the message.
// property: P=v
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def x = message.exchange
    out << x.getProperty('P') << x.getIn().getBody(String)
    message.setBody(out.join('\n'))
    return message
}
