// JsonOutput: all kinds of values.
import com.sap.gateway.ip.core.customdev.util.Message
import groovy.json.JsonOutput

Message processData(Message message) {
    def out = []
    out << JsonOutput.toJson([a: 1, b: 2.50, c: 1e10, d: 'x"y\\z/\n\t', e: null, f: true, g: [1, [2]], h: [:], i: [], j: 'äé€', k: 2.5d, l: "g${1}", m: 'c' as char, n: new Date(0), o: 5G, p: 1.0f])
    out << JsonOutput.toJson('text') << JsonOutput.toJson(5) << JsonOutput.toJson(null) << JsonOutput.toJson([1, 2] as int[]) << JsonOutput.toJson([x: ['a', 'b'] as Set]) << JsonOutput.toJson(true) << JsonOutput.toJson("${1}") << JsonOutput.toJson([1: 'int key']) << JsonOutput.toJson(UUID.fromString('123e4567-e89b-12d3-a456-426614174000')) << JsonOutput.toJson(TimeZone.getTimeZone('UTC').ID) << JsonOutput.toJson(['a', 'b'] as String[])
    message.setBody(out.join('\n'))
    return message
}
