// Charsets and bytes.
import com.sap.gateway.ip.core.customdev.util.Message
import java.nio.charset.StandardCharsets

Message processData(Message message) {
    def out = []
    out << 'ä€'.getBytes('UTF-8').length << 'ä'.getBytes('ISO-8859-1').length << 'ä'.getBytes(StandardCharsets.UTF_8).length << new String('ä'.getBytes('UTF-8'), 'ISO-8859-1') << new String([72, 105] as byte[]) << 'Hi'.bytes.toList() << 'ä'.bytes.toList() << StandardCharsets.UTF_8 << StandardCharsets.UTF_8.name() << new String('ä'.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1) << 'x'.getBytes('UTF-16').length << 'aé'.getBytes('US-ASCII').toList() << (int) 'é' << Character.toString((char) 233) << 'Straße'.toUpperCase() << 'ÀÉ'.toLowerCase() << java.text.Normalizer.normalize('é', java.text.Normalizer.Form.NFD).length() << 'é'.replaceAll('[^\\x00-\\x7F]', '?')
    message.setBody(out.join('\n'))
    return message
}
