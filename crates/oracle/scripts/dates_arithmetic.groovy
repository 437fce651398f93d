// Dates plus and minus days, comparison, fields.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.time.TimeCategory

Message processData(Message message) {
    def out = []
    def d = Date.parse('yyyy-MM-dd HH:mm', '2024-02-28 10:30')
    out << (d + 2).format('yyyy-MM-dd') << (d - 28).format('yyyy-MM-dd') << (d + 2) - d << d.before(d + 1) << d.after(d + 1) << (d <=> d - 1) << d.clearTime().format('HH:mm') << d.next().format('dd') << d.previous().format('dd') << (d == new Date(d.time)) << d[Calendar.YEAR] << d.year << d.month << d.date << d.hours << d.compareTo(d + 1) << new Date(124, 0, 5).format('yyyy-MM-dd')
    use(TimeCategory) { out << (d + 1.month).format('yyyy-MM-dd') << (d + 2.hours + 30.minutes).format('HH:mm') << (d - 1.week).format('MM-dd') << ((d + 3.days) - d) << (d + 90.seconds).format('mm:ss') << (d - 1.year).format('yyyy') }
    (d..d + 2).each { out << it.format('dd') }
    message.setBody(out.join('\n'))
    return message
}
