// JSON read, changed and written.
// body: {"orders": [{"id": 1, "items": [{"sku": "A", "qty": 2}]}, {"id": 2, "items": []}]}
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.JsonOutput
import groovy.json.JsonSlurper

Message processData(Message message) {
    def j = new JsonSlurper().parseText(message.getBody(String))
    j.orders[0].items[0].qty = 5
    j.orders << [id: 3, items: [[sku: 'B', qty: 1]]]
    j.total = j.orders.collectMany { it.items }.sum { it.qty }
    j.orders.each { it.remove('id') }
    j.orders.removeAll { it.items.isEmpty() }
    message.setBody(JsonOutput.toJson(j))
    return message
}
