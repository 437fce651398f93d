// Closures: parameters, defaults, return, currying.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def add = { a, b = 10 -> a + b }
    out << add(1) << add(1, 2) << add.call(5) << ({ it }).call() << ({ -> 'none' })() << { a, Integer b, c -> "$a$b$c" }(1, 2, 3) << add.maximumNumberOfParameters
    def counter = 0
    def inc = { counter++ }
    3.times { inc() }
    out << counter
    def fact
    fact = { n -> n <= 1 ? 1 : n * fact(n - 1) }
    out << fact(20) << fact(25G)
    def varargs = { String... all -> all.length }
    out << varargs('a', 'b') << [1, 2, 3].collect { if (it == 2) return 'two'; it } << add.curry(5)(6) << ({ x -> x + 1 } >> { x -> x * 2 })(3) << ({ x -> x + 1 } << { x -> x * 2 })(3)
    def apply = { f, v -> f(v) }
    out << apply({ it * 3 }, 4) << [[1, 2], [3, 4]].collect { a, b -> a * b } << 'upper'.with { toUpperCase() } << [1, 2].with { it.size() } << add.rcurry(1)(2) << ({ a -> a * 2 } as Closure).call(4) << [5].each { it + 1 }
    try { add(1, 2, 3) } catch (MissingMethodException e) { out << 'wrong number' }
    message.setBody(out.join('\n'))
    return message
}
