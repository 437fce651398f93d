// XmlSlurper: elements, attributes, text, lists.
// body: <order id="7" n:x="y" xmlns:n="urn:n"><head><date>2024-01-02</date><empty/></head><item no="1"><sku>A</sku><qty>2</qty></item><item no="2"><sku>B</sku><qty>3</qty></item><n:ext>e</n:ext></order>
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def o = new XmlSlurper().parseText(message.getBody(String))
    out << o.name() << o.@id << o.'@id' << o['@id'] << o.@id.text() << o.head.date << o.head.date.text() << o.head.empty.text() + '|' << o.item.size() << o.item[0].sku << o.item[1].@no << o.item.sku << o.item*.sku*.text() << o.item.collect { it.sku.text() + it.qty } << o.item.find { it.sku == 'B' }.@no << o.item.findAll { it.qty.toInteger() > 1 }.size() << o.none.size() << o.none.text() + '|' << o.ext << o.item.qty*.toInteger().sum() << o.children().size() << o.children()*.name() << o.head.children().collect { it.name() } << o.item.list().size() << o.item[0].parent().name() << o.'**'.find { it.name() == 'sku' } << o.depthFirst().size() << o.breadthFirst().collect { it.name() }.join(',') << o.item.any { it.sku == 'A' } << o.item.every { it.qty.text() } << o.item[5].sku.text() + '|' << o.item[0].attributes() << o.text() << o.item.@no*.text() << o.item.sku.join(';') << o.getClass().simpleName << (o.none ? 'true' : 'false') << o.none.isEmpty() << (o.head.date == '2024-01-02') << (o.item.qty[0] == 2) << o.head.date.text().length() << o.item.max { it.qty.toInteger() }.sku << o.item.sum { it.qty.toBigDecimal() } << o.item.sort { -(it.qty.text() as int) }.collect { it.sku.text() } << o.item.collectEntries { [it.sku.text(), it.qty.text()] } << o.item.first().sku << o.item.last().sku << o.head.date.toString() << "${o.head.date}" << (o.head.date as String) << o.item[0].qty.toInteger() + 1 << o.item.groupBy { it.sku.text() }.keySet() << o.namespaceURI() + '|' << o.ext[0].namespaceURI()
    o.item.each { out << it.sku.text() }
    o.item.eachWithIndex { it, i -> out << i + it.sku.text() }
    for (i in o.item) { out << i.@no }
    o.children().each { out << it.name() }
    message.setBody(out.join('\n'))
    return message
}
