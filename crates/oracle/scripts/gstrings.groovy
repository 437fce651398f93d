// Texts with values in them.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def a = 5, m = [k: [z: 'deep']], s = 'x'
    out << "$a ${a + 1} $m.k.z ${m.k.z} ${-> a * 2} \$a $s!" << "${[1, 2]} ${[b: 1]} ${null}" << "${s.toUpperCase()}-${a > 3 ? 'y' : 'n'}"
    out << "a${1}b".length() << "x${1}".class.simpleName << ("x${1}" == 'x1') << [("k${1}".toString()): 1].k1 << ([("k${1}"): 1]['k1'])
    out << """three
    lines $a""" << '''no $a''' << /slash\d $a/ << "tab\tq\"u\u00e4 \\ end"
    String t = "${a}"
    out << t.class.name << "${a}".replace('5', '6') << "${a}" + 1 << "%d" + "${a}"
    message.setBody(out.join('\n'))
    return message
}
