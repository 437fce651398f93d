// An exception class of the script's own.
import com.sap.gateway.ip.core.customdev.util.Message

class NoOrder extends Exception {
    int code
    NoOrder(String text, int code) { super(text); this.code = code }
}

Message processData(Message message) {
    def out = []
    try { throw new NoOrder('none', 7) } catch (NoOrder e) { out << e.message + e.code + e.class.simpleName + (e instanceof Exception) }
    throw new NoOrder('leaves', 8)
}
