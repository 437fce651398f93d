// A variable that is not there.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << notThere
    message.setBody('never')
    return message
}
