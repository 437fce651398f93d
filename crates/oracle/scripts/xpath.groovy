// XPath on a document.
// body: <order id="7"><item no="1"><p>2.5</p></item><item no="2"><p>3</p></item></order>
import com.sap.gateway.ip.core.customdev.util.Message
import javax.xml.parsers.DocumentBuilderFactory
import javax.xml.xpath.XPathConstants
import javax.xml.xpath.XPathFactory

Message processData(Message message) {
    def out = []
    def d = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(message.getBody(byte[])))
    def x = XPathFactory.newInstance().newXPath()
    out << x.evaluate('/order/@id', d) << x.evaluate('count(//item)', d) << x.evaluate('sum(//p)', d, XPathConstants.NUMBER) << x.evaluate('//item', d, XPathConstants.NODESET).length << x.compile("//item[@no='2']/p").evaluate(d) << x.evaluate('/none', d) + '|' << x.evaluate("//item[@no='1']", d, XPathConstants.NODE).getAttribute('no') << x.evaluate('boolean(//p)', d, XPathConstants.BOOLEAN)
    message.setBody(out.join('\n'))
    return message
}
