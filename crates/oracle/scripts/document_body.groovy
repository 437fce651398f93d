// body: <r><a k="1">x</a></r>
import com.sap.gateway.ip.core.customdev.util.Message

// A document that a script leaves is its XML.
def Message processData(Message message) {
    def document = message.getBody(org.w3c.dom.Document.class)
    document.documentElement.setAttribute('n', '2')
    message.setBody(document)
    message.setBody(message.getBody(String.class).replaceFirst(/^<\?.*?\?>/, ''))
    return message
}
