// Calendar.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def c = Calendar.getInstance(TimeZone.getTimeZone('UTC'))
    c.setTimeInMillis(1700000000000L)
    out << c.get(Calendar.YEAR) << c.get(Calendar.MONTH) << c.get(Calendar.DAY_OF_MONTH) << c.get(Calendar.HOUR_OF_DAY) << c.get(Calendar.DAY_OF_WEEK) << c.get(Calendar.WEEK_OF_YEAR) << c.getTimeInMillis()
    c.add(Calendar.DATE, 20)
    c.add(Calendar.MONTH, -1)
    c.set(Calendar.HOUR_OF_DAY, 0)
    c.set(Calendar.MINUTE, 5)
    out << c.time.format('yyyy-MM-dd HH:mm:ss') << c.getActualMaximum(Calendar.DAY_OF_MONTH) << c[Calendar.YEAR] << c.getTime().getTime()
    c.set(2024, Calendar.FEBRUARY, 29)
    c.roll(Calendar.YEAR, 1)
    out << c.time.format('yyyy-MM-dd') << new Date(0).toCalendar().get(Calendar.YEAR) << new GregorianCalendar(2024, 1, 30).time.format('yyyy-MM-dd')
    c.setTime(new Date(0))
    out << c.time << c.before(Calendar.getInstance()) << c.timeZone.ID
    message.setBody(out.join('\n'))
    return message
}
