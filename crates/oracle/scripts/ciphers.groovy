// AES.
import com.sap.gateway.ip.core.customdev.util.Message
import javax.crypto.Cipher
import javax.crypto.spec.IvParameterSpec
import javax.crypto.spec.SecretKeySpec

Message processData(Message message) {
    def out = []
    def key = new SecretKeySpec('0123456789abcdef'.bytes, 'AES')
    def c = Cipher.getInstance('AES/CBC/PKCS5Padding')
    c.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(new byte[16]))
    def e = c.doFinal('secret text'.bytes)
    out << e.encodeBase64().toString()
    c.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(new byte[16]))
    out << new String(c.doFinal(e))
    message.setBody(out.join('\n'))
    return message
}
