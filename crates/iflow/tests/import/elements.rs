//! Each element of the tiers S1 and S2, and the converters, splitters and calls of S3: what it becomes.

use iflow::{Imported, Verdict};

use crate::build::{
    Artifact, COLUMNS, arrows, cells, element, end, event, exceptions, https, props, route, router, rows, step,
};
use crate::show;

fn one(imported: &Imported) -> &flow::Flow {
    assert!(imported.report.problems.is_empty(), "{:?}", imported.report.problems);
    imported.flows.first().unwrap_or_else(|| panic!("no flow: {:?}", imported.report.flows[0].problems))
}

/// The element `X` between start and end, as a step.
#[track_caller]
fn check(activity: &str, pairs: &[(&str, &str)], expect: &str) {
    check_verdict(activity, pairs, expect, "");
}

#[track_caller]
fn check_verdict(activity: &str, pairs: &[(&str, &str)], expect: &str, differs: &str) {
    let mut artifact = https(&(step("X", activity, pairs) + &arrows("S>X>E")));
    artifact.script("a.groovy", "def Message processData(Message m) { m }").script("b.js", "function f(m) {}");
    let sheet = "<a xsl:version='2.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'/>";
    artifact.file("src/main/resources/mapping/Map 1.xsl", sheet);
    artifact.file("src/main/resources/mapping/bad.xsl", &sheet.replace("/>", "><xsl:value-of/><xsl:x/></a>"));
    let schema = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:tns='urn:o' targetNamespace='urn:o'>\
                  <xs:include schemaLocation='http://x/y/types.xsd'/><xs:element name='Order' type='tns:T'/><xs:complexType name='T'><xs:sequence>\
                  <xs:element name='id'/><xs:element name='sum'/></xs:sequence></xs:complexType></xs:schema>";
    artifact.file("src/main/resources/xsd/orders.xsd", schema);
    let head = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>";
    artifact.file("src/main/resources/xsd/bad.xsd", &format!("{head}<xs:element name='a' type='gone'/></xs:schema>"));
    artifact.file("src/main/resources/wsdl/types.xsd", &format!("{head}</xs:schema>"));
    artifact.parameters("storeName=Orders\\ {{suffix}}\nsuffix=Two\nbody\\ type=constant\n");
    artifact.local("L", &(event("startEvent", "LS", "", &[]) + &event("endEvent", "LE", "", &[]) + &arrows("LS>LE")));
    artifact.settings(&[("namespaceMapping", "xmlns:p=urn:p;xmlns:q=\"urn:q\"")]);
    let imported = artifact.import();
    let flow = one(&imported);
    let step = flow.processes[0].steps.iter().find(|s| s.name.contains("(X)")).expect("the step");
    assert_eq!(step.element, "X");
    let shown = show::step(flow, &step.kind, |ix| format!("{ix:?}"));
    assert!(
        shown.starts_with(expect) && (expect.ends_with(": ") || shown == expect),
        "\nfound  {shown}\nwanted {expect}"
    );
    let element = imported.report.flows[0].elements.iter().find(|e| e.id == "X").expect("the element");
    let said = match &element.verdict {
        Verdict::Runs => "",
        Verdict::RunsWithDifference(text) | Verdict::Unsupported(text) => text,
    };
    assert!(said.contains(differs) && (differs.is_empty() == said.is_empty()), "{said}");
}

