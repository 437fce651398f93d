// DOM: making and writing.
import com.sap.gateway.ip.core.customdev.util.Message
import javax.xml.parsers.DocumentBuilderFactory
import javax.xml.transform.OutputKeys
import javax.xml.transform.TransformerFactory
import javax.xml.transform.dom.DOMSource
import javax.xml.transform.stream.StreamResult

Message processData(Message message) {
    def d = DocumentBuilderFactory.newInstance().newDocumentBuilder().newDocument()
    def a = d.createElement('a')
    d.appendChild(a)
    a.setAttribute('k', 'v')
    def b = d.createElement('b')
    b.appendChild(d.createTextNode('t < u'))
    a.appendChild(b)
    a.appendChild(d.createElement('c'))
    def t = TransformerFactory.newInstance().newTransformer()
    t.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, 'yes')
    def w = new StringWriter()
    t.transform(new DOMSource(d), new StreamResult(w))
    message.setBody(w.toString())
    return message
}
