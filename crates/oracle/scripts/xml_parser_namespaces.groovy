// XmlParser: names with namespaces.
// body: <p:a xmlns:p="urn:p"><p:b>1</p:b><b>2</b></p:a>
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.xml.Namespace

Message processData(Message message) {
    def out = []
    def text = message.getBody(String)
    def a = new XmlParser().parseText(text)
    def p = new Namespace('urn:p', 'p')
    out << a.name() << a.'p:b'.text() << a.b.text() << a[p.b].text() << a.name().localPart << a.name().getNamespaceURI() << new XmlParser(false, false).parseText(text).'p:b'.text() << new XmlParser(false, false).parseText(text).name() << a.children()*.name()
    message.setBody(out.join('\n'))
    return message
}
