// Locale and texts.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << 'TITLE'.toLowerCase(Locale.ENGLISH) << String.format(Locale.GERMANY, '%,.2f', 1234.5) << String.format(Locale.US, '%,.2f', 1234.5) << Locale.GERMANY << Locale.ENGLISH.language << new Locale('de', 'DE').getCountry()
    message.setBody(out.join('\n'))
    return message
}
