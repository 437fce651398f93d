// java.util.Properties.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def p = new Properties()
    p.load(new StringReader('a=1\nb = two words\n# comment\nc:x'))
    out << p.getProperty('a') << p.getProperty('b') << p.c << p.getProperty('z', 'dflt') << p.size()
    p.setProperty('d', '4')
    out << p.d
    message.setBody(out.join('\n'))
    return message
}
