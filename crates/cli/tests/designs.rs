//! The two published exactly-once designs as SAP artifacts, run by the real binary with real receivers.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../iflow/tests/import/build.rs"]
#[expect(dead_code, reason = "the import's own tests use the rest")]
mod build;
#[path = "designs/world.rs"]
#[expect(dead_code, reason = "what operators do is another test's")]
mod world;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use build::{Artifact, COLUMNS, arrows, cells, end, event, exceptions, route, router, rows, start, step, zip};
use world::{Place, Receiver, Smtp};

fn local(artifact: &mut Artifact, id: &str, path: &str, inside: &str) {
    let (from, to) = (format!("{id}S"), format!("{id}E"));
    let nodes = event("startEvent", &from, "", &[]) + &event("endEvent", &to, "", &[]) + inside;
    artifact.local(id, &(nodes + &arrows(&format!("{from}>{path}>{to}"))));
}

fn handler(id: &str, nodes: &str, path: &str) -> String {
    let (from, to) = (format!("{id}X"), format!("{id}Y"));
    let inside = event("startEvent", &from, "error", &[]) + nodes + &end(&to) + &arrows(&format!("{from}>{path}>{to}"));
    exceptions(&format!("{id}H"), &inside)
}

/// The local processes of both receivers: each keeps what failed in a data store of its own.
fn deliveries(artifact: &mut Artifact) {
    for (id, store) in [("Billing", "BillingStore"), ("Clerk", "ClerkStore")] {
        let write = [
            ("operation", "put"),
            ("storageName", store),
            ("visibility", "global"),
            ("expire", "90"),
            ("override", "true"),
        ];
        let (call, keep) = (format!("{id}C"), format!("{id}W"));
        let kind = if id == "Billing" { "ExternalCall" } else { "Send" };
        let caught = handler(id, &step(&keep, "DBstorage", &write), &keep);
        local(artifact, id, &call, &(step(&call, kind, &[]) + &caught));
    }
    let http = [("httpAddressWithoutQuery", "{{billing}}"), ("httpMethod", "POST"), ("httpRequestTimeout", "5000")];
    artifact.receiver("BillingC", "BillingSystem", "HTTP", &http);
    let mail = [
        ("server", "{{smtp}}"),
        ("ssl", "off"),
        ("auth", "none"),
        ("from", "semel@example.com"),
        ("to", "clerk@example.com"),
        ("subject", "Order"),
        ("body", "${in.body}"),
    ];
    artifact.receiver("ClerkC", "ClerkMail", "Mail", &mail);
    artifact.parameters("billing=\nsmtp=\n");
}

/// Flow 1: splits the orders, and gives each to both receivers.
fn orders() -> Artifact {
    let mut artifact = Artifact::new("Orders");
    artifact.sender("S", "HTTPS", &[("urlPath", "/orders"), ("userRole", "Caller")]);
    let split = [("splitType", "IteratingSplitter"), ("exprType", "XPath"), ("splitExprValue", "/orders/order")];
    let inside = start("S")
        + &step("T", "Splitter", &split)
        + &step("A", "ProcessCallElement", &[("processId", "Billing")])
        + &step("B", "ProcessCallElement", &[("processId", "Clerk")])
        + &end("E")
        + &arrows("S>T>A>B>E");
    artifact.process("P", &[("transactionalHandling", "Not Required")], &inside);
    deliveries(&mut artifact);
    artifact
}

/// Flow 2: every five minutes takes one entry of each data store and sends it again.
fn again() -> Artifact {
    let mut artifact = Artifact::new("OrdersAgain");
    let schedule = cells(&[&["triggerType", "cron"], &["noOfSchedules", "1"], &["schedule1", "0+0/5+0-23+?+*+*+*"]]);
    let inside = event("startEvent", "S", "timer", &[("scheduleKey", &schedule)])
        + &step("A", "ProcessCallElement", &[("processId", "RA")])
        + &step("B", "ProcessCallElement", &[("processId", "RB")])
        + &end("E")
        + &arrows("S>A>B>E");
    artifact.process("P", &[("transactionalHandling", "Required")], &inside);
    for (id, store, to) in [("RA", "BillingStore", "Billing"), ("RB", "ClerkStore", "Clerk")] {
        let select = [
            ("operation", "select"),
            ("storageName", store),
            ("visibility", "global"),
            ("maxresults", "1"),
            ("delete", "true"),
        ];
        let (take, one, any, call) = (format!("{id}D"), format!("{id}F"), format!("{id}G"), format!("{id}P"));
        let path = [("wrapContent", "/messages/message/*"), ("xpathType", "Nodelist")];
        let nodes = step(&take, "DBstorage", &select)
            + &step(&one, "Filter", &path)
            + &router(&any, &format!("{any}-{id}Z"), false)
            + &route(&any, &call, "NonXML", "${in.body.length} > '0'")
            + &end(&format!("{id}Z"))
            + &route(&any, &format!("{id}Z"), "", "")
            + &step(&call, "ProcessCallElement", &[("processId", to)])
            + &arrows(&format!("{call}>{id}E"));
        let (from, to) = (format!("{id}S"), format!("{id}E"));
        let all = event("startEvent", &from, "", &[]) + &event("endEvent", &to, "", &[]) + &nodes;
        artifact.local(id, &(all + &arrows(&format!("{from}>{take}>{one}>{any}"))));
    }
    deliveries(&mut artifact);
    artifact
}

