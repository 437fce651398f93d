// Random numbers stay in their range.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def r = new Random()
    out << (r.nextInt(5) in 0..4) << (Math.random() < 1) << (new Random(42).nextInt(100)) << (new Random(42).nextDouble()) << (new Random(42).nextBoolean()) << new Random(1).nextLong()
    message.setBody(out.join('\n'))
    return message
}
