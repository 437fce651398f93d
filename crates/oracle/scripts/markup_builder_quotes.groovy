// MarkupBuilder with double quotes, without indenting, with namespaces.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.xml.MarkupBuilder

Message processData(Message message) {
    def out = []
    def w = new StringWriter()
    def x = new MarkupBuilder(w)
    x.setDoubleQuotes(true)
    x.omitEmptyAttributes = true
    x.omitNullAttributes = true
    x.'soap:Envelope'('xmlns:soap': 'urn:soap', e: '', n: null) { 'soap:Body' { r(1) } }
    def v = new StringWriter()
    def flat = new MarkupBuilder(new IndentPrinter(new PrintWriter(v), '', false))
    flat.a { b('c'); d { e() } }
    def y = new StringWriter()
    new MarkupBuilder(y).root { [1, 2].eachWithIndex { n, i -> "n$i"(n) }; if (true) { yes() } else { no() } }
    out << w << v << y
    message.setBody(out.join('\n'))
    return message
}
