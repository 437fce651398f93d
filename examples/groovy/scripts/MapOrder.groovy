import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.it.api.ITApiFactory
import com.sap.it.api.mapping.ValueMappingApi
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import src.main.resources.script.Totals

// The shop's order becomes the partner's: countries by their names, lines with a total.
def Message processData(Message message) {
    def order = new JsonSlurper().parse(message.getBody(java.io.Reader))
    if (!order.lines) {
        throw new IllegalArgumentException("order ${order.id} has no lines")
    }
    def values = ITApiFactory.getService(ValueMappingApi.class, null)
    def country = values.getMappedValue('Shop', 'Country', order.country, 'Partner', 'CountryName')
    def totals = new Totals(order.lines)

    message.setHeader('OrderId', order.id)
    message.setHeader('Content-Type', 'application/json')
    message.setProperty('Total', totals.sum())
    message.setBody(JsonOutput.toJson([number: order.id, country: country ?: 'unknown', lines: totals.lines(), total: totals.sum()]))

    def log = messageLogFactory.getMessageLog(message)
    if (log != null) {
        log.addCustomHeaderProperty('Order', order.id as String)
    }
    return message
}