#[test]
fn content_modifiers() {
    let headers = rows(
        &COLUMNS,
        &[
            &["Create", "constant", "a & <b> ${header.x}", "", "Constant", ""],
            &["Create", "expression", "${property.my name} ${xpath./a/b}", "", "Expression", "java.lang.String"],
            &["Create", "header", "Other", "", "Header", ""],
            &["Create", "property", "${property.q}", "", "Property", ""],
            &["Create", "xpath", "/p:a/q:b", "", "XPath", "java.Lang.Integer"],
            &["Delete", "", "", "", "Gone", ""],
            &["Delete", "", "", "", "$include=x-*", ""],
        ],
    );
    check(
        "Enricher",
        &[("headerTable", &headers), ("bodyType", "expression"), ("wrapContent", "")],
        "set header Constant = 'a & <b> ${header.x}', header Expression = `${property['my name']} ${xpath:/a/b}` as Text, \
         header Header = header Other, header Property = property q, header XPath = xpath /p:a/q:b as Int, \
         no header Gone, no header x-*",
    );
    let order = ["Name", "Value", "Type", "Datatype", "Default", "Action"];
    let properties = rows(
        &order,
        &[
            &["a", "v", "persisted variables", "", "0", "Create"],
            &["b", "g", "global persisted variables", "", "", "Create"],
            &["c", "{{suffix}}", "external parameter", "", "", "Create"],
        ],
    );
    check(
        "Enricher",
        &[("propertyTable", &properties), ("bodyType", "{{body type}}"), ("wrapContent", "<row>${in.body}</row>")],
        "set property a = local variable v or Some(\"0\"), property b = global variable g or None, \
         property c = 'Two', body = '<row>${in.body}</row>'",
    );
    check("Enricher", &[("wrapContent", "Hello ${header.a}")], "set body = `Hello ${header.a}`");
    check("Enricher", &[("bodyType", "expression"), ("wrapContent", "${null}")], "set body = ''");
    let null = rows(&COLUMNS, &[&["Create", "expression", "${null}", "", "x", "java.lang.String"]]);
    check("Enricher", &[("propertyTable", &null)], "set property x = null");
    check("Enricher", &[("headerTable", &null)], "set header x = '' as Text");
    let escaped = rows(&COLUMNS, &[&["Create", "xpath", "/a[b = &apos;1&apos;]/", "", "x", ""]]);
    check("Enricher", &[("headerTable", &escaped)], "set header x = xpath /a[b = '1']");
    let old = [
        ("HEADER_1", "Name:=:b:;Type:=:expression:;Datatype:=::;Value:=:${body}:;Default:=:"),
        ("HEADER_0", "Action:=:Create:;Name:=:a:;Type:=:constant:;Datatype:=::;Value:=:1:;Default:=:"),
        ("property_0", "Action:=:Delete:;Name:=:c:;Type:=::;Datatype:=::;Value:=::;Default:=:"),
    ];
    check("Enricher", &old, "set header a = '1', header b = `${body}`, no property c");
    let excluded = rows(&COLUMNS, &[&["Delete", "", "", "", "$include=*,$exclude=sap_*", ""]]);
    check("Enricher", &[("headerTable", &excluded)], "set no header * but sap_*");
    let lists = rows(&COLUMNS, &[&["Delete", "", "", "", "$include=x-*, y,$exclude=x-a,x-b", ""]]);
    check("Enricher", &[("headerTable", &lists)], "set no header x-* but x-a and x-b, no header y but x-a and x-b");
    let range = rows(&COLUMNS, &[&["Create", "numberRange", "orders:${header.id}", "", "n", ""]]);
    let expect = "set header n = range orders for Some(\"${header.id}\")";
    check_verdict("Enricher", &[("headerTable", &range)], expect, "number range");
    check_verdict("Enricher", &[("wrapContent", "${sysenv.HOME}")], "fails: ", "environment");
}

#[test]
fn mappings() {
    let dir = "dir://mapping/xslt/src/main/resources/mapping";
    let file = format!("{dir}/Map 1.xsl");
    let xslt = [("subActivityType", "XSLTMapping"), ("mappingSource", "mappingSrcIflow"), ("mappinguri", &file)];
    check("Mapping", &xslt, "xslt mapping/Map 1.xsl");
    check("Mapping", &[("mappingType", "XSLTMapping"), ("mappinguri", &file)], "xslt mapping/Map 1.xsl");
    let header = [
        ("subActivityType", "XSLTMapping"),
        ("mappingSource", "mappingSrcHeader"),
        ("mappingHeaderNameKey", "MAPPING"),
    ];
    check_verdict("Mapping", &header, "xslt by header MAPPING", "Partner Directory");
    let fails = |pairs: &[(&str, &str)], why: &str| check_verdict("Mapping", pairs, "fails: ", why);
    let bad = format!("{dir}/bad.xsl");
    fails(&[("subActivityType", "XSLTMapping"), ("mappinguri", &bad)], "mapping/bad.xsl, line 1, column");
    fails(&[("subActivityType", "XSLTMapping"), ("mappinguri", &format!("{dir}/none.xsl"))], "`none.xsl`");
    fails(&[("subActivityType", "XSLTMapping"), ("mappinguri", "")], "no stylesheet is chosen");
    fails(&[("subActivityType", "XSLTMapping"), ("mappingSource", "mappingSrcHeader")], "which header");
}

/// A message mapping of one field, the value of which is an expression of bricks.
pub(crate) fn mmap(value: &str) -> String {
    let key = "<key typeID='gsh'><elem>tools.groovy</elem><elem>src/main/resources/script</elem></key>";
    format!(
        "<xiObj xmlns='urn:sap-com:xi'><generic><lnks><lnkRole kpos='1' role='UsedFuncLib'><lnk>{key}</lnk></lnkRole></lnks>\
         </generic><content><transformation><brick path='/T' type='Dst'><arg><brick path='/S' type='Src'/></arg></brick>\
         <brick path='/T/a' type='Dst'><arg>{value}</arg></brick></transformation></content></xiObj>"
    )
}

