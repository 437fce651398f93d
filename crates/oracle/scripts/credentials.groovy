// User and password of an alias.
// secret: Backend
import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.it.api.ITApiFactory
import com.sap.it.api.securestore.SecureStoreService

Message processData(Message message) {
    def out = []
    def service = ITApiFactory.getService(SecureStoreService.class, null)
    def c = service.getUserCredential('Backend')
    out << c.getUsername() << new String(c.getPassword()) << c.username << c.password.length << "${c.getUsername()}:${new String(c.getPassword())}".bytes.encodeBase64().toString() << c.getPassword().toString() << String.valueOf(c.getPassword()) << (c == null)
    def api = ITApiFactory.getApi(SecureStoreService.class, null)
    out << (api.getUserCredential('Backend').password as String)
    message.setBody(out.join('\n'))
    return message
}
