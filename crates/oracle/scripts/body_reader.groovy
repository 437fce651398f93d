// Reading the body line by line.
// body: a;1\nb;2\n\nc;3
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def r = message.getBody(Reader)
    r.eachLine { out << "[$it]" }
    def b = new BufferedReader(new StringReader(message.getBody(String)))
    String line
    while ((line = b.readLine()) != null) { out << line.toUpperCase() }
    message.getBody(Reader).withReader { rd -> out << rd.readLine() }
    new StringReader('x\ny').eachLine { l, n -> out << "$n:$l" }
    message.getBody(InputStream).eachLine { out << it.size() }
    message.getBody(String).eachLine { l, i -> out << i + l }
    message.getBody(String).splitEachLine(';') { p -> out << p.size() }
    message.setBody(out.join('\n'))
    return message
}
