//! The two published exactly-once designs, as artifacts made after their descriptions.

use crate::build::{Artifact, COLUMNS, arrows, cells, end, event, exceptions, route, router, rows, start, step};
use crate::show;

#[track_caller]
fn check(artifact: &Artifact, expect: &str) {
    let imported = artifact.import();
    let report = &imported.report.flows[0];
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert!((report.share() - 1.0).abs() < f64::EPSILON);
    let shown = show::whole(&imported.flows[0]);
    assert_eq!(shown.trim(), expect.trim(), "\n{shown}");
}

fn lip(id: &str, inside: &str, path: &str) -> String {
    let (from, to) = (format!("{id}S"), format!("{id}E"));
    event("startEvent", &from, "", &[("activityType", "StartEvent")])
        + &event("endEvent", &to, "", &[("activityType", "EndEvent")])
        + inside
        + &arrows(&format!("{from}>{path}>{to}"))
}

/// A receiver's process: calls it, and keeps the message in the receiver's own data store when that fails.
fn deliver(id: &str, store: &str) -> String {
    let write = [
        ("operation", "put"),
        ("storageName", store),
        ("visibility", "global"),
        ("expire", "90"),
        ("alert", "2"),
        ("encrypt", "true"),
        ("override", "false"),
    ];
    let handler = event("startEvent", &format!("{id}X"), "error", &[])
        + &step(&format!("{id}W"), "DBstorage", &write)
        + &end(&format!("{id}Y"))
        + &arrows(&format!("{id}X>{id}W>{id}Y"));
    lip(
        id,
        &(step(&format!("{id}C"), "ExternalCall", &[]) + &exceptions(&format!("{id}H"), &handler)),
        &format!("{id}C"),
    )
}

#[test]
fn design_a_processes_and_stores_what_failed() {
    let mut artifact = Artifact::new("ExactlyOnce");
    artifact.sender("S", "HTTPS", &[("urlPath", "/orders"), ("userRole", "ESBMessaging.send")]);
    let inside = start("S")
        + &step("A", "ProcessCallElement", &[("subActivityType", "NonLoopingProcess"), ("processId", "LA")])
        + &step("B", "ProcessCallElement", &[("processId", "LB")])
        + &end("E")
        + &arrows("S>A>B>E");
    artifact.process("P", &[("transactionalHandling", "Not Required"), ("transactionTimeout", "30")], &inside);
    artifact.local("LA", &deliver("a", "{{Store A}}")).local("LB", &deliver("b", "StoreB"));
    artifact.receiver(
        "aC",
        "Billing",
        "HTTP",
        &[("httpAddressWithoutQuery", "{{Host}}/billing"), ("httpMethod", "POST"), ("allowedRequestHeaders", "")],
    );
    artifact.receiver(
        "bC",
        "Stock",
        "HTTP",
        &[("httpAddressWithoutQuery", "{{Host}}/stock"), ("httpMethod", "POST"), ("allowedRequestHeaders", "")],
    );
    artifact.parameters("Store\\ A=StoreA\nHost=https\\://erp.example\n");
    check(
        &artifact,
        "
P process: http /orders limit 40 ESBMessaging.send None start A
  A: call LA process -> B
  B: call LB process -> E
  E: end
LA process: local Inherit start aC error aW
  aE: end
  aC: request Billing -> aE
  aW: write global StoreA None alert 2d expire 90d encrypt true overwrite false headers false -> aY
  aY: end
LB process: local Inherit start bC error bW
  bE: end
  bC: request Stock -> bE
  bW: write global StoreB None alert 2d expire 90d encrypt true overwrite false headers false -> bY
  bY: end
Billing: http POST https://erp.example/billing ? None headers [] in 1m throw true None
Stock: http POST https://erp.example/stock ? None headers [] in 1m throw true None",
    );
}

