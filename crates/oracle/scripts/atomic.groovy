// Atomic numbers and executors.
import com.sap.gateway.ip.core.customdev.util.Message
import java.util.concurrent.atomic.AtomicInteger

Message processData(Message message) {
    def out = []
    def n = new AtomicInteger(5)
    out << n.incrementAndGet() << n.getAndAdd(3) << n.get() << n.addAndGet(-1) << n.intValue() << new java.util.concurrent.atomic.AtomicLong(2).incrementAndGet()
    message.setBody(out.join('\n'))
    return message
}
