// java.time: parsing, arithmetic, text.
import com.sap.gateway.ip.core.customdev.util.Message
import java.time.*
import java.time.format.DateTimeFormatter
import java.time.temporal.ChronoUnit

Message processData(Message message) {
    def out = []
    def d = LocalDate.of(2024, 2, 28)
    def t = LocalDateTime.parse('2024-03-15T10:20:30')
    out << d << d.plusDays(2) << d.minusMonths(1) << d.getDayOfWeek() << d.isLeapYear() << d.format(DateTimeFormatter.ofPattern('dd.MM.yyyy')) << t << t.toLocalDate() << t.withSecond(0) << t.plusHours(20).format(DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss")) << LocalDate.parse('05/01/2024', DateTimeFormatter.ofPattern('dd/MM/yyyy')) << ChronoUnit.DAYS.between(d, LocalDate.of(2024, 3, 1)) << Duration.ofMinutes(90) << Duration.between(t, t.plusHours(1)).toMinutes() << Period.between(d, d.plusDays(33)) << Instant.ofEpochMilli(1700000000000L) << Instant.parse('2024-01-01T00:00:00Z').toEpochMilli() << ZonedDateTime.of(t, ZoneId.of('Europe/Berlin')) << ZonedDateTime.of(t, ZoneId.of('UTC')).withZoneSameInstant(ZoneId.of('America/New_York')) << OffsetDateTime.parse('2024-01-01T00:00:00+02:00').toInstant() << LocalTime.of(9, 5) << t.atZone(ZoneId.of('UTC')).toEpochSecond() << t.truncatedTo(ChronoUnit.DAYS) << d.isBefore(t.toLocalDate()) << t.getMonth() << t.getMonthValue() << t.format(DateTimeFormatter.ISO_DATE) << d.withDayOfMonth(1) << d.lengthOfMonth() << d.atStartOfDay() << LocalDateTime.ofInstant(Instant.ofEpochMilli(0), ZoneId.of('UTC')) << YearMonth.of(2024, 2).atEndOfMonth() << d.getDayOfYear() << (d < d.plusDays(1)) << ZonedDateTime.of(t, ZoneOffset.UTC).format(DateTimeFormatter.ISO_INSTANT) << t.format(DateTimeFormatter.ofPattern('EEE, d MMM yyyy hh:mm a', Locale.ENGLISH)) << Date.from(Instant.ofEpochMilli(0)) << new Date(0).toInstant()
    try { LocalDate.parse('x') } catch (Exception e) { out << e.class.name << e.message }
    message.setBody(out.join('\n'))
    return message
}