#[test]
fn message_mappings() {
    let function = |library: &str, name: &str| {
        mmap(&format!(
            "<brick type='Func' fns='{library}' fname='{name}'><arg><brick path='/S/a' type='Src'/></arg></brick>"
        ))
    };
    let import = |name: &str, more: &[(&str, &str)]| {
        let uri = format!("dir://mmap/src/main/resources/mapping/{name}");
        let mut pairs = vec![("mappingType", "MessageMapping"), ("mappinguri", uri.as_str())];
        pairs.extend_from_slice(more);
        let mut artifact = https(&(step("X", "Mapping", &pairs) + &arrows("S>X>E")));
        artifact.file("src/main/resources/mapping/plain.mmap", &function("dflt", "trim"));
        artifact.file("src/main/resources/mapping/own.mmap", &function("tools", "shout"));
        artifact.file("src/main/resources/mapping/none.mmap", &function("tools", "whisper"));
        artifact.file("src/main/resources/mapping/odd.mmap", &function("dflt", "odd"));
        artifact.file("src/main/resources/mapping/gone.mmap", &function("other", "f"));
        artifact.script("tools.groovy", "def String shout(String a, MappingContext c) { a.toUpperCase() }");
        let imported = artifact.import();
        let flow = one(&imported);
        let kind = &flow.processes[0].steps.iter().find(|s| s.name.contains("(X)")).expect("the step").kind;
        let shown = show::step(flow, kind, |ix| format!("{ix:?}"));
        let element = imported.report.flows[0].elements.iter().find(|e| e.id == "X").expect("the element");
        let files: Vec<String> = flow.scripts.values().flat_map(|s| s.companions.keys().cloned()).collect();
        (shown, format!("{:?}", element.verdict), files)
    };
    let (shown, verdict, _) = import("plain.mmap", &[]);
    assert_eq!((shown.as_str(), verdict.as_str()), ("script mapping/plain.mmap  MessageMapping", "Runs"));
    let (shown, verdict, files) = import("own.mmap", &[("messageMappingBundleId", "")]);
    assert_eq!(
        (shown.as_str(), files),
        ("script mapping/own.mmap  MessageMapping", vec!["script/tools.groovy".to_owned()])
    );
    assert!(verdict.contains("Java virtual machine"), "{verdict}");
    let dynamic = [("mappingReference", "dynamic"), ("mappingSourceValue", "${header.M}")];
    for (name, more, why) in [
        ("none.mmap", &[][..], "the library `tools` has no function `whisper`"),
        ("odd.mmap", &[], "mapping/odd.mmap, line 1, column"),
        ("odd.mmap", &[], "the function `odd` is not available"),
        ("gone.mmap", &[], "the library `other` of the function `f` is not there"),
        ("where.mmap", &[], "there is no message mapping `where.mmap`"),
        ("plain.opmap", &[], "operation mappings do not run"),
        ("where.mmap", &[("messageMappingBundleId", "Other")], "`Other` is not part of this import"),
        ("plain.mmap", &dynamic[..], "no mapping artifact of this import can be used"),
        ("plain.mmap", &[dynamic[0], ("mappingSourceValue", "x")], "which is no header and no property"),
    ] {
        let (shown, verdict, _) = import(name, more);
        assert!(shown.starts_with("fails: ") && verdict.contains(why), "{name}: {shown}: {verdict}");
    }
}

#[test]
fn scripts_filters_stores_and_variables() {
    let groovy = [("subActivityType", "GroovyScript"), ("script", "a.groovy"), ("scriptFunction", "")];
    check_verdict("Script", &groovy, "script script/a.groovy processData Groovy", "Java virtual machine");
    let js = [("script", "b.js"), ("scriptFunction", "f")];
    check_verdict("Script", &js, "script script/b.js f JavaScript", "Rhino");
    for (file, function) in [("a.groovy", "processdata"), ("a.groovy", "process"), ("b.js", "")] {
        let gone = [("script", file), ("scriptFunction", function)];
        check_verdict("Script", &gone, "fails: ", "has no function `");
    }
    check_verdict("Script", &[("script", "none.groovy")], "fails: ", "there is no script `none.groovy`");
    check_verdict("Script", &[("script", "a.groovy"), ("scriptBundleId", "Lib")], "fails: ", "script collection `Lib`");
    check("Filter", &[("wrapContent", "/p:a/b"), ("xpathType", "Nodelist")], "filter /p:a/b");
    check("Filter", &[("wrapContent", "/a/b"), ("xpathType", "Node")], "filter (/a/b)[1]");
    check("Filter", &[("wrapContent", "/a/b"), ("xpathType", "String")], "filter string((/a/b)[1])");
    check("Filter", &[("wrapContent", "/a/b > 1"), ("xpathType", "Boolean")], "filter boolean(/a/b > 1)");
    check("Filter", &[("wrapContent", "/a/b"), ("xpathType", "Number")], "filter number((/a/b)[1])");
    check_verdict("Filter", &[("wrapContent", "/a["), ("xpathType", "Node")], "fails: ", "/a[");
    let store = [
        ("operation", "put"),
        ("storageName", "{{storeName}}"),
        ("messageId", "${header.id}"),
        ("visibility", "global"),
        ("expire", "90"),
        ("alert", "2"),
        ("encrypt", "true"),
        ("override", "1"),
        ("includeMessageHeaders", "true"),
    ];
    let expect =
        "write global Orders Two Some(\"${header.id}\") alert 2d expire 90d encrypt true overwrite true headers true";
    check("DBstorage", &store, expect);
    let store = [
        ("operation", "get"),
        ("storageName", "S"),
        ("dataStoreId", ""),
        ("delete", "true"),
        ("stopOnMissingEntry", "false"),
    ];
    check("DBstorage", &store, "get local S None delete true fail false");
    check(
        "DBstorage",
        &[("operation", "get"), ("storageName", "S"), ("dataStoreId", "1")],
        "get local S Some(\"1\") delete false fail true",
    );
    let store = [("operation", "select"), ("storageName", "S"), ("maxresults", "${header.n}"), ("delete", "true")];
    check("DBstorage", &store, "select local S max ${header.n} delete true");
    check(
        "DBstorage",
        &[("operation", "delete"), ("storageName", "S"), ("messageId", "${xpath.//message/@id}")],
        "delete local S xpath //message/@id",
    );
    check("DBstorage", &[("operation", "delete"), ("storageName", "S")], "delete local S -");
    let variables = cells(&[
        &["last", "java.lang.String", "expression", "${date:now:yyyy}", "local"],
        &["all", "", "header", "h", "global"],
        &["count", "java.lang.Integer", "xpath", "count(//a)", "local"],
    ]);
    let expect = "variables local last = `${date:now:yyyy}` as Text, global all = header h, local count = xpath count(//a) as Int";
    check("Variables", &[("variable", &variables), ("expire", "90")], expect);
}

