// Calls whose names are texts, without parentheses, and chains of commands.
import com.sap.gateway.ip.core.customdev.util.Message

class Names {
    def said = []
    def methodMissing(String name, args) { said << name + args.findAll { !(it instanceof Closure) }; args.findAll { it instanceof Closure }.each { it.delegate = this; it.resolveStrategy = Closure.DELEGATE_FIRST; it() } }
}

Message processData(Message message) {
    def out = []
    def n = new Names()
    n.with {
        'Header' {
            'TABNAM' 'EDI_DC40'
            'Two words' 1, 2
            'WithCall'([3])
        }
        plain 'x'
    }
    out << n.said
    [1, 2, 3].findAll { it > 1 } each { out << it }
    message.setBody(out.join('\n'))
    return message
}
