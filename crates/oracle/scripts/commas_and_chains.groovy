import com.sap.gateway.ip.core.customdev.util.Message

// What the grammar forgives: a comma too many, a call right behind a call, a command with `!`.
def Message processData(Message message) {
    def text = message.getBody(java.lang.String.class)toString();
    def joined = String.join('-', 'a', , 'b');
    println !text
    println !''
    message.setBody(text.trim() + joined)
    return message
}
