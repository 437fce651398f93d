import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.it.api.ITApiFactory
import com.sap.it.api.nrc.NumberRangeConfigurationService

def Message processData(Message message) {
    def ranges = ITApiFactory.getService(NumberRangeConfigurationService.class, null)
    def number = ranges.getNextValuefromNumberRange('orders', null)
    if (message.getBody(String) == 'bad') throw new IllegalStateException('after ' + number)
    message.setBody(number)
    return message
}
