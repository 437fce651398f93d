// JsonSlurper: texts that are no JSON.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.JsonSlurper

Message processData(Message message) {
    def out = []
    ['', '{', '{"a" 1}', '[1,]', "{'a':1}", '{a:1}', 'hello', '{"a":1,}', '{"a":tru}', '"open', '1x', '[1 2]', null].each { t ->
        try { out << new JsonSlurper().parseText(t) } catch (Exception e) { out << e.class.name }
    }
    message.setBody(out.join('\n'))
    return message
}
