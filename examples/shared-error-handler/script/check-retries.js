// Compares the retry count with the configured maximum.
// SAPJMSRetries counts from 0 at the first delivery from the queue; it is absent before the message was stored.
function processData(message) {
    var retries = message.getHeader('SAPJMSRetries', java.lang.String);
    var deliveries = retries === null ? 0 : Number(retries) + 1;
    var maximum = Number(message.getProperty('MaximumRetries'));
    message.setProperty('Deliveries', String(deliveries));
    message.setProperty('MaximumReached', deliveries >= maximum ? 'true' : 'false');
    return message;
}
