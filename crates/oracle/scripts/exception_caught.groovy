// The failure in an exception subprocess.
// exception: the receiver refused
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def e = message.getProperties().get('CamelExceptionCaught')
    message.setProperty('class', e.getClass().getCanonicalName())
    message.setBody(e == null ? 'none' : e.getMessage() + '|' + e.toString().contains('refused') + '|' + (e instanceof Exception))
    return message
}
