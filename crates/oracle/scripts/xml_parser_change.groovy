// XmlParser: changing nodes, then writing.
// body: <list><a>1</a><b x="1">2</b><c>3</c></list>
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.xml.XmlUtil

Message processData(Message message) {
    def out = []
    def l = new XmlParser().parseText(message.getBody(String))
    l.a[0].value = 'new'
    l.b[0].@x = '9'
    l.b[0].attributes().put('y', 'z')
    l.appendNode('d', [k: 'v'], 'text')
    def e = new Node(l, 'e')
    e.appendNode('f', 'deep')
    l.remove(l.c[0])
    l.children().add(0, new Node(null, 'first'))
    l.a[0].replaceNode { g('h') }
    out << l.children()*.name() << XmlUtil.serialize(l)
    message.setBody(out.join('\n'))
    return message
}
