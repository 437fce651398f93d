// A body set as a stream.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    message.setBody(new ByteArrayInputStream('stream'.bytes))
    return message
}
