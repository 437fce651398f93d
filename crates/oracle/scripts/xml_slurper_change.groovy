// XmlSlurper: changing, adding, removing, then writing.
// body: <list><a>1</a><b x="1">2</b><c>3</c></list>
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.xml.XmlUtil

Message processData(Message message) {
    def out = []
    def l = new XmlSlurper().parseText(message.getBody(String))
    l.a = 'new'
    l.b.@x = '9'
    l.b.@y = 'added'
    l.c.replaceNode { d('replaced') { } }
    l.appendNode { e(k: 'v') { f('deep') } }
    out << l.a.text() << XmlUtil.serialize(l)
    message.setBody(out.join('\n'))
    return message
}
