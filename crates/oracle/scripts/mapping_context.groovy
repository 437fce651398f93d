// The context of a mapping function.
// header: H=hv
// property: P=pv
import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.it.api.mapping.*

def String upper(String value, MappingContext context) { value.toUpperCase() + context.getProperty('P') + context.getHeader('H') }
def void queue(String[] values, Output output, MappingContext context) { values.each { if (it) output.addValue(it) else output.addSuppress() } }

Message processData(Message message) {
    message.setBody('functions of mappings are declared here')
    return message
}
