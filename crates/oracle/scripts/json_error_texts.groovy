// JsonSlurper: what it says about texts that are no JSON.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.JsonSlurper

Message processData(Message message) {
    def out = []
    ['', '{', 'hello', '<a/>', '{"a":tru}'].each { t ->
        try { out << new JsonSlurper().parseText(t) } catch (Exception e) { out << e.message }
    }
    message.setBody(out.join('\n'))
    return message
}
