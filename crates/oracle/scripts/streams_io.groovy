// Streams and writers in memory.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def o = new ByteArrayOutputStream()
    o.write('abc'.bytes)
    o << 'def'
    o.write(65)
    out << o.toString() << o.toByteArray().length << o.size() << o.toString('UTF-8')
    def w = new StringWriter()
    w << 'x' << 1
    w.write('y')
    w.append('z').append('!' as char)
    out << w << w.toString().length() << w.getBuffer().length()
    def p = new PrintWriter(w)
    p.print('p')
    p.println('q')
    p.printf('%d', 5)
    p.flush()
    out << w.toString().trim() << new ByteArrayInputStream('in'.bytes).text << new ByteArrayInputStream('in'.bytes).bytes.length << new ByteArrayInputStream('in'.bytes).read() << new InputStreamReader(new ByteArrayInputStream('ä'.getBytes('UTF-8')), 'UTF-8').text << new ByteArrayInputStream('a\nb'.bytes).readLines() << new BufferedReader(new StringReader('l1\nl2')).lines().count() << new Scanner('a b').next() << new ByteArrayInputStream('x'.bytes).getText('UTF-8') << new StringReader('r').text << new ByteArrayInputStream('many'.bytes).available()
    message.setBody(out.join('\n'))
    return message
}
