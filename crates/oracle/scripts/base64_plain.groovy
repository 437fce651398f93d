// Base64 in the usual ways.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << 'user:pass'.bytes.encodeBase64().toString() << 'Basic ' + 'user:pass'.getBytes('UTF-8').encodeBase64().toString() << new String('dXNlcjpwYXNz'.decodeBase64(), 'UTF-8') << Base64.getEncoder().encodeToString('user:pass'.getBytes()) << new String(Base64.decoder.decode('dXNlcjpwYXNz'))
    try { 'a!b'.decodeBase64(); out << 'decoded' } catch (Exception e) { out << e.message }
    try { Base64.getDecoder().decode('a!b='); out << 'decoded' } catch (Exception e) { out << e.message }
    message.setBody(out.join('\n'))
    return message
}
