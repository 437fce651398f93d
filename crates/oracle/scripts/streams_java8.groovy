// Streams of Java with closures.
import com.sap.gateway.ip.core.customdev.util.Message
import java.util.stream.Collectors

Message processData(Message message) {
    def out = []
    def l = [3, 1, 2, 3]
    out << l.stream().filter { it > 1 }.map { it * 2 }.collect(Collectors.toList()) << l.stream().mapToInt { it }.sum() << l.stream().distinct().count() << l.stream().sorted().findFirst().get() << ['a', 'b'].stream().collect(Collectors.joining('-')) << l.stream().anyMatch { it == 2 } << l.stream().reduce(0) { a, b -> a + b }
    l.forEach { out << it }
    def m = [a: 1]
    m.forEach { k, v -> out << k + v }
    out << m.computeIfAbsent('z') { 5 } << m.merge('a', 10) { x, y -> x + y } << Optional.ofNullable(null).orElse('none') << Optional.of(1).isPresent() << m.compute('a') { k, v -> v * 2 }
    l.removeIf { it == 3 }
    out << l
    message.setBody(out.join('\n'))
    return message
}
