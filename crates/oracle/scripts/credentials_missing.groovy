// An alias that is not there.
import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.it.api.ITApiFactory
import com.sap.it.api.securestore.SecureStoreService
import com.sap.it.api.securestore.exception.SecureStoreException

Message processData(Message message) {
    def out = []
    def service = ITApiFactory.getService(SecureStoreService.class, null)
    try { service.getUserCredential('None'); out << 'there' } catch (SecureStoreException e) { out << 'missing' << (e instanceof Exception) }
    message.setBody(out.join('\n'))
    return message
}
