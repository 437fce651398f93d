// A body set as text.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    message.setBody("new ${'body'}")
    return message
}
