// Records grouped and summed.
// body: a,1.50\nb,2\na,3.25\n
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def totals = [:].withDefault { 0.0 }
    message.getBody(String).eachLine { l -> def (k, v) = l.tokenize(','); totals[k] = totals[k] + new BigDecimal(v) }
    out << totals << totals.sort { -it.value }.collect { k, v -> "$k=${v.setScale(1, BigDecimal.ROUND_HALF_UP)}" } << totals.values().sum()
    message.setBody(out.join('\n'))
    return message
}
