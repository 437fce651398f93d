// MarkupBuilder.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.xml.MarkupBuilder

Message processData(Message message) {
    def w = new StringWriter()
    def x = new MarkupBuilder(w)
    x.mkp.xmlDeclaration(version: '1.0', encoding: 'UTF-8')
    x.order(id: 7, 'n:k': 'v', quote: 'a"b\'c') {
        head { date('2024'); empty(); emptyText(''); nothing(null) }
        ['A', 'B'].each { s -> item(no: s) { sku(s); price(1.50) } }
        'dotted.name'('x')
        "dyn${1}"('y')
        text('a < b & c > d "q"')
        mkp.yield('raw <')
        mkp.yieldUnescaped('<u/>')
        mkp.comment('note')
        attr(a: null, b: 'ä')
    }
    message.setBody(w.toString())
    return message
}
