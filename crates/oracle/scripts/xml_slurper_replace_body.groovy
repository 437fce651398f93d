// XmlSlurper: replaceBody and removal.
// body: <list><a>1</a><b>2</b><b>3</b></list>
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.xml.StreamingMarkupBuilder

Message processData(Message message) {
    def l = new XmlSlurper().parseText(message.getBody(String))
    l.a.replaceBody('x')
    l.b[0].replaceNode { }
    message.setBody(new StreamingMarkupBuilder().bind { mkp.yield l }.toString())
    return message
}
