import com.sap.gateway.ip.core.customdev.util.Message

// Classes of patterns are ASCII.
def Message processData(Message message) {
    def out = []
    out << 'äé 5_x'.replaceAll(/\W/, '-') << 'äé 5_x'.replaceAll(/[^\w\s]/, '') << 'ä'.matches(/\w/)
    out << 'a-b.c'.replaceAll(/[\w-.]/, 'x') << 'a]b[c'.replaceAll(/[\]\[]/, '') << 'a\u00a0b c'.replaceAll(/\s/, '_')
    out << 'a\u00a0b'.replaceAll(/\h/, '_') << '\u0661'.matches(/\d/) << 'äb'.replaceAll(/[^\p{ASCII}]/, '')
    out << 'aB1 !'.replaceAll(/\p{Lower}/, 'l').replaceAll(/\p{Alnum}/, 'n').replaceAll(/\p{Punct}/, 'p')
    out << 'äß'.matches(/\p{L}+/) << 'a\nb\r\nc'.replaceAll(/\R/, '|') << 'abc'.replaceAll('[a-z&&[^b]]', 'x')
    out << 'ab12'.replaceAll(/(?<l>[a-z]+)(?<d>\d+)/, '${d}${l}') << 'a.b'.replaceAll('\\Q.\\E', '_')
    out << 'x y'.split(/[\s,;]+/).join('|') << 'tel +49 (0)1'.replaceAll(/[^\d+]/, '')
    message.setBody(out.join('\n'))
    return message
}
