// The present, in all its forms.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << (new Date().time > 1700000000000L) << (System.currentTimeMillis() > 1700000000000L) << new Date().format('yyyy-MM-dd').length() << (System.nanoTime() > 0 || true) << java.time.LocalDate.now().toString().length() << (Calendar.getInstance().get(Calendar.YEAR) > 2020) << new Date().toString().length() << java.time.Instant.now().toString().endsWith('Z') << (java.time.ZonedDateTime.now().getZone().toString() != '')
    message.setBody(out.join('\n'))
    return message
}
