// Base64 and hexadecimal.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << 'Hello ä'.bytes.encodeBase64() << 'Hello'.bytes.encodeBase64().toString() << new String('SGVsbG8='.decodeBase64()) << Base64.getEncoder().encodeToString('Hi?>'.bytes) << new String(Base64.getDecoder().decode('SGk/Pg==')) << Base64.getUrlEncoder().encodeToString('Hi?>'.bytes) << Base64.getUrlEncoder().withoutPadding().encodeToString('a'.bytes) << new String(Base64.getMimeDecoder().decode('SG\r\nk=')) << Base64.encoder.encode('x'.bytes).length << 'az'.bytes.encodeHex() << new String('617a'.decodeHex())
    message.setBody(out.join('\n'))
    return message
}
