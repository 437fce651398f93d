// Sets.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def s = [1, 2, 2] as Set
    s << 3
    s.add(1)
    out << s << s.size() << s.contains(2) << (s + 4) << (s - 1) << s.class.name << s.collect { it * 2 } << s.toList() << new HashSet(['b', 'a']) << new TreeSet([3, 1, 2]) << s.remove(2) << s.intersect([3] as Set) << ([3, 1] as SortedSet).first() << s.containsAll([1, 3]) << s.findAll { it > 1 } << s.iterator().next()
    message.setBody(out.join('\n'))
    return message
}
