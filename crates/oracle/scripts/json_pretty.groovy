// JsonOutput.prettyPrint.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.JsonOutput

Message processData(Message message) {
    def out = []
    out << JsonOutput.prettyPrint('{"a":1,"b":[1,2,{"c":null}],"d":{},"e":[],"f":"x{y}","g":{"h":true}}') << JsonOutput.prettyPrint(JsonOutput.toJson([])) << JsonOutput.prettyPrint('[{"a":"\\u00e4\\n"}]') << JsonOutput.prettyPrint(JsonOutput.toJson([n: 1.50]))
    message.setBody(out.join('\n'))
    return message
}
