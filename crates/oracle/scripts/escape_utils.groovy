// StringEscapeUtils.
import com.sap.gateway.ip.core.customdev.util.Message
import org.apache.commons.lang.StringEscapeUtils

Message processData(Message message) {
    def out = []
    out << StringEscapeUtils.escapeXml('<a b="c">\'&</a>') << StringEscapeUtils.unescapeXml('&lt;a&gt; &quot;&apos;&amp;')
    message.setBody(out.join('\n'))
    return message
}
