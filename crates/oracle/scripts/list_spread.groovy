// Properties and calls on all elements.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def l = [[a: 1, b: 'x'], [a: 2, b: 'y']]
    out << l.a << l*.b << ['a', 'bc']*.size() << ['a', null]*.length() << l.collect { it.a }.sum() << [*[1, 2], 3] << [*: [a: 1], b: 2] << ['a', 'b']*.toUpperCase()
    def f = { x, y -> x + y }
    out << f(*[1, 2]) << [[1, 2], [3, 4]]*.sum()
    try { out << [1, 2].foo } catch (MissingPropertyException e) { out << e.message.readLines()[0] }
    message.setBody(out.join('\n'))
    return message
}
