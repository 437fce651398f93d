// StreamingJsonBuilder.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.StreamingJsonBuilder

Message processData(Message message) {
    def out = []
    def w = new StringWriter()
    def b = new StreamingJsonBuilder(w)
    b.order { id 1; items([1, 2]) { n -> v n } }
    out << w.toString()
    message.setBody(out.join('\n'))
    return message
}