#[test]
fn converters_splitters_and_gathers() {
    let paths = cells(&[&["/a/p:item", ""]]);
    check_verdict(
        "XmlToJsonConverter",
        &[("xmlJsonSuppressRootElement", "true"), ("xmlJsonPathTable", &paths)],
        "json root false arrays [\"/a/item\"]",
        "",
    );
    let all = [("xmlJsonUseStreaming", "true"), ("xmlJsonConvertAllElements", "all")];
    check("XmlToJsonConverter", &all, "json root true arrays [\"*\", \"/*\"]");
    // The setting without a list keeps prefixes; old converters, which have no setting, drop them.
    for (settings, expect) in [
        (&[][..], "json root true arrays []"),
        (&[("useNamespaces", "false")], "json root true arrays []"),
        (&[("useNamespaces", "true")], "json root true arrays [] names \":\" [] others refused"),
        (
            &[("useNamespaces", "true"), ("xmlJsonUseStreaming", "true")],
            "json root true arrays [] names \":\" [] others kept",
        ),
    ] {
        check("XmlToJsonConverter", settings, expect);
    }
    let paths = cells(&[&["b/p:item", ""], &["name", ""]]);
    check_verdict(
        "XmlToJsonConverter",
        &[("xmlJsonPathTable", &paths)],
        "json root true arrays [\"item\", \"name\"]",
        "wherever they stand",
    );
    check(
        "JsonToXmlConverter",
        &[("addXMLRootElement", "true"), ("additionalRootElementName", "r")],
        "xml root Some(\"r\") always strict",
    );
    check("JsonToXmlConverter", &[], "xml root Some(\"root\") strict");
    check("JsonToXmlConverter", &[("addXMLRootElement", "false")], "xml root None strict");
    let csv = [
        ("XPath_Field_Location", "Orders/Order"),
        ("Field_Separator_in_CSV", ";"),
        ("XML_Schema_File_Path", "/xsd/orders.xsd"),
        ("ignoreFirstLineAsHeader", "false"),
    ];
    check("CsvToXmlConverter", &csv, "from csv ';' header false Orders/Order [\"id\", \"sum\"]");
    let csv =
        [("XPath_Field_Location", "/Orders/Order"), ("Field_Separator_in_CSV", "\\t"), ("Include_Header", "true")];
    check("XmlToCsvConverter", &csv, "to csv '\\t' header true Orders/Order");
    check("Encoder", &[("encoderType", "Base64 Encode")], "Base64Encode");
    check("Decoder", &[("encoderType", "Base64 Decode")], "Base64Decode");
    check("Encoder", &[("encoderType", "ZIP Compress")], "Zip(Encode)");
    check("Decoder", &[("encoderType", "ZIP Decompress")], "Zip(Decode)");
    check("Decoder", &[("encoderType", "GZIP Decompress")], "Gzip(Decode)");
    check_verdict("Decoder", &[("encoderType", "PKCS7 Decode")], "fails: ", "pkcs7 decode");
    check(
        "XmlModifier",
        &[("removeXmlDeclaration", "1"), ("removeExternalDTDs", "0"), ("xmlCharacterHandling", "throwException")],
        "CleanXml(CleanXml { declaration: true, dtd: false, external_dtd: false, characters: Refuse })",
    );
    for (word, characters, differs) in
        [("substitute", "Substitute", ""), ("none", "Keep", ""), ("escape", "Keep", "are kept: `escape` is not known")]
    {
        let settings = [("removeExternalDTDs", "1"), ("xmlCharacterHandling", word)];
        let expect = "CleanXml(CleanXml { declaration: false, dtd: false, external_dtd: true, characters: ";
        check_verdict("XmlModifier", &settings, &format!("{expect}{characters} }})"), differs);
    }
    let split = [
        ("splitType", "GeneralSplitter"),
        ("exprType", "XPath"),
        ("splitExprValue", "/a/b"),
        ("grouping", "25"),
        ("ParallelProcessing", "true"),
        ("SplitterThreads", "4"),
        ("StopOnExecution", "false"),
    ];
    check("Splitter", &split, "split xpath /a/b envelope Before group 25 parallel 4 stop false counted -> Some(0)");
    let bad = [("splitType", "GeneralSplitter"), ("splitExprValue", "/o/i[@a='1']")];
    check_verdict("Splitter", &bad, "fails: ", "keeps the elements around a part");
    let split =
        [("splitType", "IteratingSplitter"), ("exprType", "Token"), ("tokenValue", "--"), ("Streaming", "true")];
    check("Splitter", &split, "split element -- group 1 parallel 1 stop true -> Some(0)");
    check(
        "Splitter",
        &[("splitType", "Camel"), ("exprType", "Line Break")],
        "split line group 1 parallel 1 stop true counted -> Some(0)",
    );
    check(
        "Splitter",
        &[("splitType", "GeneralSplitter"), ("exprType", "Line Break"), ("grouping", "2")],
        "split line header group 2 parallel 1 stop true counted -> Some(0)",
    );
    check_verdict("Splitter", &[("splitType", "IDoc")], "fails: ", "IDoc");
    check("Gather", &[("messageType", "PlainText"), ("aggregationAlgorithm", "concatenate-strategy")], "gather concat");
    check("Gather", &[("aggregationAlgorithm", "sap-identical-multi-mapping")], "gather Multimap { same: true }");
    check("Gather", &[("aggregationAlgorithm", "sap-pi-multi-mapping")], "gather Multimap { same: false }");
    let merge = [
        ("aggregationAlgorithm", "xpath-merge-strategy"),
        ("sourceXPath", "/Orders/Order"),
        ("targetXPath", "/Orders"),
    ];
    check("Gather", &merge, "gather /Orders/Order into /Orders");
    let merge =
        |source| [("aggregationAlgorithm", "xpath-merge-strategy"), ("sourceXPath", source), ("targetXPath", "")];
    check("Gather", &merge("/p:Order/Items/Item"), "gather /p:Order/Items/Item into /p:Order/Items");
    check_verdict("Gather", &merge("/entry"), "fails: ", "no target");
    let merge = [("aggregationAlgorithm", "xpath-merge-strategy"), ("sourceXPath", "/a"), ("targetXPath", "//b")];
    check_verdict("Gather", &merge, "fails: ", "no plain path");
    check("ProcessCallElement", &[("processId", "L")], "call L process");
    check_verdict("ProcessCallElement", &[("processId", "P")], "fails: ", "no local process `P`");
    let once = [("processId", "L"), ("sourceMessageID", "${header.id}"), ("skipOnDuplicate", "false")];
    check("IdempotentProcessCall", &once, "once L process id ${header.id} skip false keep 90d");
    check_verdict("Mapping", &[], "fails: ", "no message mapping is chosen");
    for unknown in ["Aggregator", "PgpEncrypt", "EDItoXMLConverter", "SomethingNew"] {
        check_verdict(unknown, &[], "fails: ", "Semel");
    }
}