#[test]
fn a_data_store_per_receiver_and_a_retry_on_a_schedule() {
    let (billing, smtp) = (Receiver::start(), Smtp::start());
    let mut place = Place::new("design-a");
    let files = BTreeMap::from([("orders.zip".to_owned(), orders().zip()), ("again.zip".to_owned(), again().zip())]);
    let package = place.file("a.zip", &zip(&files));
    billing.fails.store(true, Ordering::SeqCst);
    smtp.fails.store(true, Ordering::SeqCst);
    let (url, server) = (format!("billing={}", billing.url), format!("smtp={}", smtp.address));
    let address = place.serve(&["run", &package, "--set", &url, "--set", &server, "--time-lapse", "600"], "Caller");
    assert_eq!(place.post(&address, "/orders", "<orders><order>1</order><order>2</order></orders>"), 200);
    assert_eq!(place.entries("BillingStore"), 2);
    assert_eq!(place.entries("ClerkStore"), 2);
    // Billing works again, the mail server does not: each receiver goes its own way.
    billing.fails.store(false, Ordering::SeqCst);
    place.until("billing has both orders", || billing.good().len() == 2);
    place.until("the billing store is empty", || place.entries("BillingStore") == 0);
    assert_eq!(place.entries("ClerkStore"), 2);
    smtp.fails.store(false, Ordering::SeqCst);
    place.until("the clerk has both orders", || smtp.good().len() == 2);
    place.until("the clerk store is empty", || place.entries("ClerkStore") == 0);
    let mut got = billing.good();
    got.sort();
    assert_eq!(got, ["<order>1</order>", "<order>2</order>"], "each order once");
    assert!(smtp.good().iter().any(|m| m.contains("<order>1</order>")), "{:?}", smtp.good());
}

