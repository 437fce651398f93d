// Calls without parentheses, line breaks in strange places.
import com.sap.gateway.ip.core.customdev.util.Message

def two(a, b) { "$a-$b" }
def cl(Closure c) { c() }
def mapped(Map m, Closure c = null) { m.toString() + (c ? c() : '') }

Message processData(Message message) {
    def out = []
    out << two('a', 'b') << cl { 'x' } << mapped(a: 1) { 'y' } << mapped([a: 2])
    def r = two 1, 2
    out << r
    cl {
        out << 'inside'
    }
    out << two(
        'p',
        'q'
    )
    out << ['a', 'b']
        .join('+')
    assert out.size() > 3
    assert true: 'fine'
    def (p, q) = 'x=y'.split('=')
    out << p + q << """multi
    line""" << 'cont\
    inued'
    return message
}
