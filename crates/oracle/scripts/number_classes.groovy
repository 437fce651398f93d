// Integer, Long, Double and their static calls.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << Integer.parseInt('42') << Integer.valueOf('7') << Integer.toHexString(255) << Integer.toBinaryString(5) << Integer.MAX_VALUE << Long.parseLong('99') << Double.parseDouble('1.5') << Double.valueOf('2') << Integer.compare(1, 2) << Long.MAX_VALUE << Boolean.parseBoolean('TRUE') << Boolean.valueOf('x') << Integer.parseInt('ff', 16) << Double.isNaN(0.0d / 0) << Double.MAX_VALUE << Float.parseFloat('1.1') << Integer.signum(-4) << Integer.toString(10, 2) << Long.toHexString(255L) << Character.isDigit('5' as char) << Character.isLetter('x' as char) << Character.getNumericValue('7' as char) << Byte.parseByte('12') << Short.MAX_VALUE << Integer.MIN_VALUE << Character.toUpperCase('a' as char) << Character.isWhitespace(' ' as char) << Integer.bitCount(7)
    ['', 'x', '1.5', '99999999999'].each { t -> try { Integer.parseInt(t) } catch (NumberFormatException e) { out << e.message } }
    try { new BigDecimal('x') } catch (NumberFormatException e) { out << e.class.name }
    message.setBody(out.join('\n'))
    return message
}
