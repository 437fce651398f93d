// XmlSlurper: declared namespaces, prefixes, not aware.
// body: <p:a xmlns:p="urn:p" xmlns="urn:d"><p:b>1</p:b><b>2</b><c p:k="v">3</c></p:a>
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def text = message.getBody(String)
    def a = new XmlSlurper().parseText(text)
    out << a.name() << a.b << a.b.size() << a.c.@k << a.namespaceURI() << a.b[1].namespaceURI()
    def d = new XmlSlurper().parseText(text).declareNamespace(q: 'urn:p', z: 'urn:d')
    out << d.'q:b' << d.'z:b' << d.'q:b'.size() << d.b.size() << d.c.'@q:k'
    def n = new XmlSlurper(false, false).parseText(text)
    out << n.name() << n.'p:b' << n.b << n.c.'@p:k'
    message.setBody(out.join('\n'))
    return message
}
