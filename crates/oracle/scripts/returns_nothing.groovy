// A function that returns null.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    message.setBody('changed')
    return null
}
