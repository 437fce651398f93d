// XML becomes a table of texts.
// body: <o><r><a>1</a><b>x;y</b></r><r><a>2</a></r></o>
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def o = new XmlSlurper().parseText(message.getBody(String))
    def rows = o.r.collect { r -> ['a', 'b'].collect { n -> def t = r[n].text(); t.contains(';') ? "\"$t\"" : t }.join(';') }
    message.setBody((['a;b'] + rows).join('\r\n'))
    return message
}
