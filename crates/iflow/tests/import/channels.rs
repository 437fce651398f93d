//! Channels: what senders and receivers become, several senders of one process, and end events that send.

use iflow::Imported;

use crate::build::{Artifact, arrows, end, https, rows, start, step};
use crate::show;

fn one(imported: &Imported) -> &flow::Flow {
    assert!(imported.report.problems.is_empty(), "{:?}", imported.report.problems);
    imported.flows.first().unwrap_or_else(|| panic!("no flow: {:?}", imported.report.flows[0].problems))
}

#[test]
fn senders() {
    let check = |component: &str, pairs: &[(&str, &str)], expect: &str| {
        let mut artifact = Artifact::new("F");
        artifact.sender("S", component, pairs);
        let imported = artifact.process("P", &[], &(start("S") + &end("E") + &arrows("S>E"))).import();
        let found = imported.flows.first().map_or_else(
            || imported.report.flows[0].problems.iter().map(|p| p.title.clone()).collect::<Vec<_>>().join("; "),
            |flow| show::sender(&flow.processes[0].kind),
        );
        assert!(found.contains(expect), "{found}\n{expect}");
    };
    check("HTTPS", &[("urlPath", "orders/*"), ("maximumBodySize", "10")], "http /orders/* limit 10 ESBMessaging.send");
    check("HTTPS", &[("urlPath", "/a b")], "`/a b` is not a path");
    check("ProcessDirect", &[("address", "x")], "direct /x");
    check("ProcessDirect", &[("address", "/${header.x}")], "cannot hold an expression");
    let jms = [
        ("QueueName_inbound", "Q"),
        ("NumberConcurrentProcesses", "3"),
        ("RetryInterval", "5"),
        ("ExponentialBackoff", "1"),
        ("MaxRetryInterval", "60"),
        ("useDeadLetterQueue", "0"),
    ];
    check("JMS", &jms, "queue Q exclusive false x3 retry 5m * 2 to 1h dead false");
    check("JMS", &[("QueueName_inbound", "a queue")], "`a queue` is not a queue name");
    check("DataStoreConsumer", &[("storageName", "D"), ("visibility", "global")], "store global D");
    check("JMS", &[("QueueName_inbound", "")], "it has no queue");
    check("SOAP", &[("address", "/in"), ("WSSecurity", "Sign")], "WS-Security `Sign` is not available");
    for other in ["SFTP", "AMQP", "Kafka"] {
        check(other, &[], &format!("Semel has no {other} sender"));
    }
}

