// DecimalFormat and NumberFormat.
import com.sap.gateway.ip.core.customdev.util.Message
import java.text.DecimalFormat
import java.text.DecimalFormatSymbols
import java.text.NumberFormat

Message processData(Message message) {
    def out = []
    out << new DecimalFormat('#,##0.00').format(1234567.891) << new DecimalFormat('0.###').format(2.5) << new DecimalFormat('00000').format(42) << new DecimalFormat('#').format(2.5) << new DecimalFormat('#').format(3.5) << new DecimalFormat('0.0%').format(0.256) << new DecimalFormat('0.00').format(-1.005) << new DecimalFormat('#.##').format(0)
    def german = new DecimalFormat('#,##0.00', new DecimalFormatSymbols(Locale.GERMANY))
    out << german.format(1234.5) << german.parse('1.234,50') << new DecimalFormat('0.00').parse('12.50abc') << NumberFormat.getInstance(Locale.US).format(1234.5) << NumberFormat.getIntegerInstance(Locale.US).format(1234.5)
    message.setBody(out.join('\n'))
    return message
}
