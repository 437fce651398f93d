// Declarations: types, several at once, scopes.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def (a, b, c) = [1, 2]
    def (int x, String y) = [3, 'four']
    int i = 5.7
    String s = 12
    double d = 1
    long big = 5
    BigDecimal bd = 2
    boolean flag = 'text'
    char ch = 'q'
    List<Integer> l = [1]
    String[] arr = ['p', 'q']
    byte[] bytes = 'hi'.bytes
    final int fixed = 4
    out << a << b << c << x << y << i << s + 1 << d << big.class.simpleName << bd.class.simpleName << flag << ch << l << arr.length << bytes.length << fixed
    (a, b) = [b, a]
    out << a << b
    undeclared = 'binding'
    out << undeclared << binding.variables.containsKey('undeclared')
    float f = 1.1
    short sh = 300
    byte by = 100
    out << f << sh << by << (i += 2) << (s *= 2) << i++ + ++i << i-- << -i << +i << ~i
    try { int z = 'abc' } catch (Exception e) { out << e.class.simpleName + ': ' + e.message }
    try { int z = null } catch (Exception e) { out << e.class.simpleName + ': ' + e.message }
    message.setBody(out.join('\n'))
    return message
}
