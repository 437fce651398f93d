// Closures with a delegate; method references.
import com.sap.gateway.ip.core.customdev.util.Message

def helper(x) { "h$x" }
class Box { def items = []; def item(x) { items << x } }

Message processData(Message message) {
    def out = []
    def b = new Box()
    def c = { item 'a'; item 'b' }
    c.delegate = b
    c.resolveStrategy = Closure.DELEGATE_FIRST
    c()
    out << b.items << b.with { item('c'); items.size() }
    def r = this.&helper
    out << r(1) << [1, 2].collect(this.&helper) << [3, 1].max(Math.&abs)
    def m = 'length'
    out << 'abc'."$m"() << 'abc'."to${'UpperCase'}"()
    message.setBody(out.join('\n'))
    return message
}