#[test]
fn receivers() {
    let check = |component: &str, pairs: &[(&str, &str)], expect: &str| {
        let mut artifact = https(&(step("X", "ExternalCall", &[]) + &step("Y", "Send", &[]) + &arrows("S>X>Y>E")));
        artifact.receiver("X", "Target", component, pairs);
        let imported = artifact.import();
        let shown = show::whole(one(&imported));
        assert!(shown.contains(expect), "{shown}\n{expect}");
        assert!(shown.contains("no channel is attached"), "{shown}");
    };
    let http = [
        ("httpAddressWithoutQuery", "https://a.example/${header.x}"),
        ("httpAddressQuery", "a=b"),
        ("httpMethod", "PUT"),
        ("authenticationMethod", "Basic"),
        ("credentialName", "cred"),
        ("allowedRequestHeaders", "A|B*"),
        ("httpRequestTimeout", "5000"),
        ("throwExceptionOnFailure", "false"),
    ];
    check(
        "HTTP",
        &http,
        "Target: http PUT https://a.example/${header.x} ? Some(\"a=b\") headers [\"A\", \"B*\"] in 5s throw false Some(\"cred\")",
    );
    let http = [
        ("httpAddressWithoutQuery", "https://a.example"),
        ("httpMethod", "DYNAMIC"),
        ("methodSourceExpression", "${property.m}"),
    ];
    check("HTTP", &http, "Target: http ${property.m} https://a.example ? None headers [\"*\"] in 1m throw true None");
    let http = [
        ("httpAddressWithoutQuery", "https://a"),
        ("authenticationMethod", "Client Certificate"),
        ("privateKeyAlias", "key"),
        ("allowedResponseHeaders", "Content-Type|X-*"),
        ("retryOnConnectionFailure", "true"),
        ("retryIteration", "2"),
        ("retryInterval", "10"),
        ("httpErrorResponseCodes", "503, 504"),
    ];
    check("HTTP", &http, "Some(\"key\") answer [\"Content-Type\", \"X-*\"] repeat 2 after 10s on [503, 504]");
    let http = [("httpAddressWithoutQuery", "https://a"), ("authenticationMethod", "OAuth2 SAML Bearer Assertion")];
    check("HTTP", &http, "X: fails: ");
    let delete = |box_: &'static str| {
        [("httpAddressWithoutQuery", "https://a"), ("httpMethod", "DELETE"), ("httpShouldSendBody", box_)]
    };
    check("HTTP", &delete("true"), "throw true None delete with body\n");
    check("HTTP", &delete("false"), "throw true None\n");
    check("HTTP", &delete("true")[..2], "throw true None\n");
    check("ProcessDirect", &[("address", "${header.RetryEndpoint}")], "X: request Target");
    let jms = [
        ("QueueName_outbound", "Q"),
        ("RetentionThresholdAlerting", "2"),
        ("ExpirationPeriod", "30"),
        ("EncryptMessage", "0"),
        ("TransferExchangeProperties", "1"),
    ];
    check("JMS", &jms, "Target: queue Q alert 2d expire 30d encrypt false properties true");
    check("JMS", &jms, "X: send Target");
    let mail = [
        ("server", "mail.example:587"),
        ("ssl", "starttls_mandatory"),
        ("auth", "loginPlain"),
        ("user", "cred"),
        ("from", "a@b.c"),
        ("to", "${header.to}"),
        ("subject", "Hi"),
        ("body", "${body}"),
        ("content_type", "text/html"),
    ];
    check(
        "Mail",
        &mail,
        "Target: mail mail.example:587 StartTls Some(\"cred\") a@b.c -> ${header.to} 'Hi' ${body} text/html",
    );
    let attached = rows(
        &["attachment.value", "attachment.type", "attachment.name", "attachment.source"],
        &[&["", "text/csv", "${header.n}.csv", "Body"], &["h", "", "b", "Header"]],
    );
    let mail = [("server", "m"), ("from", "a@b.c"), ("to", "a@b.c"), ("attachments", attached.as_str())];
    check(
        "Mail",
        &mail,
        "body text/plain attach ${header.n}.csv text/csv None attach b text/plain Some(\"${header.h}\")",
    );
    let to = [("server", "m"), ("from", "a@b.c"), ("to", "a@b.c")];
    let mail = |more: &[(&'static str, &'static str)]| [&to[..], more].concat();
    check("Mail", &mail(&[("keep_attachments", "1")]), "body text/plain with attachments\n");
    for off in [&[][..], &[("keep_attachments", "0")]] {
        check("Mail", &mail(off), "body text/plain\n");
    }
    check("Mail", &mail(&[("auth", "loginPlain"), ("user", "")]), "X: fails: ");
    check("Mail", &mail(&[("auth", "none"), ("user", "")]), "mail m None None a@b.c");
    let soap =
        [("address", "https://a/s"), ("authentication", "Basic"), ("credentialName", "c"), ("requestTimeout", "1000")];
    check(
        "SOAP",
        &soap,
        "http POST https://a/s ? None headers [] in 1s throw true Some(\"c\") soap '${header.SOAPAction}' false",
    );
    let soap = [("address", "https://a/s"), ("MessageProtocol", "Plain SOAP"), ("authentication", "None")];
    check("SOAP", &soap, "soap '${header.SOAPAction}' true");
    check("SOAP", &[("address", "https://a"), ("WSSecurity_outbound", "WSPolicy")], "WS-Security `WSPolicy`");
    let idoc = [("address", "https://a/i"), ("IDocContentType", "application/x-sap.idoc")];
    check("IDOC", &idoc, "http POST https://a/i ? None headers [] in 1m throw true None answer []");
    let odata = [
        ("address", "https://a/srv/"),
        ("MessageProtocol", "OData V2"),
        ("operation", "Query(GET)"),
        ("resourcePath", "Orders"),
        ("queryOptions", "$top=5&$filter=A eq '${header.x}'"),
        ("customQueryOptions", "sap-client=100"),
    ];
    let expect =
        "http GET https://a/srv/Orders ? Some(\"$top=5&$filter=A eq '${header.x}'&sap-client=100\") headers []";
    check("HCIOData", &odata, expect);
    check("HCIOData", &odata, "odata Orders");
    let read = [("address", "https://a"), ("operation", "Read(GET)"), ("resourcePath", "User('${header.u}')")];
    check("SuccessFactors", &read, "http GET https://a/odata/v2/User('${header.u}') ");
    check("HCIOData", &[("address", "https://a"), ("operation", "Create(POST)")], "queries and reads only");
    check("HCIOData", &[("MessageProtocol", "OData V4")], "no HCIOData receiver for OData V4");
    for other in ["SFTP", "Pricefx"] {
        check(other, &[], &format!("Semel has no {other} receiver"));
    }
}

