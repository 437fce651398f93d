// Headers: setting, replacing, removing.
// header: Old=1
// header: Drop=x
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    message.setHeader('New', 'v')
    message.setHeader('Number', 42)
    message.setHeader('Flag', true)
    message.setHeader('Text', "g${1}")
    message.setHeader('Nothing', null)
    message.setHeader('OLD', 2)
    message.getHeaders().remove('Drop')
    message.getHeaders().put('Live', 'yes')
    message.headers['Index'] = 'i'
    message.headers.Dot = 'd'
    message.setHeader('Big', 12.50)
    message.setHeader('List', [1, 2])
    message.setBody(message.getHeaders().get('Live'))
    return message
}
