// Fields of a script and their sharing.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.transform.Field

@Field int count = 0
@Field static final String PREFIX = 'P-'
@Field def cache = [:]
@Field List<String> names = ['a']

def bump() { count += 2; cache.hits = count; names << "n$count" }

Message processData(Message message) {
    def out = []
    bump(); bump()
    out << count << PREFIX + 'x' << cache << names
    message.setBody(out.join('\n'))
    return message
}
