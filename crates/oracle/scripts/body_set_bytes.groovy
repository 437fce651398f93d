// A body set as bytes.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    message.setBody('bytes ä'.getBytes('UTF-8'))
    return message
}
