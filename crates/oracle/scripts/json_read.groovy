// JsonSlurper: objects, lists, numbers, missing names.
// body: {"id": 7, "price": 2.50, "big": 12345678901, "e": 1e3, "t": true, "n": null, "s": "a\u00e4\"b", "l": [1, "x", {"k": "v"}], "o": {"p": {"q": 1}}, "": 1}
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.JsonSlurper

Message processData(Message message) {
    def out = []
    def j = new JsonSlurper().parseText(message.getBody(String))
    out << j.id << j.price << j.price.class.simpleName << j.big.class.simpleName << j.e << j.t << j.n << j.s << j.l << j.l[2].k << j.o.p.q << j.none << j.l.size() << j.keySet() << j.o << j << (j.l instanceof List) << (j instanceof Map) << j['id'] << j.get('o').p << j.getClass().simpleName << j.l*.toString() << j.o.collect { k, v -> k } << j.containsKey('n') << (j.t ? 'yes' : 'no') << j.e.class << j.id.class
    out << new JsonSlurper().parse(message.getBody(Reader)).id << new JsonSlurper().parse(message.getBody(InputStream)).id << new JsonSlurper().parse(message.getBody(byte[])).id << new JsonSlurper().parseText('[1,2]').sum() << new JsonSlurper().parseText('"s"') << new JsonSlurper().parseText('5') << new JsonSlurper().parseText('[]') << new JsonSlurper().parseText('{}')
    message.setBody(out.join('\n'))
    return message
}
