// XmlNodePrinter and Node printing.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.util.XmlNodePrinter

Message processData(Message message) {
    def out = []
    def n = new XmlParser().parseText('<a x="1"><b>t</b><c/></a>')
    def w = new StringWriter()
    def p = new XmlNodePrinter(new PrintWriter(w))
    p.preserveWhitespace = true
    p.print(n)
    def v = new StringWriter()
    new XmlNodePrinter(new PrintWriter(v), '  ').print(n)
    out << w << v << n
    message.setBody(out.join('\n'))
    return message
}
