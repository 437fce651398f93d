// JsonOutput of objects of the script's own classes.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.JsonBuilder
import groovy.json.JsonOutput

class Resource { String name; String type }
class Event { String eventType; Resource resource; String severity; int count; List tags; private String hidden = 'h' }

Message processData(Message message) {
    def out = []
    def e = new Event(eventType: 'Full', resource: new Resource(name: 'q', type: 't'), severity: 'WARNING', count: 3)
    out << JsonOutput.toJson(e) << new JsonBuilder(e).toString()
    message.setBody(out.join('\n'))
    return message
}
