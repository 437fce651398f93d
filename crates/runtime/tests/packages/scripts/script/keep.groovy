import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.it.api.asdk.datastore.*
import com.sap.it.api.asdk.runtime.Factory

def Message processData(Message message) {
    def service = new Factory(DataStoreService.class).getService()
    def before = service.get('kept', '1')
    def text = message.getBody(String)
    def bean = new DataBean()
    bean.setDataAsArray(text.getBytes('UTF-8'))
    def config = new DataConfig()
    config.setStoreName('kept')
    config.setId('1')
    config.setOverwrite(text != 'first')
    service.put(bean, config)
    if (text == 'bad') throw new IllegalStateException('written all the same')
    message.setBody('before: ' + (before == null ? 'nothing' : new String(before.getDataAsArray())))
    return message
}