#[test]
fn routers() {
    let nodes = router("R", "R-E", false) + &end("A") + &end("B") + &arrows("S>R R>E");
    let flow = |routes: &str| https(&(nodes.clone() + routes));
    let shown = |routes: &str| {
        let imported = flow(routes).import();
        let flow = one(&imported);
        let steps = &flow.processes[0].steps;
        let step = steps.iter().find(|s| s.name.contains("(R)")).expect("the router");
        show::step(flow, &step.kind, |ix| ix.map_or("-".to_owned(), |ix| steps[ix].name.clone()))
    };
    let check = |condition: &str, expect: &str| {
        assert_eq!(shown(&route("R", "A", "NonXML", condition)), format!("route {expect} -> A (A), else -> E (E)"));
    };
    check("${property.a} = 'x'", "when ${property.a} = 'x'");
    check("${header.a b} in 'x,y'", "when ${header['a b']} in 'x,y'");
    check(
        "${header.SAPJMSRetries} > '5' and ${header.x} != null",
        "when ${header.SAPJMSRetries} > '5' and ${header.x} != null",
    );
    check("${property.a} = ‘x’", "when ${property.a} = 'x'");
    check(
        "${property.Part.Chan.hasMoreRecords} contains 'true'",
        "when ${property.Part.Chan.hasMoreRecords} contains 'true'",
    );
    check("'x' = ${header.a}", "when 'x' = ${header.a}");
    let two = route("R", "A", "XML", "count(/a) > 1") + &route("R", "B", "NonXML", "${header.a} regex 'a.*'");
    assert_eq!(shown(&two), "route xpath count(/a) > 1 -> A (A), when ${header.a} regex 'a.*' -> B (B), else -> E (E)");
    assert_eq!(shown(&route("R", "A", "XML", "")), "route else -> E (E)");
    assert!(shown(&route("R", "A", "NonXML", "${header.a} == 'x' oops")).starts_with("fails: "));
    let throws = https(
        &(router("R", "R-T", true)
            + &end("A")
            + &event("endEvent", "T", "terminate", &[])
            + &arrows("S>R")
            + &route("R", "T", "", "")
            + &route("R", "A", "NonXML", "${header.a} = 'x'")),
    );
    assert!(show::whole(one(&throws.import())).contains("else fail"));
    let goes_on = https(
        &(router("R", "R-E", true)
            + &end("A")
            + &arrows("S>R")
            + &route("R", "E", "", "")
            + &route("R", "A", "NonXML", "${header.a} = 'x'")),
    );
    assert!(show::whole(one(&goes_on.import())).contains("else -> E"));
}

