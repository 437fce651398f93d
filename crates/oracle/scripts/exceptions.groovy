// Throwing, catching, finally.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def order = []
    try { order << 't'; throw new IllegalStateException('boom') } catch (IllegalArgumentException e) { order << 'wrong' } catch (IllegalStateException | IOException e) { order << e.message } finally { order << 'f' }
    out << order
    def g = { try { return 'try' } finally { order << 'fin' } }
    out << g() << order
    try { 1 / 0 } catch (ArithmeticException e) { out << e.message }
    try { 1.intdiv(0) } catch (ArithmeticException e) { out << e.message }
    try { [1, 2].foo() } catch (MissingMethodException e) { out << e.message.readLines()[0] }
    try { 'a'.bar } catch (MissingPropertyException e) { out << e.message }
    try { Integer.parseInt('x1') } catch (NumberFormatException e) { out << e.message }
    try { throw new Exception('outer', new RuntimeException('inner')) } catch (e) { out << e.message + '/' + e.cause.message + '/' + e.cause.class.name }
    try { try { throw new Exception('a') } catch (Exception e) { throw new RuntimeException(e) } } catch (RuntimeException e) { out << e.message << e.toString() << e.getCause().getMessage() }
    try { assert 1 == 2: 'not equal' } catch (AssertionError e) { out << e.message }
    try { Object o = 'x'; Integer i = (Integer) o } catch (ClassCastException e) { out << e.class.simpleName }
    try { throw new Error('err') } catch (Throwable t) { out << t }
    message.setBody(out.join('\n'))
    return message
}
