// Switch in all its cases.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def f = { v ->
        switch (v) {
            case 1: return 'one'
            case [2, 3]: return 'list'
            case 4..6: return 'range'
            case String: return 'text'
            case ~/\d+/: return 'pattern'
            case { it instanceof List && it.size() == 2 }: return 'closure'
            case null: return 'null'
            case 1.5: return 'decimal'
            default: return 'default'
        }
    }
    [1, 2, 5, 'abc', [8, 9], null, 1.5, 77, 3].each { out << f(it) }
    def trail = ''
    switch ('b') { case 'a': trail += 'a'; case 'b': trail += 'b'; case 'c': trail += 'c'; break; default: trail += 'd' }
    out << trail
    switch (10) { default: out << 'only default' }
    message.setBody(out.join('\n'))
    return message
}