#[test]
fn design_a_retries_on_a_schedule() {
    let schedule = cells(&[
        &["triggerType", "cron"],
        &["noOfSchedules", "1"],
        &["schedule1", "0+0/5+0-23+?+*+*+*&amp;trigger.timeZone=Europe/Berlin"],
    ]);
    let mut artifact = Artifact::new("ExactlyOnceRetry");
    let inside = event("startEvent", "S", "timer", &[("scheduleKey", &schedule)])
        + &step("A", "ProcessCallElement", &[("processId", "R")])
        + &end("E")
        + &arrows("S>A>E");
    artifact.process("P", &[("transactionalHandling", "Required")], &inside);
    let select = [
        ("operation", "select"),
        ("storageName", "StoreA"),
        ("visibility", "global"),
        ("maxresults", "10"),
        ("delete", "true"),
    ];
    let retry = step("D", "DBstorage", &select)
        + &step("F", "Filter", &[("wrapContent", "/messages/message/node()"), ("xpathType", "Nodelist")])
        + &router("G", "G-rE", false)
        + &step("C", "ProcessCallElement", &[("processId", "LA")])
        + &route("G", "C", "NonXML", "${body.length} > '0'")
        + &route("G", "rE", "XML", "");
    artifact.local("R", &(lip("r", &retry, "D>F>G") + &arrows("C>rE")));
    artifact.local("LA", &deliver("a", "StoreA"));
    artifact.receiver("aC", "Billing", "HTTP", &[("httpAddressWithoutQuery", "https://erp.example/billing")]);
    let imported = artifact.import();
    let shown = show::whole(&imported.flows[0]);
    for line in [
        "P process: timer 0 0/5 0-23 ? * * * Europe/Berlin Required start A",
        "R process: local Inherit start D",
        "D: select global StoreA max 10 delete true -> F",
        "F: filter /messages/message/node() -> G",
        "G: route when ${body.length} > '0' -> C, else -> rE",
        "C: call LA process -> rE",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
}

#[test]
fn design_b_target_and_its_sender() {
    let mut artifact = Artifact::new("Target");
    artifact.settings(&[("allowedHeaderList", "RetryMode|SAPJMSRetries"), ("returnExceptionToSender", "false")]);
    artifact.sender("S", "ProcessDirect", &[("address", "/target")]);
    let headers = rows(
        &COLUMNS,
        &[
            &["Create", "constant", "/target", "", "RetryEndpoint", ""],
            &["Create", "expression", "${exception.message}", "", "ErrorMessage", ""],
        ],
    );
    let handler = event("startEvent", "X", "error", &[])
        + &step("H", "Enricher", &[("headerTable", &headers), ("bodyType", "expression")])
        + &step("C", "ExternalCall", &[])
        + &end("Y")
        + &arrows("X>H>C>Y");
    let inside = start("S")
        + &step("W", "Script", &[("subActivityType", "JavaScript"), ("script", "work.js")])
        + &end("E")
        + &exceptions("EX", &handler)
        + &arrows("S>W>E");
    artifact.process("P", &[], &inside);
    artifact.receiver("C", "Handler", "ProcessDirect", &[("address", "/error/handler")]);
    artifact.script("work.js", "function processData(m) { return m }");
    check(
        &artifact,
        "
P process: direct /target None start W error H
  W: script script/work.js processData JavaScript -> E
  E: end
  H: set header RetryEndpoint = '/target', header ErrorMessage = `${exception.message}` -> C
  C: request Handler -> Y
  Y: end
Handler: direct /error/handler",
    );
    let mut sender = Artifact::new("SenderFlow");
    sender.sender("S", "HTTPS", &[("urlPath", "/orders"), ("userRole", "r")]);
    sender.process("P", &[], &(start("S") + &end("E") + &arrows("S>E")));
    sender.receiver("E", "Target", "ProcessDirect", &[("address", "/target")]);
    check(
        &sender,
        "P process: http /orders limit 40 r None start E\n  E: request Target -> E end\n  E end: end\nTarget: direct /target",
    );
}

#[test]
fn design_b_error_handler() {
    let mut artifact = Artifact::new("ErrorHandler");
    artifact.settings(&[("allowedHeaderList", "RetryEndpoint|RetryMode|SAPJMSRetries|ErrorMessage")]);
    artifact.sender("S", "ProcessDirect", &[("address", "/error/handler")]);
    let inside = start("S")
        + &router("V", "V-M", false)
        + &event("endEvent", "I", "error", &[("activityType", "EndErrorEvent")])
        + &router("M", "M-N", false)
        + &event("endEvent", "X", "escalation", &[("ErrorCode", "Others")])
        + &router("N", "N-Q", false)
        + &event("endEvent", "F", "error", &[])
        + &end("Q")
        + &arrows("S>V V>M M>N N>Q")
        + &route("V", "I", "NonXML", "${header.RetryEndpoint} = null or ${header.ErrorMessage} = null")
        + &route("M", "X", "NonXML", "${header.SAPJMSRetries} >= '{{Max Retries}}'")
        + &route("N", "F", "NonXML", "${header.RetryMode} = 'true'");
    artifact.process("P", &[], &inside);
    artifact.receiver(
        "Q",
        "Queue",
        "JMS",
        &[
            ("QueueName_outbound", "{{Queue}}"),
            ("ExpirationPeriod", "30"),
            ("EncryptMessage", "1"),
            ("TransferExchangeProperties", "0"),
            ("RetentionThresholdAlerting", "2"),
        ],
    );
    artifact.sender(
        "T",
        "JMS",
        &[
            ("QueueName_inbound", "{{Queue}}"),
            ("NumberConcurrentProcesses", "1"),
            ("RetryInterval", "5"),
            ("ExponentialBackoff", "1"),
            ("MaxRetryInterval", "60"),
            ("useDeadLetterQueue", "1"),
        ],
    );
    let mode = rows(&COLUMNS, &[&["Create", "constant", "true", "", "RetryMode", ""]]);
    artifact.process(
        "J",
        &[("transactionalHandling", "Required JMS")],
        &(start("T")
            + &step("H", "Enricher", &[("headerTable", &mode)])
            + &step("C", "ExternalCall", &[])
            + &end("Z")
            + &arrows("T>H>C>Z")),
    );
    artifact.receiver("C", "Endpoint", "ProcessDirect", &[("address", "${header.RetryEndpoint}")]);
    artifact.parameters("Max\\ Retries=9\nQueue=ErrorQueue\n");
    check(
        &artifact,
        "
P process: direct /error/handler None start V
  V: route when ${header.RetryEndpoint} = null or ${header.ErrorMessage} = null -> I, else -> M
  I: end error
  M: route when ${header.SAPJMSRetries} >= '9' -> X, else -> N
  X: end escalation others
  N: route when ${header.RetryMode} = 'true' -> F, else -> Q
  F: end error
  Q: send Queue -> Q end
  Q end: end
J process: queue ErrorQueue exclusive false x1 retry 5m * 2 to 1h dead true Required start H
  H: set header RetryMode = 'true' -> C
  C: request Endpoint -> Z
  Z: end
Queue: queue ErrorQueue alert 2d expire 30d encrypt true properties false
Endpoint: direct ${header.RetryEndpoint}",
    );
}
