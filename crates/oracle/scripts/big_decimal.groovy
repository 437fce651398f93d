// Decimals: scale, rounding, comparison.
import com.sap.gateway.ip.core.customdev.util.Message
import java.math.RoundingMode

Message processData(Message message) {
    def out = []
    def a = new BigDecimal('10.25'), b = 3.0
    out << a + b << a - b << a * b << a / b << a.divide(b, 4, RoundingMode.HALF_UP) << a.setScale(1, RoundingMode.HALF_UP) << a.setScale(1, RoundingMode.HALF_EVEN) << a.setScale(0, RoundingMode.DOWN) << a.negate() << a.abs() << a.pow(2) << a.scale() << a.precision() << a.compareTo(b) << a.max(b) << a.signum() << a.toPlainString() << new BigDecimal('1E+5').toPlainString() << new BigDecimal('1E+5') << new BigDecimal('1.50').equals(1.5) << (new BigDecimal('1.50') == 1.5) << new BigDecimal('1.500').stripTrailingZeros() << BigDecimal.ZERO << BigDecimal.valueOf(2.5d) << a.remainder(b) << a.multiply(b) << a.add(1) << a.subtract(0.25) << a.doubleValue() << a.intValue() << a.unscaledValue() << new BigDecimal(5) << a.movePointLeft(2)
    try { BigDecimal.ONE.divide(3.0) } catch (ArithmeticException e) { out << e.message }
    out << new BigInteger('123456789012345678901234567890') * 2 << 5G.mod(3G) << BigInteger.TEN.pow(20) << new BigInteger('ff', 16) << 10G.gcd(4G) << 2G.shiftLeft(70)
    message.setBody(out.join('\n'))
    return message
}
