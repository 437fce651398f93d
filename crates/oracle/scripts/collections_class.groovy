// Collections and iterators.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def l = [3, 1, 2]
    Collections.sort(l)
    out << l << Collections.max(l) << Collections.reverse(l) << l << Collections.emptyList() << Collections.emptyMap() << Collections.singletonList(1) << Collections.nCopies(2, 'x') << Collections.frequency([1, 1], 1) << Collections.unmodifiableList(l).size() << Collections.swap(l, 0, 2) << l
    def it = l.iterator()
    while (it.hasNext()) { def v = it.next(); if (v == 1) it.remove() else out << v }
    out << l << new ArrayList([1]).add(2) << new LinkedList([1, 2]).getFirst() << new ArrayDeque([1, 2]).poll() << new Stack().empty() << new ArrayList(5).size() << l.listIterator().next() << new LinkedList([1, 2]).removeLast() << new Vector([1]).elementAt(0)
    try { Collections.unmodifiableList([1]).add(2) } catch (UnsupportedOperationException e) { out << 'fixed' }
    try { for (x in l) { l.add(9) } } catch (ConcurrentModificationException e) { out << 'changed' }
    message.setBody(out.join('\n'))
    return message
}
