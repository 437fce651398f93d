// A body set to null.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    message.setBody(null)
    return message
}
