// Casts with `as` and with parentheses.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << ('12' as Integer) << ('12' as int) << (12 as String) << ('1.50' as BigDecimal) << ('7' as Long) << (3.99 as int)
    out << ([1, 2] as String[]).length << ([3, 1] as Set) << ('abc' as char[]).length << ((Object) 5).toString()
    out << (true as String) << ('true' as Boolean) << ('' as Boolean) << (65 as char) << ([1, 2, 2] as LinkedHashSet)
    out << ('a' as char) << ((int) 'a') << ([1, 2] as int[])[1] << ((String) 12) << ("${1}2" as Integer)
    try { 'x' as Integer; out << 'none' } catch (Exception e) { out << e.class.name + ': ' + e.message }
    try { (Integer) 'x'; out << 'none' } catch (Exception e) { out << e.class.name + ': ' + e.message }
    try { (Date) 'x'; out << 'none' } catch (Exception e) { out << e.class.name + ': ' + e.message }
    message.setBody(out.join('\n'))
    return message
}
