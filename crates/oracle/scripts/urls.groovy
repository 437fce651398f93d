// URLEncoder, URLDecoder, URI.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << URLEncoder.encode('a b&c=d/ä?*-_.~', 'UTF-8') << URLDecoder.decode('a+b%26c%3Dd%2F%C3%A4', 'UTF-8') << URLEncoder.encode('', 'UTF-8') << URLEncoder.encode('x+y', java.nio.charset.StandardCharsets.UTF_8.name()) << URLDecoder.decode('%41', 'UTF-8')
    def u = new URI('https://user@host:8443/path/x?q=1&r=2#frag')
    out << u.host << u.port << u.path << u.query << u.scheme << u.fragment
    message.setBody(out.join('\n'))
    return message
}
