// Math.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << Math.max(1, 2) << Math.min(1.5d, 2.5d) << Math.abs(-3) << Math.round(2.5d) << Math.round(-2.5d) << Math.floor(2.7d) << Math.ceil(2.1d) << Math.pow(2, 10) << Math.sqrt(16) << Math.floorMod(-7, 3) << Math.PI << Math.signum(-2d) << Math.log10(1000) << Math.hypot(3, 4) << Math.round(1.4f) << Math.rint(2.5d) << Math.cbrt(27) << Math.floorDiv(-7, 2) << Math.exp(0) << Math.addExact(1, 2)
    try { Math.max(1, 2.5) } catch (Exception e) { out << e.class.simpleName }
    try { Math.addExact(Integer.MAX_VALUE, 1) } catch (ArithmeticException e) { out << e.message }
    message.setBody(out.join('\n'))
    return message
}
