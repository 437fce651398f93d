// Headers: reading, whatever the case.
// header: Content-Type=text/xml
// header: Count=5
// header: Flag=true
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def h = message.getHeaders()
    out << h.get('Content-Type') << h.get('content-type') << h['CONTENT-TYPE'] << h.Count << message.getHeader('Count', Integer) << message.getHeader('Count', String) << message.getHeader('count', java.lang.String) << message.getHeader('none', String) << h.none << h.containsKey('count') << h.get('Count').class.simpleName << message.headers.Flag << h.size() << (h.get('Count') as String) << h.getOrDefault('zz', 'd') << h.findAll { it.key.startsWith('C') }.size() << h.keySet().sort().join(',')
    h.each { k, v -> out << "$k=$v" }
    message.setBody(out.join('\n'))
    return message
}
