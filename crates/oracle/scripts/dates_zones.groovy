// Dates in other zones.
import com.sap.gateway.ip.core.customdev.util.Message
import java.text.SimpleDateFormat

Message processData(Message message) {
    def out = []
    def d = new Date(1700000000000L)
    ['UTC', 'Europe/Berlin', 'America/New_York', 'GMT+5:30', 'CET', 'Asia/Tokyo', 'Nonsense/Zone'].each { z ->
        def f = new SimpleDateFormat("yyyy-MM-dd HH:mm:ss Z z")
        f.setTimeZone(TimeZone.getTimeZone(z))
        out << f.format(d) << TimeZone.getTimeZone(z).getOffset(d.time) << TimeZone.getTimeZone(z).ID
    }
    out << d.format("HH:mm", TimeZone.getTimeZone('Europe/Berlin')) << TimeZone.getTimeZone('Europe/Berlin').inDaylightTime(new Date(1688000000000L)) << TimeZone.getDefault().getID() << TimeZone.getTimeZone('Europe/Berlin').rawOffset
    message.setBody(out.join('\n'))
    return message
}
