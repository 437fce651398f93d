// Types of parameters and returns coerced.
import com.sap.gateway.ip.core.customdev.util.Message

int toInt(x) { x }
String toText(x) { x }
boolean toFlag(x) { x }
List<String> names() { ['a', 'b'] }
def typed(String s, int i, List l, Map m = [:]) { "$s$i$l$m" }

Message processData(Message message) {
    def out = []
    out << toInt(5L) << toText(12) << toText("g${1}").class.simpleName << toFlag('x') << toFlag(0) << names() << typed('a', 1, [2]) << typed("${'g'}", 2, [])
    try { toInt('abc') } catch (Exception e) { out << e.class.simpleName }
    try { typed(1, 2, 3) } catch (MissingMethodException e) { out << 'no such function' }
    String t = null
    out << t << (t == null) << toText(null) << (toText([1]) == '[1]')
    message.setBody(out.join('\n'))
    return message
}
