// A body set as a reader.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    message.setBody(new StringReader('reader'))
    return message
}
