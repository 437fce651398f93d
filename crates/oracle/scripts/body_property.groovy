// The body by its property.
// body: text
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    message.body = message.body + '!'
    message.setBody(message.body.reverse())
    return message
}
