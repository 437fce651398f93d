// XmlSlurper from readers and streams; white space.
// body: <a> <b> t </b>\n<c>\n</c>x</a>
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << new XmlSlurper().parse(message.getBody(Reader)).b.text() + '|' << new XmlSlurper().parse(message.getBody(InputStream)).b << new XmlSlurper().parseText('<a>1<b>2</b>3</a>').text() << new XmlSlurper().parseText('<a><![CDATA[<x>&]]></a>').text() << new XmlSlurper().parseText('<a>&lt;&amp;&#228;</a>') << new XmlSlurper().parseText(message.getBody(String)).text().trim() << new XmlSlurper().parse(new StringReader('<q/>')).name() << new XmlSlurper().parse(new ByteArrayInputStream('<q/>'.bytes)).name() << new XmlSlurper().parseText('<?xml version="1.0"?><!-- c --><a><!-- d -->v<?pi x?></a>')
    def s = new XmlSlurper()
    s.keepIgnorableWhitespace = true
    out << s.parseText('<a> <b/> </a>').text().length()
    message.setBody(out.join('\n'))
    return message
}
