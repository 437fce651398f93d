// Loops of all kinds.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    for (int i = 0; i < 3; i++) { out << i + "x" }
    def n = 3
    while (n > 0) { n--; if (n == 1) continue; out << n }
    for (x in [1, 2, 3]) { if (x == 3) break; out << x }
    for (String s : ['a', 'b'] as String[]) out << s
    for (c in 'xy') out << c
    for (e in [k: 1]) out << e.key
    outer:
    for (i in 1..3) {
        for (j in 1..3) {
            if (j == 2) continue outer
            if (i == 3) break outer
            out << "$i$j"
        }
    }
    for (x in null) { out << 'never' }
    int k = 0
    for (;;) { if (k++ > 1) break }
    out << k
    message.setBody(out.join('\n'))
    return message
}
