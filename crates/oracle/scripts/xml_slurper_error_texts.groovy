// XmlSlurper: what it says about texts that are no XML.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    ['', 'x', '<a>', '<a></b>', '{"a":1}'].each { t ->
        try { new XmlSlurper().parseText(t); out << 'parsed' } catch (Exception e) { out << e.message }
    }
    message.setBody(out.join('\n'))
    return message
}
