import com.sap.gateway.ip.core.customdev.util.Message

// Comparators of Java's library, and which of equal ones is the greatest.
def Message processData(Message message) {
    def out = []
    def words = ['bb', 'a', 'cc', 'ddd']
    def sorted = { list, by -> def copy = new ArrayList(list); Collections.sort(copy, by); copy }
    out << sorted(words, Comparator.comparing { it.length() })
    out << sorted(words, Comparator.comparingInt { it.length() }.reversed())
    out << sorted(words, Comparator.comparing({ it.length() }).thenComparing({ a, b -> b <=> a } as Comparator))
    out << sorted([[n: 2], [n: 1]], Comparator.comparing { it.n })
    out << sorted(words, { a, b -> b <=> a } as Comparator)
    out << words.sort(Collections.reverseOrder())
    out << words
    out << words.sort({ a, b -> a <=> b } as Comparator)
    out << words.sort { a, b -> b <=> a }
    out << words.toSorted(Collections.reverseOrder())
    out << ['aa', 'bb'].max { it.size() } << ['aa', 'bb'].min { it.size() }
    out << ['aa', 'bb'].max { a, b -> a.size() <=> b.size() }
    out << [[1], [0]].sort() << [1, 'b', 'a'].sort().size()
    out << [1, 2, 3].intersect([4, 3, 1]) << [1, 2].intersect([3, 2, 1])
    out << [[a: 1, b: 2, c: 1].groupBy({ k, v -> v }, { k, v -> k }), [a: 1, b: 2].countBy { k, v -> v }]
    out << ['Gr', 'vy'].plus(1, 'oo') << [a: 1, b: 2].subMap('a', 'b')
    message.setBody(out.collect { it.toString() }.join('\n'))
    return message
}
