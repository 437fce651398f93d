// The usual calls on texts.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def s = 'Hello World'
    out << s.length() << s.size() << s.toUpperCase() << s.toLowerCase() << s.substring(6) << s.substring(0, 5) << s.indexOf('o') << s.lastIndexOf('o')
    out << s.contains('World') << s.startsWith('He') << s.endsWith('d') << s.replace('l', 'L') << s.replaceAll('[aeiou]', '*') << s.replaceFirst('l', '1')
    out << s.charAt(4) << s.equalsIgnoreCase('hello world') << s.compareTo('Help') << s.concat('!') << '  t '.trim() << 'a,b'.split(',').length << ''.isEmpty() << s.matches('H.*d')
    out << s.reverse() << s.indexOf('zz') << s.indexOf('o', 5) << s.hashCode() << s.codePointAt(0) << 'a-b'.toUpperCase().toLowerCase()
    message.setBody(out.join('\n'))
    return message
}
