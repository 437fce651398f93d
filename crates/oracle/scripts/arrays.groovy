// Arrays.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def a = new int[3]
    a[0] = 5
    String[] s = ['b', 'a']
    def two = new String[2][3]
    Object[] o = [1, 'x', null]
    out << a << a.length << s.sort() << s.toList() << s.join(',') << two.length << two[1].length << o.size() << s.contains('a') << (s as List) << a.sum() << s.collect { it * 2 } << Arrays.asList(1, 2) << Arrays.toString(a) << Arrays.equals(a, [5, 0, 0] as int[]) << s.class.name << a.class.simpleName << 'a,b'.split(',').class.name << s[-1] << s[0..1] << [1, 2].toArray().length << ([1, 2] as Integer[]).length
    Arrays.sort(s)
    out << s << Arrays.copyOf(a, 2).length << Arrays.stream([1, 2] as int[]).sum() << new byte[2] << (s + 'c').length << s.findAll { it > 'a' }
    s.eachWithIndex { v, i -> out << "$i$v" }
    try { a[7] } catch (ArrayIndexOutOfBoundsException e) { out << e.message }
    try { a[7] = 1 } catch (ArrayIndexOutOfBoundsException e) { out << e.message }
    message.setBody(out.join('\n'))
    return message
}
