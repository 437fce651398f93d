import com.sap.gateway.ip.core.customdev.util.Message

def Message processData(Message message) {
    def kinds = message.getProperty('kinds') ?: ''
    message.setProperty('kinds', kinds + ' ' + message.getBody().getClass().getSimpleName())
    return message
}
