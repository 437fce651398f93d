// A function that is not there.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    message.setBody(notThere('a', 1))
    return message
}
