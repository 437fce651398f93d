// Attachments added and removed.
// attachment: old.txt,text/plain,old
import com.sap.gateway.ip.core.customdev.util.Message
import javax.activation.DataHandler
import javax.mail.util.ByteArrayDataSource

Message processData(Message message) {
    def out = []
    def source = new ByteArrayDataSource('new content'.getBytes('UTF-8'), 'text/plain')
    def all = message.getAttachments()
    all.put('new.txt', new DataHandler(source))
    all.remove('old.txt')
    message.setAttachments(all)
    out << all.size()
    message.setBody(out.join('\n'))
    return message
}
