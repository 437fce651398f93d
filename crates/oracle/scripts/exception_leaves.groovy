// An exception that nobody catches.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    throw new Exception("order ${40 + 2} is not complete")
}
