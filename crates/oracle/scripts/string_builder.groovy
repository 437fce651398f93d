// Builders and buffers of texts.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def b = new StringBuilder()
    b.append('a').append(1).append(null as Object).append(2.5).append('c' as char)
    b << 'x' << 3
    out << b << b.length() << b.indexOf('x') << b.reverse()
    b.setLength(3)
    out << b.toString() << b.insert(0, '>').toString() << b.deleteCharAt(0).toString() << b.replace(0, 1, 'ZZ').toString() << b.size()
    def f = new StringBuffer('init')
    f.append("\n").append("${1 + 1}")
    f.setLength(5)
    out << f.toString().trim() << f.toString().bytes.length << (f as String).length() << b.charAt(0) << b.substring(1) << new StringBuilder('ab').delete(0, 1)
    message.setBody(out.join('\n'))
    return message
}
