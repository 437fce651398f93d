// XmlUtil.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.xml.XmlUtil

Message processData(Message message) {
    def out = []
    out << XmlUtil.serialize('<a><b>1</b><c x="1"/><d>t<e/>u</d></a>') << XmlUtil.serialize(new XmlSlurper().parseText('<a> <b>1</b> </a>')) << XmlUtil.serialize(new XmlParser().parseText('<a><b>1</b></a>')) << XmlUtil.escapeXml('<a b="c">\'&ä') << XmlUtil.serialize('<a xmlns="urn:a" xmlns:p="urn:p"><p:b/></a>') << XmlUtil.escapeControlCharacters('a\u0001b') << XmlUtil.serialize('<a><!-- c --><b><![CDATA[x<y]]></b></a>') << XmlUtil.serialize(new XmlSlurper().parseText('<a xmlns:p="urn:p" p:k="v"><p:b/></a>'))
    message.setBody(out.join('\n'))
    return message
}
