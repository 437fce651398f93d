// A body set as a number.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    message.setBody(12.50)
    return message
}
