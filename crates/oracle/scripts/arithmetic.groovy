// Numbers: division, remainder, powers, widening, overflow.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << 1 / 2 << 7 / 2 << 10.0 / 3 << 7.intdiv(2) << -7 % 3
    out << 2 ** 10 << 2 ** 40 << 2 ** -1 << 1 + 1L << 1 + 1.0 << 0.1 + 0.2 << 0.1d + 0.2d
    out << Integer.MAX_VALUE + 1 << Long.MAX_VALUE + 1 << (byte) 200 << (int) 3.9 << (char) 65
    out << 1.0 / 8 << 100.00 * 2 << 3.50 - 1 << 5.0 ** 2 << 1e3 + 1
    out << (1 / 3).class.name << (6 / 2).class.name << (1 + 1.0f).class.name
    message.setBody(out.join('\n'))
    return message
}