#[test]
fn multicasts_loops_and_events() {
    let order = cells(&[&["2", "M-A"], &["1", "M-B"]]);
    let nodes = step("M", "SequentialMulticast", &[("routingSequenceTable", &order)])
        + &step("A", "Enricher", &[("wrapContent", "a")])
        + &step("B", "Enricher", &[("wrapContent", "b")])
        + &step("J", "Join", &[])
        + &step("G", "Gather", &[("aggregationAlgorithm", "concatenate-strategy")]);
    let imported = https(&(nodes + &arrows("S>M M>A>J M>B>J J>G>E"))).import();
    let shown = show::whole(one(&imported));
    for line in [
        "M: multicast parallel false M-B -> B, M-A -> A\n",
        "J: join -> G",
        "G: gather concat -> E",
        "B: set body = `b` -> J",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    let again = "<bpmn2:standardLoopCharacteristics loopMaximum=\"100\"><bpmn2:loopCondition>${property.more} = 'true'</bpmn2:loopCondition></bpmn2:standardLoopCharacteristics>";
    let settings = props(&[
        ("activityType", "ProcessCallElement"),
        ("subActivityType", "LoopingProcess"),
        ("processId", "L"),
        ("expressionType", "Non XML"),
        ("postProcessing", "end"),
    ]);
    let mut artifact = https(&(element("callActivity", "X", "Loop", "", &(settings + again)) + &arrows("S>X>E")));
    let handler = exceptions(
        "EX",
        &(event("startEvent", "ES", "error", &[("activityType", "StartErrorEvent")])
            + &event("endEvent", "EE", "escalation", &[("ErrorCode", "ReceiverNotFound")])
            + &arrows("ES>EE")),
    );
    let inside = event("startEvent", "LS", "", &[])
        + &event("endEvent", "LE", "error", &[])
        + &event("endEvent", "LT", "terminate", &[])
        + &handler
        + &arrows("LS>LE");
    artifact.local("L", &inside);
    let expect = "P process: http /in limit 40 role None start X\n  E: end\n  X: loop L process while ${property.more} = 'true' max 100 fail false -> E\n\
                  L process: local Inherit start LE error EE\n  LE: end error\n  LT: end terminate\n  EE: end escalation receiver-not-found\n";
    assert_eq!(show::whole(one(&artifact.import())), expect);
}

#[test]
fn timers() {
    let check = |table: &str, expect: &str| {
        let mut artifact = Artifact::new("T");
        artifact.parameters("when=<row><cell>triggerType</cell><cell>simple</cell></row><row><cell>schedule1</cell><cell>fireNow\\=true</cell></row>");
        let inside = event("startEvent", "S", "timer", &[("scheduleKey", table)]) + &end("E") + &arrows("S>E");
        let imported = artifact.process("P", &[("transactionalHandling", "Required")], &inside).import();
        let found = imported.flows.first().map_or_else(
            || imported.report.flows[0].problems.iter().map(|p| p.title.clone()).collect::<Vec<_>>().join("; "),
            |flow| show::sender(&flow.processes[0].kind),
        );
        assert!(found.contains(expect), "{found}\n{expect}");
    };
    let cron = |text: &str| cells(&[&["triggerType", "cron"], &["noOfSchedules", "1"], &["schedule1", text]]);
    check("{{when}}", "timer once");
    check(&cron("fireNow=true"), "timer once");
    check(&cron("0+0/5+0-23+?+*+*+*&amp;trigger.timeZone=Europe/Berlin"), "timer 0 0/5 0-23 ? * * * Europe/Berlin");
    check(&cron("0+0+0,4,8+?+*+MON,TUE+*&trigger.timeZone=IST"), "timer 0 0 0,4,8 ? * MON,TUE * Asia/Kolkata");
    check(&cron("simple.repeat=NONE&amp;trigger.timeZone=Etc/GMT"), "timer once");
    check(&cron("0+0+0+31+2+?+*"), "never ticks");
    check(&cron("0+0"), "6 or 7 fields");
    check(&cron("0+0+0+?+*+*+*&amp;trigger.timeZone=Mars/North"), "no time zone `Mars/North`");
    check("<row><cell>", "not well-formed");
}

#[test]
fn timers_that_are_over() {
    let check = |when: &str, throws: &str, now: &str, expect: &str| {
        let table = cells(&[&["triggerType", "cron"], &["schedule1", when], &["throwExceptionOnExpiry", throws]]);
        let mut artifact = Artifact::new("T");
        let inside = event("startEvent", "S", "timer", &[("scheduleKey", &table)]) + &end("E") + &arrows("S>E");
        let content = iflow::Content::Zip(artifact.process("P", &[], &inside).zip());
        let now: jiff::Timestamp = now.parse().expect("a time");
        let now = Some(base::Timestamp(now.as_millisecond()));
        let imported = iflow::import(&iflow::Input { content, now, ..iflow::Input::default() });
        let report = &imported.report.flows[0];
        let problems: Vec<&str> = report.problems.iter().map(|p| p.title.as_str()).collect();
        // The flow starts: a server that comes up again must not stand still for a timer that did its work.
        assert_eq!(imported.flows.len(), 1);
        match &report.elements[0].verdict {
            Verdict::RunsWithDifference(said) => {
                assert!(said.contains(expect) && problems[0].contains(expect), "{said}")
            }
            verdict => assert!(expect.is_empty() && problems.is_empty(), "{verdict:?} {problems:?}"),
        }
    };
    let once = "0+0+12+1+1+?+2020&amp;trigger.timeZone=Europe/Berlin";
    check(once, "true", "2020-01-01T10:59:00Z", "");
    check(once, "true", "2020-01-01T11:30:00Z", "never ticks again: SAP puts the artifact into Error");
    check(once, "false", "2026-01-01T00:00:00Z", "never ticks again");
    check("0+0+12+1+1+?+*", "true", "2026-01-02T00:00:00Z", "");
}

#[test]
fn parameters() {
    let inside =
        step("X", "Enricher", &[("wrapContent", "{{a b}} {{<x>:y/(1)}} {{{PW}} {{uni}}"), ("bodyType", "constant")])
            + &arrows("S>X>E");
    let mut artifact = https(&inside);
    artifact.parameters(
        "#comment\r\n!other\r\na\\ b = 1\\\r\n   2\r\n<x>\\:y/(1)=\\u00e4\\ud83d\\ude00\\t.\r\n{PW:v\\=w\r\nuni=ü\r\n",
    );
    let shown = show::whole(one(&artifact.import()));
    assert!(shown.contains("body = '12 ä😀\t. v=w ü'"), "{shown}");

    let imported =
        https(&(step("X", "Enricher", &[("wrapContent", "${header.a} {{lost}}")]) + &arrows("S>X>E"))).import();
    let problem = &imported.report.flows[0].problems[0];
    let text = &imported.report.sources[0].text[problem.span.range.clone()];
    assert_eq!((problem.code, text, imported.flows.len()), ("I0301", "${header.a} {{lost}}", 0));

    let mut input = iflow::Input {
        content: iflow::Content::Files(
            https(&(step("X", "Enricher", &[("wrapContent", "{{lost}}")]) + &arrows("S>X>E"))).files(),
        ),
        ..iflow::Input::default()
    };
    input.overrides.insert("lost".to_owned(), "found".to_owned());
    assert!(show::whole(one(&iflow::import(&input))).contains("body = `found`"));
}

#[test]
fn mistakes_are_pointed_at() {
    let inside = step("X", "Enricher", &[("wrapContent", "Hi ${heder.a}")]) + &arrows("S>X>E>Nowhere");
    let imported = https(&inside).import();
    let report = &imported.report.flows[0];
    let text = &imported.report.sources[0].text;
    let found: Vec<(&str, &str)> = report.problems.iter().map(|p| (p.code, &text[p.span.range.clone()])).collect();
    assert_eq!(found[0], ("I0401", "heder"));
    assert_eq!(found[1].0, "I0201");
    assert_eq!(found[2].0, "I0202");
    assert!(found[2].1.starts_with("<bpmn2:sequenceFlow id=\"E-Nowhere\""));
}

#[test]
fn validators_digests_and_persist() {
    let fixed = [("xsd", "/xsd/orders.xsd"), ("preventException", "true")];
    check("XmlValidator", &fixed, "validate go on true");
    check("XmlValidator", &[("xsd", "/xsd/orders.xsd"), ("xmlSchemaSource", "iflowOption")], "validate go on false");
    check(
        "XmlValidator",
        &[("xsd", "${header.X}")],
        "validate by ${header.X} of bad.xsd false, orders.xsd true, types.xsd true go on false",
    );
    let header = [("xsd", ""), ("xmlSchemaSource", "header"), ("headerSource", "X")];
    check(
        "XmlValidator",
        &header,
        "validate by ${header.X} of bad.xsd false, orders.xsd true, types.xsd true go on false",
    );
    check_verdict("XmlValidator", &[("xsd", "/xsd/bad.xsd")], "fails: ", "there is no type `gone`");
    check_verdict("XmlValidator", &[("xsd", "/xsd/none.xsd")], "fails: ", "there is no schema `none.xsd`");
    check_verdict("XmlValidator", &[("xsd", "")], "fails: ", "no schema is chosen");
    let digest =
        [("digestAlgorithm", "SHA-256"), ("targetHeader", "D"), ("filter", "/a/b"), ("canonicalizationMethod", "None")];
    check_verdict("MessageDigest", &digest, "digest Sha256 Some(\"/a/b\") to D", "hexadecimal");
    let canonical = [("targetHeader", "D"), ("canonicalizationMethod", "http://www.w3.org/2001/10/xml-exc-c14n#")];
    check_verdict("MessageDigest", &canonical, "fails: ", "canonicalization");
    check_verdict("Persist", &[("stepid", "Kept"), ("enableEncrypt", "true")], "persist Kept", "message log");
    check_verdict("PollEnrich", &[("stopOnNoMsgFound", "false")], "fails: ", "a step that polls");
    let encode = [
        ("encoderType", "MIME Multipart Message Encode"),
        ("MultipartSubtype", "Related"),
        ("MultipartAddHeadersInline", "true"),
        ("IncludeHeaders", "x-.*|y"),
    ];
    let expect = "Mime(Encode, Mime { inline: true, subtype: \"related\", headers: [\"x-*\", \"y\"] })";
    check_verdict("Encoder", &encode, expect, "without attachments");
    let decode = [("encoderType", "MIME Multipart Message Decode"), ("MultipartHeadersInline", "false")];
    check("Decoder", &decode, "Mime(Decode, Mime { inline: false, subtype: \"mixed\", headers: [] })");
}

#[test]
fn content_enrichers() {
    let enrich = |component: &str, settings: &[(&str, &str)]| {
        let mut artifact = https(&(step("X", "contentEnricherWithLookup", settings) + &arrows("S>X>E")));
        artifact.receiver_into("X", "Crm", component, &[("address", "/crm")]);
        artifact.settings(&[("namespaceMapping", "xmlns:p=urn:p")]);
        let imported = artifact.import();
        let flow = one(&imported);
        let found = flow.processes[0].steps.iter().find(|s| s.name.contains("(X)")).expect("the step");
        show::step(flow, &found.kind, |ix| format!("{ix:?}"))
    };
    let keyed = |into: &'static str, from: &'static str, key: &'static str| {
        [
            ("enrichmentType", "xmlLookupAggregation"),
            ("originalMessageNodePath", into),
            ("originalMessageKeyElement", key),
            ("resourceMessageNodePath", from),
            ("resourceMessageKeyElement", "id"),
        ]
    };
    for (component, settings, expect) in [
        (
            "ProcessDirect",
            &keyed("Orders/p:Order", "/Customer", "Item/Customer")[..],
            "enrich Crm into /Orders/p:Order by Item/Customer from /Customer by id",
        ),
        ("ProcessDirect", &[("enrichmentType", "multiMappingAggregation")][..], "enrich Crm combine"),
        ("ProcessDirect", &keyed("//Order", "/C", "k")[..], "fails: "),
        ("ProcessDirect", &keyed("/Order", "/C", "")[..], "fails: "),
        ("ProcessDirect", &keyed("", "/C", "k")[..], "fails: "),
        ("SFTP", &keyed("/Order", "/C", "k")[..], "fails: "),
    ] {
        let found = enrich(component, settings);
        assert!(found.starts_with(expect), "{found}");
    }
}

