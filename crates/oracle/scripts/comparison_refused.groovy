import com.sap.gateway.ip.core.customdev.util.Message

// What cannot be compared; a text of one character is compared with a number as that character.
def Message processData(Message message) {
    def out = []
    def tried = { c ->
        try {
            out << String.valueOf(c())
        } catch (Exception e) {
            out << e.class.name + ': ' + e.message
        }
    }
    tried { 'abc' > 5 }
    tried { 5 < 'abc' }
    tried { '5' > 3 }
    tried { 5 > '3' }
    tried { 'abc' > true }
    tried { 'abc' > [1] }
    tried { [1] > 1 }
    tried { 1 > [1] }
    tried { true > 1 }
    tried { new Date(0) > 'a' }
    tried { null > 1 }
    tried { 'a' > null }
    tried { ['10', 9].max() }
    tried { 2 ** 3.0 }
    tried { 4 ** 0.5 }
    tried { 2 ** 0.5 }
    tried { 1 ** 2L }
    tried { ' 5 ' as Integer }
    tried { (10 as byte[]).length }
    tried { 987.654f.round(2).class }
    message.setBody(out.join('\n'))
    return message
}
