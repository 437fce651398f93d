import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.*

// Builders that write at once, objects of JsonOutput, and texts that are written anew.
def Message processData(Message message) {
    def out = []
    def made = { c ->
        def w = new StringWriter()
        try {
            c(new StreamingJsonBuilder(w))
        } catch (Exception e) {
            w << ' ' + e.class.name + ': ' + e.message
        }
        out << w.toString()
    }
    made { b -> b { a 1; c { d 'x' }; l([1, 2]) { n -> x n } } }
    made { b -> b.root { a 1; n null } }
    made { b -> b.root(a: 1) }
    made { b -> b([1, 2]) { n -> x n } }
    made { b -> b([a: 1]) }
    made { b -> b(1, 2) }
    made { b -> b.root('x') }
    made { b -> b.root([p: 1]) { c 2 } }
    made { b -> b.orders([[id: 1], [id: 2]]) { o -> id o.id; if (o.id == 1) { first true } } }
    out << new JsonOutput().toJson([a: 1]) << new JsonOutput().prettyPrint('{"a":[]}')
    out << JsonOutput.prettyPrint('{"a":"ä\\u00e4\\"\\/q","ß":"\\n"}')
    def w = new StringWriter()
    new JsonBuilder([a: 1]).writeTo(w)
    out << w
    try {
        new JsonBuilder().root('x')
    } catch (Exception e) {
        out << e.message
    }
    try {
        JsonOutput.toJson([a: Double.NaN])
    } catch (Exception e) {
        out << e.message
    }
    message.setBody(out.join('\n'))
    return message
}