#[test]
fn namespaces_and_headings_of_converters() {
    let table = cells(&[&["urn:shop", "s"], &["t", "http://t"], &["", ""]]);
    check(
        "XmlToJsonConverter",
        &[("useNamespaces", "true"), ("jsonNamespaceMapping", &table), ("jsonNamespaceSeparator", ".")],
        "json root true arrays [] names \".\" [(\"s\", \"urn:shop\"), (\"t\", \"http://t\")] others refused",
    );
    check(
        "JsonToXmlConverter",
        &[
            ("jsonNamespaceMapping", &table),
            ("additionalRootElementName", "list"),
            ("additionalRootElementNamespace", "urn:shop"),
        ],
        "xml root Some(\"s:list\") names \":\" [(\"s\", \"urn:shop\"), (\"t\", \"http://t\")] strict",
    );
    check(
        "JsonToXmlConverter",
        &[("jsonNamespaceMapping", &table), ("useNamespaces", "false")],
        "xml root Some(\"root\") strict",
    );
    let csv = |mapping: &'static str| {
        [
            ("XPath_Field_Location", "/list/Orders/Order"),
            ("XML_Schema_File_Path", "/xsd/orders.xsd"),
            ("ignoreFirstLineAsHeader", "true"),
            ("headerMapping", mapping),
        ]
    };
    let expect = "from csv ',' header false list/Orders/Order [\"id\", \"sum\"] skips first";
    check("CsvToXmlConverter", &csv("ignoreHeaders"), expect);
    check(
        "CsvToXmlConverter",
        &csv("mapHeadersToXSD"),
        "from csv ',' header true list/Orders/Order [\"id\", \"sum\"] as there are",
    );
    let marked = [&csv("ignoreHeaders")[..], &[("Record_Identifier_in_CSV", "I")]].concat();
    let said = "lines that do not begin with `I` are left out";
    check_verdict("CsvToXmlConverter", &marked, &format!("{expect} marked I"), said);
}

