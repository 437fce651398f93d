// Groovy's own calls on texts.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    out << 'abc' - 'b' << 'ab' * 3 << 'abc'.padLeft(5, '0') << 'abc'.padRight(5) + '|' << 'abc'.center(7, '*') << 'abc'.capitalize() << 'a b'.tokenize() << 'a,,b,'.tokenize(',') << 'a,,b,'.split(',').toList()
    out << '12'.isNumber() << 'x'.isNumber() << '1.5'.isInteger() << '12'.toInteger() + 1 << '1.50'.toBigDecimal() << '2.5'.toDouble() << '7'.toLong() << 'y'.toBoolean() << 'false'.toBoolean()
    out << 'banana'.count('an') << 'hello'.tr('el', 'ip') << 'a\nb\r\nc'.readLines() << 'abc'.toList() << 'abc'.collect { it + it } << 'abc'.each { }.size() << 'cab'.toList().sort().join()
    out << 'abc'.find('[bc]') << 'a1b2'.findAll('\\d') << 'abc'.any { it == 'b' } << 'x=1;y=2'.split(';').collectEntries { it.split('=') as List } << 'Abc'.uncapitalize() << 'aXb'.toCharArray().length << 'abc'.contains('') << 'abc' as List
    out << '    indented\n      more'.stripIndent() << '  |margin\n  |two'.stripMargin() << 'a\nb'.eachLine { it } << 'a b c'.replaceAll(' ', '') << 'abc'.getChars().length << 'line'.denormalize() << 'one two'.split().size()
    message.setBody(out.join('\n'))
    return message
}
