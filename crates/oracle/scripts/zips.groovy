// Compression in memory.
import com.sap.gateway.ip.core.customdev.util.Message
import java.util.zip.*

Message processData(Message message) {
    def out = []
    def o = new ByteArrayOutputStream()
    def z = new ZipOutputStream(o)
    z.putNextEntry(new ZipEntry('a.txt'))
    z.write('content'.bytes)
    z.closeEntry()
    z.close()
    def i = new ZipInputStream(new ByteArrayInputStream(o.toByteArray()))
    def e = i.getNextEntry()
    out << e.name << i.text
    def g = new ByteArrayOutputStream()
    def gz = new GZIPOutputStream(g)
    gz.write('zipped'.bytes)
    gz.close()
    out << new GZIPInputStream(new ByteArrayInputStream(g.toByteArray())).text
    def crc = new CRC32()
    crc.update('x'.bytes)
    out << crc.value
    message.setBody(out.join('\n'))
    return message
}
