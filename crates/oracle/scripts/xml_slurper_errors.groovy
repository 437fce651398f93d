// XmlSlurper: texts that are no XML.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    ['', 'x', '<a>', '<a></b>', '<a b=1/>', '<a>&x;</a>', '<a/><b/>', '<!DOCTYPE a><a/>', '<a b="1" b="2"/>', '<a:b/>'].each { t ->
        try { new XmlSlurper().parseText(t); out << 'parsed' } catch (Exception e) { out << e.class.name }
    }
    message.setBody(out.join('\n'))
    return message
}
