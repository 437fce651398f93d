// Classes of a script: fields, constructors, inheritance, statics.
import com.sap.gateway.ip.core.customdev.util.Message

class Animal {
    String name
    protected int legs = 4
    static int made = 0
    Animal(String name) { this.name = name; made++ }
    String say() { "I am $name" }
    String toString() { "${getClass().simpleName}($name)" }
    boolean equals(Object o) { o instanceof Animal && o.name == name }
    int hashCode() { name.hashCode() }
}
class Bird extends Animal {
    def wings = 2
    Bird(String name) { super(name); legs = 2 }
    @Override String say() { super.say() + " with $wings wings and $legs legs" }
    static Bird of(n) { new Bird(n) }
}
class Bean { String a; Integer b; List c = []; final String d = 'fixed' }

Message processData(Message message) {
    def out = []
    def b = Bird.of('Bo')
    out << b << b.say() << Animal.made << (b instanceof Animal) << (new Animal('x') == new Animal('x')) << b.name << b.getName() << b.class.name
    b.name = 'Be'
    b.setName(b.name + '!')
    out << b.name << new Bean(a: 'A', b: 5).with { a + b + c + d } << new Bean().a << new Bean(b: 2).b
    def p = 'name'
    out << b."$p" << b.properties.containsKey('name') << [new Bird('z'), new Animal('a')].sort { it.name }*.name << (b in [b])
    try { b.nope } catch (MissingPropertyException e) { out << e.message }
    try { b.nope() } catch (MissingMethodException e) { out << e.message.readLines()[0] }
    try { new Bean(zz: 1) } catch (MissingPropertyException e) { out << e.message }
    message.setBody(out.join('\n'))
    return message
}
