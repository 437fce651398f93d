// Calls and properties on null.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def n = null
    out << n?.x << n?.x?.y << n?.foo() << n?.foo()?.bar << n.toString() << "$n" << 'a' + n << n + 'a'
    ['x', 'foo'].each { name ->
        try { n."$name"; out << 'none' } catch (NullPointerException e) { out << e.message }
        try { n."$name"(); out << 'none' } catch (NullPointerException e) { out << e.message }
    }
    try { n[0]; out << 'none' } catch (NullPointerException e) { out << e.message }
    try { n + 1; out << 'none' } catch (NullPointerException e) { out << e.message }
    try { n.x = 1; out << 'none' } catch (NullPointerException e) { out << e.message }
    out << (n as String) << (n as Integer) << (n in [null]) << (n instanceof String)
    message.setBody(out.join('\n'))
    return message
}
