// Bits, shifts, assignment, spaceship, ternary.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    int i = 6
    out << (i & 3) << (i | 1) << (i ^ 5) << (i << 2) << (i >> 1) << (-8 >>> 28) << (true & false) << (true ^ true) << (true | false)
    i += 2; i -= 1; i *= 3; i %= 5; i <<= 2
    out << i << (i > 3 && i < 100 ? 'mid' : 'out') << (i ?: 7) << !(i > 3) << (1 < 2 == true) << 2 + 3 * 4 - 6 / 2 << (2 + 3) * 4 << -2 ** 2 << 'a' + 1 + 2 << 1 + 2 + 'a' << 10 % 4 * 2
    def e = null
    e = e ?: 'set'
    out << e << (5 instanceof Integer) << ('x' instanceof CharSequence) << !(5 instanceof String) << (3 in [1, 3]) << ('ell' in 'hello'.toList())
    message.setBody(out.join('\n'))
    return message
}
