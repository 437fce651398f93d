// DOM: reading and walking.
// body: <order id="7"><item no="1">A</item><item no="2">B</item></order>
import com.sap.gateway.ip.core.customdev.util.Message
import javax.xml.parsers.DocumentBuilderFactory
import org.xml.sax.InputSource

Message processData(Message message) {
    def out = []
    def builder = DocumentBuilderFactory.newInstance().newDocumentBuilder()
    def d = builder.parse(new InputSource(new StringReader(message.getBody(String))))
    def root = d.documentElement
    out << root.nodeName << root.getAttribute('id') << d.getElementsByTagName('item').length << d.getElementsByTagName('item').item(1).textContent << root.childNodes.length << root.firstChild.getAttribute('no') << root.getElementsByTagName('item').item(0).getNodeName() << root.textContent << builder.parse(new ByteArrayInputStream('<q>t</q>'.bytes)).getDocumentElement().getTextContent() << root.firstChild.nextSibling.getFirstChild().getNodeValue() << root.getAttributes().getNamedItem('id').getNodeValue() << root.getNodeType() << root.hasChildNodes() << d.getElementsByTagName('zz').getLength() << root.firstChild.parentNode.nodeName
    message.setBody(out.join('\n'))
    return message
}
