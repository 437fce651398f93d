// Functions of a script: defaults, overloads, recursion, types.
import com.sap.gateway.ip.core.customdev.util.Message

def greet(String name, String word = 'Hello') { "$word $name" }
String over(Integer i) { 'int' }
String over(String s) { 'text' }
String over(Object o) { 'object' }
int fib(int n) { n < 2 ? n : fib(n - 1) + fib(n - 2) }
def many(first, ... rest) { "$first+${rest.length}" }
static String st(x) { "static $x" }
private def hidden() { 'private' }
void nothing() { }
def implicit() { if (true) { 'from if' } else { 'from else' } }
def named(Map opts, x) { "$x ${opts.a} ${opts.b}" }

Message processData(Message message) {
    def out = []
    out << greet('Bo') << greet('Bo', 'Hi') << over(1) << over('s') << over(1.5) << over(null as String) << fib(15) << many(1) << many(1, 2, 3) << st(2) << hidden() << nothing() << implicit() << named(a: 1, b: 2, 'x') << named('x', a: 3)
    message.setBody(out.join('\n'))
    return message
}
