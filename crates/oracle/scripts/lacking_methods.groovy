import com.sap.gateway.ip.core.customdev.util.Message

// What looks like a method of a class and is none.
def Message processData(Message message) {
    def out = []
    def tried = { c ->
        try {
            out << String.valueOf(c())
        } catch (Exception e) {
            out << e.class.name + ': ' + e.message?.readLines()?.first()
        }
    }
    def parts = 'a,b'.split(',')
    tried { parts.isEmpty() }
    tried { parts.indexOf('b') }
    tried { parts.withIndex() }
    tried { parts.stream() }
    tried { parts.unique() }
    tried { parts.toList() + parts.reverse().toList() }
    tried { 'abc'.bytes.reverse() }
    def text = new StringBuilder('abc')
    tried { text.trim() }
    tried { text.replace('a', 'b') }
    tried { text.toUpperCase() }
    tried { text.endsWith('c') }
    tried { text.contains('b') }
    tried { 5.setScale(2) }
    tried { 1.5d.negate() }
    tried { 7.max(9) }
    tried { [a: 1].minus('a') }
    tried { [a: 1] * 2 }
    tried { 'abc'.format('%s!', 1) }
    tried { 'a' * 'b' }
    tried { 'a' * null }
    tried { [1] * 'b' }
    tried { true & 1 }
    tried { new Exception('m') + 'x' }
    tried { [a: 1] + 'x' }
    tried { true + 'x' }
    tried { new Date(0) + 'x' }
    tried { new Date(0) + 1L }
    tried { UUID.fromString('123e4567-e89b-12d3-a456-426614174000') + 'x' }
    tried { 1 + 'x' + null }
    tried { 2.50 % 2 }
    tried { new StringBuilder((String) null) }
    tried { new ByteArrayInputStream(null) }
    tried { new URL(5) }
    tried { [[b: [c: 1]]].collectMany { it.b } }
    message.setBody(out.join('\n'))
    return message
}
