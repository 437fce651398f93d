// Properties: reading.
// property: Name=text
// property: count=7
// property: flag=false
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def p = message.getProperties()
    out << p.get('Name') << p.get('name') << message.getProperty('Name') << message.getProperty('none') << p.count + 1 << p['flag'] << message.properties.Name << p.containsKey('count') << (p.get('count') as String) << (p.get('flag') ? 'y' : 'n') << message.properties['count'].class.simpleName << p.get('count').toString().padLeft(3, '0') << (p.get('none') ?: 'dflt') << p.find { it.key == 'Name' }.value << message.getProperty('count').toInteger()
    message.setBody(out.join('\n'))
    return message
}
