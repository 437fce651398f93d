// Attachments and headers of the message log.
// body: payload
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def log = messageLogFactory.getMessageLog(message)
    if (log != null) {
        log.addAttachmentAsString('Payload', message.getBody(String), 'text/plain')
        log.addAttachmentAsString("G${1}", "${'text'}", 'text/xml')
        log.addCustomHeaderProperty('OrderId', '4711')
        log.addCustomHeaderProperty('Empty', '')
        log.setStringProperty('Info', 'x')
        log.setIntegerProperty('n', 5)
        log.setBooleanProperty('b', true)
    }
    message.setBody(out.join('\n'))
    return message
}
