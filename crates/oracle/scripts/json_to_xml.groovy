// JSON becomes XML.
// body: {"order": {"id": 5, "lines": [{"sku": "A<", "qty": 2}, {"sku": "B", "qty": null}]}}
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.JsonSlurper
import groovy.xml.MarkupBuilder

Message processData(Message message) {
    def j = new JsonSlurper().parse(message.getBody(Reader))
    def w = new StringWriter()
    def x = new MarkupBuilder(w)
    x.Order(id: j.order.id) { j.order.lines.each { l -> Line { Sku(l.sku); Qty(l.qty) } } }
    message.setBody(w.toString())
    return message
}
