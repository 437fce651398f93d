// Dates read from texts.
import com.sap.gateway.ip.core.customdev.util.Message
import java.text.ParseException
import java.text.SimpleDateFormat

Message processData(Message message) {
    def out = []
    out << Date.parse('yyyy-MM-dd', '2024-02-29').time << Date.parse('yyyy-MM-dd', '2024-02-30').format('yyyy-MM-dd') << new SimpleDateFormat('dd/MM/yyyy HH:mm').parse('31/12/2023 23:59').time << new SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ssX").parse('2024-01-01T00:00:00+02:00').time << new SimpleDateFormat('yyyyMMdd').parse('20240101xyz').time << new SimpleDateFormat('d MMM yyyy', Locale.US).parse('5 Mar 2024').time << new SimpleDateFormat('yy').parse('24').format('yyyy') << new SimpleDateFormat("yyyy-MM-dd HH:mm:ss.SSS z").parse('2024-06-01 10:00:00.250 CET').time << new SimpleDateFormat('hh:mm a').parse('03:30 PM').time << new SimpleDateFormat('yyyy-MM-dd').parse('2024-1-5').format('yyyyMMdd')
    ['x', '', '2024/01/01'].each { t -> try { Date.parse('yyyy-MM-dd', t); out << 'parsed' } catch (ParseException e) { out << e.message } }
    def strict = new SimpleDateFormat('yyyy-MM-dd')
    strict.setLenient(false)
    try { strict.parse('2024-02-30'); out << 'parsed' } catch (ParseException e) { out << e.message }
    message.setBody(out.join('\n'))
    return message
}
