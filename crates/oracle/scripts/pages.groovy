// Counting pages in properties.
// property: page=3
// property: total=45
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def page = message.getProperty('page') as Integer, total = message.getProperty('total').toString().toInteger()
    message.setProperty('page', page + 1)
    message.setProperty('pages', Math.ceil(total / 10) as Integer)
    message.setProperty('more', (page * 10) < total)
    message.setProperty('offset', (page * 10).toString().padLeft(6, '0'))
    message.setBody(out.join('\n'))
    return message
}
