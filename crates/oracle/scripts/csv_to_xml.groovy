// A table of texts becomes XML.
// body: id;name;qty\n1;Anna & Co;2\n2;;5\n
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.xml.MarkupBuilder

Message processData(Message message) {
    def lines = message.getBody(String).readLines()
    def names = lines[0].split(';')
    def w = new StringWriter()
    new MarkupBuilder(w).rows {
        lines.drop(1).findAll { it.trim() }.each { l ->
            def v = l.split(';', -1)
            row(no: v[0]) { names.eachWithIndex { n, i -> "$n"(v[i]) } }
        }
    }
    message.setBody(w.toString())
    return message
}
