// Date and SimpleDateFormat: writing.
import com.sap.gateway.ip.core.customdev.util.Message
import java.text.SimpleDateFormat

Message processData(Message message) {
    def out = []
    def d = new Date(1700000000000L)
    ['yyyy-MM-dd', "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", 'dd.MM.yy HH:mm', 'EEE, d MMM yyyy HH:mm:ss Z', 'EEEE MMMM', 'hh:mm a', 'yyyyMMddHHmmssSSS', 'D w u', "yyyy-MM-dd'T'HH:mm:ssXXX", 'k K', 'z', 'G yyyy', 'E', 'W F', 'yy M d H m s S'].each { p -> out << d.format(p) << new SimpleDateFormat(p).format(d) }
    out << d << d.time << d.getTime() << d.format('yyyy', TimeZone.getTimeZone('UTC')) << (d as String) << d.toString().length() << "${d}" << d.class.name << new SimpleDateFormat('dd MMM', Locale.ENGLISH).format(d) << new SimpleDateFormat('yyyy').toPattern()
    message.setBody(out.join('\n'))
    return message
}
