// Objects: equality, text, inspection.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << [1, 'a'].inspect() << 'a\n'.inspect() << [a: 'x'].inspect() << [1, [2]].dump().contains('ArrayList') << [1, 2].equals([1, 2]) << [1, 2].hashCode() << 'x'.hashCode() << [a: 1].hashCode() << 'x'.equals(null) << Objects.equals(null, null) << Objects.hash(1, 2) << Objects.requireNonNull('v') << [1].is([1]) << true.hashCode() << 1.5.hashCode() << 5L.hashCode() << [1, null].toString() << ['a', "${1}"].toString() << [[:], []].toString()
    message.setBody(out.join('\n'))
    return message
}