/// The exception subprocess of an artifact runs for each part of a split that fails, with the message of that part.
#[test]
fn exception_subprocesses_handle_parts() {
    let handler = event("startEvent", "X", "error", &[]) + &step("M", "Enricher", &[]) + &end("Y") + &arrows("X>M>Y");
    let inside = step("D", "Splitter", &[("splitType", "IteratingSplitter"), ("exprType", "Line Break")])
        + &step("A", "Enricher", &[])
        + &step("G", "Gather", &[("aggregationAlgorithm", "concatenate-strategy")])
        + &exceptions("H", &handler)
        + &arrows("S>D>A>G>E");
    let mut artifact = https(&inside);
    artifact.local("L", &(event("startEvent", "LS", "", &[]) + &event("endEvent", "LE", "", &[]) + &arrows("LS>LE")));
    let imported = artifact.import();
    let flow = one(&imported);
    assert!(flow.processes.len() > 1 && flow.processes.iter().all(|process| process.handles_parts));
    let main = &flow.processes[0];
    let step = |ix: Option<usize>| ix.map(|ix| show::step(flow, &main.steps[ix].kind, |_| String::new()));
    assert!(step(main.on_error).is_some_and(|step| step.starts_with("set")), "{:?}", step(main.on_error));
    assert!(step(main.start).is_some_and(|step| step.starts_with("split line group 1")), "{:?}", step(main.start));
}
