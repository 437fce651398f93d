// Odd places of statements: semicolons, empty blocks, comments, labels, nested conditions.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    /* a comment */ int a = 1; int b = 2;; // after
    if (a == 1) out << 'one'; else out << 'other'
    if (a == 2) { } else if (b == 2) { out << 'b' } else { out << 'c' }
    def s = a == 1 ?
        'yes' :
        'no'
    def long1 = 'a' +
        'b' +
        'c'
    def chain = [1, 2, 3]
        .collect { it * 2 }
        .findAll { it > 2 }
    out << s << long1 << chain
    def list = [
        1,
        2,
    ]
    def map = [
        a: 1,
        'b': 2,
    ]
    out << list << map
    { -> out << 'closure statement' }()
    out << (a > 0 && (b > 0 || false) ? (a + b) * 2 : 0)
    out.add 'command'
    return message
}
