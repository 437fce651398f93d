// MessageDigest, Mac, checksums.
import com.sap.gateway.ip.core.customdev.util.Message
import java.security.MessageDigest
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec

Message processData(Message message) {
    def out = []
    ['MD5', 'SHA-1', 'SHA-256', 'SHA-512'].each { a -> out << MessageDigest.getInstance(a).digest('text'.bytes).encodeHex().toString() }
    def m = MessageDigest.getInstance('SHA-256')
    m.update('te'.bytes)
    m.update('xt'.getBytes('UTF-8'))
    out << new BigInteger(1, m.digest()).toString(16) << MessageDigest.getInstance('MD5').digest('x'.bytes).length
    def mac = Mac.getInstance('HmacSHA256')
    mac.init(new SecretKeySpec('key'.bytes, 'HmacSHA256'))
    out << mac.doFinal('data'.bytes).encodeHex() << mac.doFinal('data'.bytes).encodeBase64().toString()
    def sb = new StringBuilder()
    MessageDigest.getInstance('MD5').digest('q'.bytes).each { b -> sb.append(String.format('%02x', b)) }
    out << sb
    try { MessageDigest.getInstance('NOPE') } catch (java.security.NoSuchAlgorithmException e) { out << e.message }
    message.setBody(out.join('\n'))
    return message
}
