// JsonBuilder.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.JsonBuilder

Message processData(Message message) {
    def out = []
    def b = new JsonBuilder()
    b.order {
        id 7
        customer { name 'Anna'; tags 'a', 'b' }
        items([[sku: 'A'], [sku: 'B']]) { i -> sku i.sku; fixed true }
        empty([])
        nothing null
    }
    out << b.toString() << b.toPrettyString() << new JsonBuilder([a: 1, b: [2]]).toString() << new JsonBuilder([1, 2, 3]).toString() << b.content.order.id
    def c = new JsonBuilder()
    c(name: 'x', n: 1)
    out << c.toString()
    def d = new JsonBuilder()
    d([1, 2]) { n -> value n }
    out << d.toString()
    def root = new JsonBuilder()
    root { a 1; b { c 2 } }
    out << root.toString()
    message.setBody(out.join('\n'))
    return message
}
