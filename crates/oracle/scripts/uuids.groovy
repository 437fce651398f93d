// UUID.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << UUID.randomUUID().toString().length() << UUID.randomUUID().toString().replaceAll('-', '').length() << UUID.fromString('123e4567-e89b-12d3-a456-426614174000') << UUID.nameUUIDFromBytes('x'.bytes) << (UUID.randomUUID() == UUID.randomUUID()) << UUID.randomUUID().version() << UUID.fromString('123e4567-e89b-12d3-a456-426614174000').getMostSignificantBits()
    message.setBody(out.join('\n'))
    return message
}
