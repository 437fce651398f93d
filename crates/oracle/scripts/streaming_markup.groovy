// StreamingMarkupBuilder.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.xml.StreamingMarkupBuilder
import groovy.xml.XmlUtil

Message processData(Message message) {
    def out = []
    def b = new StreamingMarkupBuilder()
    b.encoding = 'UTF-8'
    def m = b.bind {
        mkp.xmlDeclaration()
        mkp.declareNamespace(p: 'urn:p', '': 'urn:d')
        order(id: 7) {
            p.ext('e')
            ['A', 'B'].each { s -> item(no: s) { sku(s) } }
            empty()
            text('a < b & ä')
            mkp.yield 'y<'
            mkp.yieldUnescaped '<u/>'
            mkp.comment 'c'
        }
    }
    out << m.toString() << XmlUtil.serialize(m) << new StreamingMarkupBuilder().bind { x('ä') }.toString()
    message.setBody(out.join('\n'))
    return message
}
