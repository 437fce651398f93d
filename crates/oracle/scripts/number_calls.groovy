// Calls on numbers.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << 2.567.setScale(2, BigDecimal.ROUND_HALF_UP) << 2.5.intValue() << 7.toString() << 5.abs() << (-5).abs() << 3.7d.trunc() << 3.14159d.round(2) << 1234.5.toString() << 5.compareTo(6) << 5.equals(5L) << 12.toBigDecimal() << 3.times { }.toString() << 7.power(2) << 1.0.stripTrailingZeros() << 100.0.toBigInteger()
    message.setBody(out.join('\n'))
    return message
}
