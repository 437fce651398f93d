// Categories, mixins and properties added to classes.
import com.sap.gateway.ip.core.customdev.util.Message

class Shout { static String shout(String self) { self.toUpperCase() + '!' } }

Message processData(Message message) {
    def out = []
    use(Shout) { out << 'hey'.shout() }
    String.metaClass.whisper = { -> delegate.toLowerCase() + '...' }
    out << 'HEY'.whisper()
    message.setBody(out.join('\n'))
    return message
}
