// Attachments of the message.
// attachment: note.txt,text/plain,a note
// attachment: data.csv,text/csv,x;y
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def all = message.getAttachments()
    out << all.size() << all.keySet().join(',')
    all.each { name, handler -> out << name + ' ' + handler.getContentType() + ' ' + handler.getInputStream().getText('UTF-8') }
    message.setBody(out.join('\n'))
    return message
}
