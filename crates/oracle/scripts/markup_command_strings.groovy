// MarkupBuilder and JsonBuilder with names that are texts, without parentheses.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.JsonBuilder
import groovy.xml.MarkupBuilder

Message processData(Message message) {
    def out = []
    def w = new StringWriter()
    def value = [a: [b: 'deep']]
    new MarkupBuilder(w).'Root' {
        'Header' { 'TABNAM' 'EDI_DC40'; 'Ref' value.a.b }
        'Item'(no: 1) { 'Qty' 2 }
    }
    def j = new JsonBuilder()
    j {
        'Header' { 'id' 7 }
        'list' value.collect { k, v -> [(k): v.b] }
    }
    out << w << j.toString()
    message.setBody(out.join('\n'))
    return message
}
