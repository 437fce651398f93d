// Calls on the class String.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << String.format('%05d|%-5s|%5s|%.2f|%x|%s|%,d', 42, 'ab', 'cd', 3.14159d, 255, null, 1234567) << String.valueOf(5) << String.valueOf([1]) << String.join('-', ['a', 'b']) << String.join('+', 'x', 'y')
    out << sprintf('%03d', 7) << new String('abc'.getBytes('UTF-8'), 'UTF-8') << new String('xyz' as char[]) << String.valueOf(true) << String.format('%s %S %b %c %%', 'a', 'b', true, 'c' as char) << String.format('%10.3f|%+d|%e', 2.5d, 5, 12345.678d)
    message.setBody(out.join('\n'))
    return message
}
