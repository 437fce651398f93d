// No failure: the property is not there.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def e = message.getProperty('CamelExceptionCaught')
    message.setBody(e == null ? 'none' : e.message)
    return message
}
