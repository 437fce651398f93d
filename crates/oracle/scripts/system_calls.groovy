// System, environment, sleeping, loggers.
import com.sap.gateway.ip.core.customdev.util.Message
import org.slf4j.Logger
import org.slf4j.LoggerFactory

Message processData(Message message) {
    def out = []
    Logger log = LoggerFactory.getLogger('script')
    log.info('x')
    log.error('y {}', 1)
    log.debug('z')
    println 'nowhere'
    print 'nowhere'
    System.out.println('nowhere')
    sleep(1)
    Thread.sleep(1)
    out << System.lineSeparator().length() << (System.getProperty('nothing.there') == null) << System.getProperty('line.separator').length() << System.getProperty('nothing', 'dflt') << System.getenv('NO_SUCH_THING') << 'done'
    message.setBody(out.join('\n'))
    return message
}
