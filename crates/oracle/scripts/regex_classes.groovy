// Pattern and Matcher as in Java.
import com.sap.gateway.ip.core.customdev.util.Message
import java.util.regex.Matcher
import java.util.regex.Pattern

Message processData(Message message) {
    def out = []
    Pattern p = Pattern.compile('(?<key>[a-z]+)=(\\d*)', Pattern.CASE_INSENSITIVE)
    Matcher m = p.matcher('A=1 b=22 c=')
    while (m.find()) { out << m.group('key') + '/' + m.group(2) + '@' + m.start() }
    out << Pattern.matches('\\d+', '123') << Pattern.quote('a.b') << p.pattern() << p.split('xA=1y').toList() << m.reset().replaceAll('#') << ~/a+/ << (~/a+/).matcher('caat').find()
    out << Matcher.quoteReplacement('$1') << 'a.b|c'.split(Pattern.quote('|')).toList() << 'A\nB'.matches('(?s)A.B') << ('abc' =~ Pattern.compile('B', Pattern.CASE_INSENSITIVE)).find() << m.matches() << ('2024-01-31' =~ /^(\d{4})-(\d{2})-(\d{2})$/).matches()
    message.setBody(out.join('\n'))
    return message
}
