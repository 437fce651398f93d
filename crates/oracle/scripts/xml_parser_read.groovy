// XmlParser: nodes, attributes, lists.
// body: <order id="7"><head><date>d</date></head><item no="1"><sku>A</sku></item><item no="2"><sku>B</sku>mixed</item></order>
import com.sap.gateway.ip.core.customdev.util.Message

Message processData(Message message) {
    def out = []
    def o = new XmlParser().parseText(message.getBody(String))
    out << o.name() << o.@id << o.attribute('id') << o.head.date.text() << o.item.size() << o.item[0].sku.text() << o.item.sku*.text() << o.item.@no << o.item[1].@no << o.none.size() << o.none.text() + '|' << o.children().size() << o.item.find { it.@no == '2' }.sku.text() << o.item.findAll { it.@no.toInteger() > 0 }.size() << o.item[1].value() << o.item[1].text() << o.head[0].name() << o.attributes() << o.item[0].parent().name() << o.depthFirst().size() << o.breadthFirst().collect { it instanceof Node ? it.name() : it } << o.'item'[0].'sku'[0].text() << o['item'].size() << o.item.sku.collect { it.text() } << o.item[0].localText() << (o.none ? 't' : 'f') << o.item[9]?.sku << o.item.sku[0].value() << o.head.date[0].text() << o.getClass().simpleName << o.item.getClass().simpleName << o.'@id' << o.'**'.findAll { it instanceof Node && it.name() == 'sku' }.size() << o.item*.attribute('no') << o.iterator().size()
    o.item.each { out << it.@no + it.sku.text() }
    o.each { out << it.name() }
    message.setBody(out.join('\n'))
    return message
}
