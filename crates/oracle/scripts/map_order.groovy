// The order of hash maps, as Java has it.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def h = new HashMap()
    ['zeta', 'alpha', 'Content-Type', 'orderId', 'x', 'y', 'SAPJMSRetries', 'CamelHttpPath', 'k1', 'k2', 'k10'].each { h[it] = 1 }
    out << h.keySet().join(',') << h << new HashSet(['zeta', 'alpha', 'orderId', 'b', 'a', 'k10']) << new HashSet([33, 17, 1, 100]) << (['q', 'w', 'e'] as HashSet)
    (1..20).each { h["n$it".toString()] = it }
    out << h.keySet().join(',')
    h.remove('zeta')
    out << h.entrySet().join(',') << new Hashtable([b: 1, a: 2, zz: 3]) << new java.util.concurrent.ConcurrentHashMap([b: 1, a: 2])
    message.setBody(out.join('\n'))
    return message
}
