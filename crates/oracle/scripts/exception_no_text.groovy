// An exception without a text.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    throw new IllegalStateException()
}
