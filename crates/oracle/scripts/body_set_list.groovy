// A body set as a list or a map.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    message.setBody([1, 'a', [b: 2]])
    return message
}
