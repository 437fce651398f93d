// Partner directory: what is not there.
import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.it.api.ITApiFactory
import com.sap.it.api.pd.PartnerDirectoryService

Message processData(Message message) {
    def out = []
    def service = ITApiFactory.getApi(PartnerDirectoryService.class, null)
    out << service.getParameter('x', 'partner', String.class) << service.getPartnerId('a', 's', 'id') << (service == null)
    message.setBody(out.join('\n'))
    return message
}
