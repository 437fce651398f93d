// All headers at once.
// header: A=1
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    message.setHeaders([X: 'x', y: 2])
    out << message.getHeaders().get('Y') << message.getHeaders().containsKey('A')
    message.setBody(out.join('\n'))
    return message
}
