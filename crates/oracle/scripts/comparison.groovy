// Equality and order across types.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << (1.0 == 1) << 1.0.equals(1) << ('1' == 1) << (null == false) << (null == null)
    out << (1 <=> 2) << ('b' <=> 'a') << (null <=> 1) << ([1, 2] == [1, 2]) << ([a: 1] == [a: 1])
    out << ('a' == "${'a'}") << ("${'a'}" == 'a') << 'a'.equals("${'a'}") << (1 == 1L) << (1G == 1)
    out << ('abc' < 'abd') << (2 > 1.5) << ([1, 2] as Set).equals([2, 1] as Set) << 'a'.is('a')
    message.setBody(out.join('\n'))
    return message
}
