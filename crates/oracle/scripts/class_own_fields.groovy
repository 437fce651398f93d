import com.sap.gateway.ip.core.customdev.util.Message

// `this.name` in a class is the field, whatever getters and setters there are.
class Named {
    String name
    void setName(String n) { this.name = '*' + n }
    String getName() { '_' + this.name }
}
class Child extends Named {}
class Doubler {
    public value
    void setValue(v) { this.value = v }
    def getValue() { value * 2 }
}
class Hidden {
    private String x
    void setX(String v) { this.x = v + '!' }
    String getX() { return this.x }
}
class Counter {
    int count
    final String label
    Counter(String label) { this.label = label }
    Counter up() { this.count++; this.count += 2; this }
}
@groovy.transform.InheritConstructors
class Failure extends RuntimeException {}
@groovy.transform.Canonical
class Pair { int a; int b }
enum Color { RED, GREEN }

def Message processData(Message message) {
    def out = []
    out << new Named(name: 'x').name << new Child(name: 'y').name << new Doubler(value: 100).value
    def hidden = new Hidden()
    hidden.x = '2'
    out << hidden.x << hidden.getX()
    out << new Counter('c').up().count << new Counter('d').label
    try {
        throw new Failure('m', new Exception('cause'))
    } catch (Failure e) {
        out << e.message << e.cause.message << e.toString()
    }
    try {
        out << new Pair(1, 2) << new Pair(1, 2, 3)
    } catch (Exception e) {
        out << e.message.readLines().first()
    }
    out << [(Color.RED): 1] << ([Color.RED, Color.GREEN] as Set)
    def factorial = { n -> n < 2 ? 1 : n * call(n - 1) }
    out << factorial(5)
    message.setBody(out.join('\n'))
    return message
}
