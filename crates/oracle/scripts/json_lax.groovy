// JsonSlurper with the lax parser.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.JsonParserType
import groovy.json.JsonSlurper

Message processData(Message message) {
    def out = []
    def s = new JsonSlurper().setType(JsonParserType.LAX)
    out << s.parseText("{a: 1, 'b': 'x', /* c */ c: [1, 2]}").b
    message.setBody(out.join('\n'))
    return message
}
