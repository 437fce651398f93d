// Names made at run time.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def m = [a: 1], k = 'a', f = 'size'
    out << m."$k" << m."${k}" << m[k] << 'abc'."$f"() << m."get"('a') << m.'a' << "abc"."substring"(1)
    m."new$k" = 5
    out << m
    def o = new Expando(x: 1)
    o.y = { it * 2 }
    out << o.x << o.y(4) << [a: { it + 1 }].a(1) << ({ -> 'called' })()
    message.setBody(out.join('\n'))
    return message
}
