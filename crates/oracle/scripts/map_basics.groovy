// Maps: making, reading, changing.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def m = [a: 1, 'b c': 2, (1 + 1): 'two']
    out << m.a << m['b c'] << m[2] << m.x << m.get('a') << m.get('zz', 'dflt') << m.getOrDefault('q', 0) << m.size() << m.containsKey('a') << m.containsValue(2) << ('a' in m) << m.class << m.getClass().name
    m.d = 4
    m['e'] = 5
    m.put('f', 6)
    m << [g: 7]
    m.putAll([h: 8])
    out << m << m.remove('d') << m.keySet() << m.values() << m.entrySet().size() << m.isEmpty() << m.plus([z: 1]).size() << (m + [a: 99]).a << m.subMap(['a', 'e']) << m.find { k, v -> v == 5 } << m.find { it.value == 5 }.key << "${m}" << m.toString()
    m.putIfAbsent('a', 3)
    out << m.a << [b: 1, a: 2].sort() << [:].a << [:] << [a: null].a << m.keySet().toList()[0] << new HashMap(m).size() << new TreeMap([z: 1, y: 2]) << new LinkedHashMap() << m.hashCode().class
    message.setBody(out.join('\n'))
    return message
}
