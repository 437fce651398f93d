// A body set as a builder of texts.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    message.setBody(new StringBuilder('builder').append(1))
    return message
}
