// Static imports and aliases.
import com.sap.gateway.ip.core.customdev.util.Message
import static java.lang.Math.max
import static java.util.Calendar.*
import java.text.SimpleDateFormat as Fmt

Message processData(Message message) {
    def out = []
    out << max(3, 7) << YEAR << new Fmt('yyyy').format(new Date(0)) << MONDAY
    message.setBody(out.join('\n'))
    return message
}
