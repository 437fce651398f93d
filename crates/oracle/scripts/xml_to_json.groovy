// XML becomes JSON.
// body: <o><n>Anna</n><i><s>A</s><q>2</q></i><i><s>B</s><q>3</q></i></o>
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.JsonBuilder
import groovy.json.JsonOutput

Message processData(Message message) {
    def o = new XmlSlurper().parseText(message.getBody(String))
    def m = [name: o.n.text(), items: o.i.collect { [sku: it.s.text(), qty: it.q.toInteger()] }]
    message.setBody(JsonOutput.prettyPrint(JsonOutput.toJson(m)) + new JsonBuilder(m).toPrettyString())
    return message
}
