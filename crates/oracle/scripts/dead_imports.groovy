// Imports of classes that nobody has, never used.
import com.sap.gateway.ip.core.customdev.util.Message
import java.util.HashMap
import java.util.concurrent.*
import javax.script.*

Message processData(Message message) {
    def out = []
    out << new HashMap().size() << 'fine'
    message.setBody(out.join('\n'))
    return message
}
