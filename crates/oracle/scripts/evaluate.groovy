// Code given as text.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << evaluate('1 + 2') << Eval.me('3 * 4') << Eval.x(5, 'x + 1') << new GroovyShell().evaluate('[1, 2].sum()')
    message.setBody(out.join('\n'))
    return message
}
