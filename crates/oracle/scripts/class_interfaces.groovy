// Interfaces, abstract and anonymous classes, maps and closures as interfaces.
import com.sap.gateway.ip.core.customdev.util.Message

interface Shape { double area(); }
abstract class Base implements Shape { String label() { "${getClass().simpleName} ${area()}" } }
class Square extends Base { double side; double area() { side * side } }
enum Level { LOW, HIGH; Level next() { values()[(ordinal() + 1) % values().length] } }

Message processData(Message message) {
    def out = []
    out << new Square(side: 3).label() << ({ 5.5d } as Shape).area() << ([area: { 7d }] as Shape).area()
    def c = new Comparator<String>() { int compare(String a, String b) { b <=> a } }
    out << ['a', 'c', 'b'].sort(c) << (c instanceof Comparator)
    Runnable r = { out << 'ran' } as Runnable
    r.run()
    out << (({ 42 } as java.util.concurrent.Callable).call()) << Level.HIGH << Level.LOW.next() << Level.valueOf('LOW').ordinal() << Level.values().length << (Level.LOW < Level.HIGH) << Level.HIGH.name()
    out << ['b', 'a'].sort(Collections.reverseOrder()) << ['aa', 'b'].sort({ x, y -> x.length() <=> y.length() } as Comparator)
    message.setBody(out.join('\n'))
    return message
}
