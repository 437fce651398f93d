// Patterns: finding and groups.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def m = 'a1b22' =~ /(\w)(\d+)/
    out << m.find() << m.group() << m.group(2) << m.start() << m.end() << m.groupCount()
    out << ('abc' ==~ /b/) << ('abc' ==~ /a.c/) << (('abc' =~ /b/) ? 'found' : 'none') << ('a1b22' =~ /(\w)(\d+)/)[1][2] << ('a1b22' =~ /\d+/)[0] << ('a1b22' =~ /\d+/).collect { it } << ('x' =~ /y/).size() << ('a1b22' =~ /\d+/).count
    ('k1=v1;k2=v2' =~ /(\w+)=(\w+)/).each { all, k, v -> out << "$all:$k:$v" }
    out << 'a1b22'.replaceAll(/\d/) { '<' + it + '>' } << 'John Smith'.replaceAll(/(\w+) (\w+)/, '$2 $1') << 'x1y2'.replaceAll(/([a-z])(\d)/) { all, l, d -> d + l } << 'aaa'.replaceFirst(/a/) { 'b' }
    try { ('x' =~ /y/)[0]; out << 'none' } catch (Exception e) { out << e.class.name + ': ' + e.message }
    message.setBody(out.join('\n'))
    return message
}
