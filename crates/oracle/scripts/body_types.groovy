// The body as text, bytes, stream, reader.
// body: line one\nline two äöü
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << message.getBody(java.lang.String) << message.getBody(String).length() << (message.getBody(String) as String).size() << message.getBody(byte[]).length << message.getBody(java.io.Reader).text << message.getBody(java.io.InputStream).getText('UTF-8') << new String(message.getBody(byte[].class), 'UTF-8') << message.getBody(Reader).readLines() << message.getBodySize() << message.body << message.getBody(String.class).bytes.size()
    message.setBody(out.join('\n'))
    return message
}
