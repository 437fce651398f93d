// Blocks with an object: with, tap-like chains, inject.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def s = new StringBuilder().with { append('a'); append('b'); it }
    out << s << [a: 1].with { a + 1 } << 'x'.with { [it, it] } << [1, 2, 3].inject([:]) { m, v -> m[v] = v * v; m } << (1..3).inject('') { a, v -> a + v } << [[k: 'a', v: 1], [k: 'b', v: 2]].collectEntries { [(it.k): it.v] } << ['a', 'b'].withIndex().collect { v, i -> "$i$v" } << ['x=1', 'y=2']*.split('=').collectEntries { [it[0], it[1]] } << [a: [b: [c: 1]]].a?.b?.c << ['a', 'b', 'c'].indexed().collect { i, v -> "$i-$v" } << [1, 2, 3, 4].collate(3, false) << [[1, 'a'], [2, 'b']].collect { n, c -> "$n$c" } << ['k1': 'v1'].collect { k, v -> "$k:$v" }.join(',')
    message.setBody(out.join('\n'))
    return message
}
