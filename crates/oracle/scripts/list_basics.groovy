// Lists: making, adding, reading.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def l = [3, 1, 2]
    l << 5
    l.add(4)
    l.add(0, 9)
    l += [7, 8]
    l.addAll([0])
    out << l << l.size() << l[0] << l[-1] << l[99] << l.get(1) << l[1..2] << l[0, 2] << l.first() << l.last() << l.contains(5) << l.indexOf(2) << l.isEmpty() << (5 in l)
    l[12] = 'far'
    out << l << l.remove(0) << l.remove((Object) 5) << l - [1, 2] << l * 1 << (l + 'x').size() << l.subList(0, 2).toString() << l.head() << l.tail().size() << l.pop() << l.push(1) << l.reverse() << l.class.name
    l.clear()
    out << l << [] + 1 << [[1, 2], [3]].flatten() << [1, [2, [3]]].flatten() << [1, 2].plus(3) << [null, 1, null].findAll() << [1, 2, 3].minus(2)
    try { [].first() } catch (Exception e) { out << e.class.name + ': ' + e.message }
    try { [1].get(3) } catch (Exception e) { out << e.class.name + ': ' + e.message }
    message.setBody(out.join('\n'))
    return message
}
