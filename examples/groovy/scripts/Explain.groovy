import com.sap.gateway.ip.core.customdev.util.Message

// What the caller is told when the order cannot be taken.
def Message processData(Message message) {
    def caught = message.getProperty('CamelExceptionCaught')
    message.setHeader('Content-Type', 'text/plain')
    def refused = caught.getClass().getSimpleName() == 'AhcOperationFailedException'
    message.setBody(refused ? "The partner said ${caught.getStatusCode()}" : "Not taken: ${caught.getMessage()}")
    return message
}