#[test]
fn envelopes_and_several_senders() {
    let mut artifact = https(&(step("X", "Enricher", &[("wrapContent", "a")]) + &arrows("S>X>E")));
    artifact.sender("S", "SOAP", &[("address", "/soap"), ("messageExchangePattern", "RequestReply")]);
    artifact.sender("S", "IDOC", &[("address", "/idoc")]);
    let expect = "P process: http /in limit 40 role None start X\n  E: end\n  X: set body = `a` -> E\n\
                  P process sender 1: http /soap limit 40 ESBMessaging.send None start P process sender 1 open\n";
    let imported = artifact.import();
    let shown = show::whole(one(&imported));
    assert!(shown.starts_with(expect), "{shown}");
    for line in [
        "sender 1 open: Soap(Decode) -> P process sender 1 call\n",
        "sender 1 call: call P process -> P process sender 1 type\n",
        "sender 1 type: set header Content-Type = 'text/xml; charset=utf-8' -> P process sender 1 close\n",
        "sender 1 close: Soap(Encode) -> P process sender 1 end\n",
        "P process sender 2: http /idoc",
        "sender 2 close: set body = `` as Text -> ",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    let mut alone = Artifact::new("F");
    alone.sender("S", "SOAP", &[("address", "/soap"), ("messageExchangePattern", "OneWay")]);
    alone.process("P", &[("transactionalHandling", "Required for JDBC")], &(start("S") + &end("E") + &arrows("S>E")));
    let shown = show::whole(one(&alone.import()));
    assert!(shown.starts_with("P process: local Required start E\n"), "{shown}");
}

#[test]
fn end_events_that_send_and_settings_of_the_flow() {
    let mut artifact = https(&arrows("S>E"));
    artifact.receiver("E", "Target", "ProcessDirect", &[("address", "next")]).shape("E", 40, 50);
    artifact.settings(&[
        ("allowedHeaderList", "A|SAP_.*|[|"),
        ("returnExceptionToSender", "true"),
        ("namespaceMapping", ""),
    ]);
    let imported = artifact.import();
    let flow = one(&imported);
    assert!(show::whole(flow).contains("  E: request Target -> E end\n  E end: end\n"), "{}", show::whole(flow));
    assert!(flow.return_errors && flow.allowed_headers.allows("sap_x") && !flow.allowed_headers.allows("B"));
    let report = &imported.report.flows[0];
    assert_eq!((flow.name.as_str(), flow.package.as_str(), report.problems[0].code), ("Flow", "tests", "I0402"));
    let place = report.elements.iter().find(|e| e.id == "E").and_then(|e| e.place).expect("a place");
    assert_eq!((place.x, place.y, place.width), (40.0, 50.0, 100.0));
    assert!((report.share() - 1.0).abs() < f64::EPSILON);
}

#[test]
fn cookies_are_kept_as_the_flow_says() {
    for (word, keeps, said) in
        [("None", false, false), ("", false, false), ("onExchange", true, false), ("onIntegrationFlow", true, true)]
    {
        let mut artifact = https(&(step("X", "ExternalCall", &[]) + &arrows("S>X>E")));
        let http = [("httpAddressWithoutQuery", "https://a/b"), ("httpMethod", "GET")];
        artifact.receiver("X", "Shop", "HTTP", &http).settings(&[("httpSessionHandling", word)]);
        let imported = artifact.import();
        assert_eq!(one(&imported).keep_cookies, keeps, "{word}");
        let report = format!("{:?}", imported.report.flows[0].elements);
        assert_eq!(report.contains("kept for one message"), said, "{word} {report}");
    }
}
