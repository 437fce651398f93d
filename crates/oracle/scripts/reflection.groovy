// What scripts ask of classes.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def x = 'a'
    out << x.class << x.class.name << x.getClass().getSimpleName() << [1].class << 1.class << (1.5).class.simpleName << [a: 1].getClass() << String << String.name << x.getClass().getCanonicalName() << (x.class == String) << Integer.class.name << new Date(0).getClass().name << [].getClass().getSimpleName() << ({ }).getClass().superclass.simpleName << null.getClass().simpleName << int.name << String[].name << x.metaClass.respondsTo(x, 'size').size() << x.respondsTo('nope').size() << x.hasProperty('bytes')?.name << (String.isInstance(x)) << x.getClass().isAssignableFrom(String)
    message.setBody(out.join('\n'))
    return message
}
