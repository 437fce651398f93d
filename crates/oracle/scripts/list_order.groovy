// Sorting, uniqueness, combining.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def l = [3, 1, 2, 3]
    out << l.sort(false) << l << l.sort() << l << l.sort { -it } << l.sort { a, b -> a <=> b } << l.unique(false) << l << l.toSet() << l.reverse() << l.reverse(true) << ['b', 'A', 'c'].sort() << ['b', 'A', 'c'].sort { it.toLowerCase() } << [[n: 2], [n: 1]].sort { it.n } << ['bb', 'a'].sort { x, y -> x.size() <=> y.size() }
    out << [1, 2, 3, 4, 5].collate(2) << [1, 2].intersect([2, 3]) << [1, 2].disjoint([3]) << [[1, 2], [3, 4]].transpose() << [1, 2].withIndex() << ['a', 'b'].indexed() << [1, 2, 3].take(2) << [1, 2, 3].drop(1) << [1, 2, 3].takeRight(1) << [1, 2, 3].dropRight(1) << [[1, 2], [3]].combinations() << [1, 2, 3].subsequences().size() << [3, 1].min() << [1, 1, 2].unique { it % 2 } << [1, 2].join('-') << [null, 'a'].join(',') << ['x': 1].collect { k, v -> k + v }
    message.setBody(out.join('\n'))
    return message
}
