// A log that depends on a property, in a function of its own.
// property: ENABLE_LOGGING=true
import com.sap.gateway.ip.core.customdev.util.Message

def log(String title, Message message) {
    def messageLog = messageLogFactory.getMessageLog(message)
    if (message.getProperties().get('ENABLE_LOGGING')?.toString()?.equalsIgnoreCase('true')) {
        messageLog?.addAttachmentAsString(title, message.getBody(String) as String, 'text/plain')
    }
}

Message processData(Message message) {
    log('before', message)
    message.setBody('after')
    log('after', message)
    return message
}