const VALIDATE: &str = "import com.sap.gateway.ip.core.customdev.util.Message
Message processData(Message message) {
    ['RetryEndpoint', 'ErrorMessage'].each { name ->
        if (!message.getHeader(name, String)) throw new IllegalStateException(\"the header ${name} is missing\")
    }
    message
}";
const COMPARE: &str = "import com.sap.gateway.ip.core.customdev.util.Message
def Message processData(Message message) {
    int count = (message.getHeader('SAPJMSRetries', String) ?: '0') as int
    if (count >= (message.getProperty('Most') as int)) message.setProperty('Reached', 'yes')
    return message
}";
const FAIL: &str = "import com.sap.gateway.ip.core.customdev.util.Message
Message processData(Message message) { throw new Exception(message.getHeader('ErrorMessage', String)) }";
const COUNT: &str = "import com.sap.gateway.ip.core.customdev.util.Message
Message processData(Message message) {
    def root = new XmlSlurper().parse(message.getBody(Reader))
    message.setBody(\"count ${root.count.text().toInteger()}\".toString())
    message
}";

fn groovy(id: &str, name: &str) -> String {
    step(id, "Script", &[("subActivityType", "GroovyScript"), ("script", name)])
}

/// Only receives.
fn sender() -> Artifact {
    let mut artifact = Artifact::new("Sender");
    artifact.sender("S", "HTTPS", &[("urlPath", "/count"), ("userRole", "Caller")]);
    artifact.process("P", &[], &(start("S") + &end("E") + &arrows("S>E")));
    artifact.receiver("E", "Target", "ProcessDirect", &[("address", "/target")]);
    artifact
}

/// Does the work; what fails goes to the handler with the address to try again.
fn target() -> Artifact {
    let mut artifact = Artifact::new("Target");
    artifact.settings(&[("allowedHeaderList", "RetryMode|SAPJMSRetries")]);
    artifact.sender("S", "ProcessDirect", &[("address", "/target")]);
    let headers = rows(
        &COLUMNS,
        &[
            &["Create", "constant", "/target", "", "RetryEndpoint", ""],
            &["Create", "expression", "${exception.message}", "", "ErrorMessage", ""],
        ],
    );
    // The message is tried again as it came, not as the work left it.
    let original = rows(&COLUMNS, &[&["Create", "expression", "${in.body}", "", "Original", ""]]);
    let restore = [("headerTable", headers.as_str()), ("wrapContent", "${property.Original}")];
    let nodes = step("H", "Enricher", &restore) + &step("C", "ExternalCall", &[]);
    let inside = start("S")
        + &step("K", "Enricher", &[("propertyTable", &original)])
        + &groovy("W", "Count.groovy")
        + &step("R", "ExternalCall", &[])
        + &end("E")
        + &handler("Err", &nodes, "H>C")
        + &arrows("S>K>W>R>E");
    artifact.process("P", &[], &inside);
    artifact.receiver("R", "System", "HTTP", &[("httpAddressWithoutQuery", "{{system}}"), ("httpMethod", "POST")]);
    artifact.receiver("C", "Handler", "ProcessDirect", &[("address", "/handler")]);
    artifact.script("Count.groovy", COUNT).parameters("system=\n");
    artifact
}

/// The common error handler: one queue for all flows.
fn error_handler() -> Artifact {
    let mut artifact = Artifact::new("ErrorHandler");
    artifact.settings(&[("allowedHeaderList", "RetryEndpoint|RetryMode|SAPJMSRetries|ErrorMessage")]);
    artifact.sender("S", "ProcessDirect", &[("address", "/handler")]);
    let most = rows(&COLUMNS, &[&["Create", "constant", "{{Max Retries}}", "", "Most", ""]]);
    let inside = start("S")
        + &groovy("V", "Validate.groovy")
        + &step("M", "Enricher", &[("propertyTable", &most)])
        + &groovy("L", "Compare.groovy")
        + &router("R", "R-N", false)
        + &event("endEvent", "X", "escalation", &[("ErrorCode", "Others")])
        + &router("N", "N-Q", false)
        + &groovy("F", "Fail.groovy")
        + &event("endEvent", "Z", "", &[])
        + &end("Q")
        + &arrows("S>V>M>L>R F>Z")
        + &route("R", "N", "", "")
        + &route("R", "X", "NonXML", "${property.Reached} = 'yes'")
        + &route("N", "Q", "", "")
        + &route("N", "F", "NonXML", "${header.RetryMode} = 'true'");
    artifact.process("P", &[], &inside);
    artifact.receiver("Q", "Queue", "JMS", &[("QueueName_outbound", "{{Queue}}"), ("ExpirationPeriod", "30")]);
    let consumer = [
        ("QueueName_inbound", "{{Queue}}"),
        ("NumberConcurrentProcesses", "1"),
        ("RetryInterval", "5"),
        ("ExponentialBackoff", "1"),
        ("MaxRetryInterval", "60"),
    ];
    artifact.sender("T", "JMS", &consumer);
    let mode = rows(&COLUMNS, &[&["Create", "constant", "true", "", "RetryMode", ""]]);
    let retry = start("T")
        + &step("H", "Enricher", &[("headerTable", &mode)])
        + &step("C", "ExternalCall", &[])
        + &end("Y")
        + &arrows("T>H>C>Y");
    artifact.process("J", &[("transactionalHandling", "Required JMS")], &retry);
    artifact.receiver("C", "Endpoint", "ProcessDirect", &[("address", "${header.RetryEndpoint}")]);
    artifact.parameters("Max\\ Retries=3\nQueue=ErrorQueue\n");
    artifact.script("Validate.groovy", VALIDATE).script("Compare.groovy", COMPARE).script("Fail.groovy", FAIL);
    artifact
}

#[test]
fn one_queue_shared_by_an_error_handler() {
    let system = Receiver::start();
    let mut place = Place::new("design-b");
    let artifacts = [("sender.zip", sender()), ("target.zip", target()), ("handler.zip", error_handler())];
    let files: BTreeMap<String, Vec<u8>> = artifacts.iter().map(|(n, a)| ((*n).to_owned(), a.zip())).collect();
    let package = place.file("b.zip", &zip(&files));
    let url = format!("system={}", system.url);
    let address = place.serve(&["run", &package, "--set", &url, "--time-lapse", "600"], "Caller");
    assert_eq!(place.post(&address, "/count", "<r><count>1</count></r>"), 200);
    assert_eq!(system.good(), ["count 1"]);
    // The receiver is down for the second message, and back for its first retry.
    system.fails.store(true, Ordering::SeqCst);
    assert_eq!(place.post(&address, "/count", "<r><count>2</count></r>"), 200);
    place.until("the message waits in the queue", || place.queued("ErrorQueue") == (1, 0));
    system.fails.store(false, Ordering::SeqCst);
    place.until("the second message arrives", || system.good().len() == 2);
    place.until("the queue is empty", || place.queued("ErrorQueue") == (0, 0));
    assert_eq!(system.good(), ["count 1", "count 2"], "each once");
    // The third can never be processed: after its retries it is escalated and waits for a person.
    assert_eq!(place.post(&address, "/count", "<r><count>many</count></r>"), 200);
    place.until("the message is escalated", || place.queued("ErrorQueue") == (1, 1));
    let escalated = place.messages("ESCALATED");
    let handled = escalated.iter().find(|m| m["retries"] == 3);
    assert!(handled.is_some(), "{escalated:?}");
    assert_eq!(system.good().len(), 2);
}
