// Values mapped between agencies.
// mapping: SAP,Plant,1000,Shop,Store,Berlin
import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.it.api.ITApiFactory
import com.sap.it.api.mapping.ValueMappingApi

Message processData(Message message) {
    def out = []
    def api = ITApiFactory.getApi(ValueMappingApi.class, null)
    out << api.getMappedValue('SAP', 'Plant', '1000', 'Shop', 'Store') << api.getMappedValue('SAP', 'Plant', '9', 'Shop', 'Store') << (api.getMappedValue('SAP', 'Plant', '9', 'Shop', 'Store') ?: 'dflt')
    message.setBody(out.join('\n'))
    return message
}
