// Properties: setting, live map, values of many kinds.
// property: Drop=x
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    message.setProperty('text', 'v')
    message.setProperty('gstring', "g${1 + 1}")
    message.setProperty('int', 5)
    message.setProperty('decimal', 1.50)
    message.setProperty('double', 2.5d)
    message.setProperty('bool', true)
    message.setProperty('null', null)
    message.setProperty('list', ['a', 1])
    message.setProperty('map', [k: 'v'])
    message.setProperty('bytes', 'b'.bytes)
    message.setProperty('char', 'c' as char)
    message.setProperty('long', 5L)
    message.setProperty('big', 2G ** 70)
    message.setProperty('builder', new StringBuilder('sb'))
    message.getProperties().put('live', 1)
    message.properties.remove('Drop')
    message.properties.dot = 'd'
    message.setProperty('date', new Date(0))
    message.setProperty('set', ['x'] as Set)
    message.setBody(out.join('\n'))
    return message
}
