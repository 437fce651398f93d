// Texts whose values are read each time the text is read.
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def n = 1, list = [1], map = [a: 1], sb = new StringBuilder('x')
    def late = "n=${-> n}", written = "${ w -> w << 'n=' << n }", kept = "$list $map $sb"
    def nested = "<$late|$kept>"
    n = 2
    list << 2
    map.b = 2
    sb << 'y'
    out << late.toString() << written.toString() << kept.toString() << nested.toString() << (late == 'n=2') << late.equals('n=2') << late.length() << late.toUpperCase() << (late + '!').class.simpleName
    out << nested.values.size() << nested.strings.toList() << nested.valueCount << nested.class.simpleName << (late instanceof GString) << late.hashCode()
    def calls = 0
    def counted = "${-> ++calls}"
    def held = [counted, [k: counted]]
    out << calls << held.toString() << calls << counted.size() << "$counted".toString() << calls
    String fixed = "${-> n}"
    n = 3
    out << fixed << [late, 'z', 'a'].sort().join(',') << groovy.json.JsonOutput.toJson([a: late, b: kept]) << late.replace('3', '4') << (late =~ /(\d)/)[0][1]
    message.setHeader('late', late)
    message.headers.put('kept', kept)
    message.setProperty('late', "${-> n}")
    message.properties.more = nested
    out << message.getHeader('late', String) << message.getHeaders().get('late').class.simpleName
    def body = "${out.join('\n')}\n${-> n}"
    n = 4
    list << 3
    message.setBody(body)
    return message
}
