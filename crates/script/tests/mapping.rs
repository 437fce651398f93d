//! Message mappings: functions in Groovy, what they set, errors, limits, the choice by a header.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Entropy, ManualClock, Message, MessageId, SeededEntropy, Timestamp};
use script::{Host, Invocation, Limits, MessageMapping, ScriptOutput, SecretValue, Services, check_mapping};

struct World;

impl Services for World {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(ManualClock::at(Timestamp(1_700_000_000_000)))
    }

    fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::new(SeededEntropy::new(1))
    }

    fn secret(&self, _: &str) -> Option<SecretValue> {
        None
    }

    fn map_value(&self, source: (&str, &str), value: &str, target: (&str, &str)) -> Option<String> {
        (source == ("A", "s") && target == ("B", "t")).then(|| format!("<{value}>"))
    }
}

const LIBRARY: &str = r#"
import com.sap.it.api.mapping.*
def count = 0
def String shout(String a, MappingContext c) { c.setProperty("last", a); a.toUpperCase() + c.getProperty("mark") }
def String both(String a, int n) { (a * n).toString() }
def String nothing(String a, MappingContext c) { c.getHeader("none") }
def void join(String[] all, Output output, MappingContext c) { output.addValue(all.join("+")) }
def void odd(String[] all, Output output) { all.eachWithIndex { v, i -> i % 2 == 0 ? output.addValue(v) : output.addSuppress() } }
def void each(String[] all, Output output) { for (v in all) { output.addValue(v); output.addContextChange() } }
def void ends(String[] all, Output first, Output last, MappingContext c) { first.addValue(all[0]); last.addValue(all[-1]) }
def String fail(String a, MappingContext c) { throw new IllegalStateException("no luck with " + a) }
def String slow(String a, MappingContext c) { while (true) { } }
def String mapped(String a) {
    com.sap.it.api.ITApiFactory.getApi(ValueMappingApi.class, null).getMappedValue("A", "s", a, "B", "t")
}
"#;

/// A mapping that gives `/T/v` the value of an expression of bricks.
fn mmap(value: &str) -> String {
    let key = "<key typeID='gsh'><elem>tools.groovy</elem><elem>src/main/resources/script</elem></key>";
    format!(
        "<xiObj xmlns='urn:sap-com:xi'><generic><lnks><lnkRole kpos='1' role='UsedFuncLib'><lnk>{key}</lnk></lnkRole></lnks>\
         </generic><content><transformation><brick path='/T' type='Dst'><arg><brick path='/S' type='Src'/></arg></brick>\
         <brick path='/T/v' type='Dst'>{value}</brick></transformation></content></xiObj>"
    )
}

/// A use of a function with these arguments.
fn call(name: &str, args: &[&str], from: usize) -> String {
    let arg = |(i, a): (usize, &&str)| match a.strip_prefix('/') {
        Some(_) => format!("<arg pin='{i}'><brick type='Src' path='{a}'/></arg>"),
        None => format!(
            "<arg pin='{i}'><brick type='Func' fns='dflt' fname='const'><bindings><param name='value'><value>{a}</value>\
             </param></bindings></brick></arg>"
        ),
    };
    let inside: String = args.iter().enumerate().map(arg).collect();
    format!("<arg from='{from}'><brick type='Func' fns='tools' fname='{name}'>{inside}</brick></arg>")
}

fn message() -> Message {
    let mut message = Message::of("<S><i>a</i><i>b</i><i>c</i></S>");
    message.properties.insert("mark".into(), "!".into());
    message.headers.set("MAP", "ref:Second");
    message
}

fn run(source: &str, function: &str, files: BTreeMap<String, String>, time: Duration) -> Result<ScriptOutput, String> {
    let services: Arc<dyn Services> = Arc::new(World);
    let output = MessageMapping::default().run(Invocation {
        path: "mapping/test.mmap",
        source,
        companions: &Arc::new(files),
        flow: "orders",
        function,
        message: message(),
        body_is_text: true,
        message_id: &MessageId::from_text("A-1"),
        exception: None,
        thrown: None,
        limits: Limits { time, ..Limits::default() },
        services: &services,
    });
    output.map_err(|e| format!("{} {}{}", e.code(), e.message, e.place.map(|p| format!(" [{p}]")).unwrap_or_default()))
}

fn library() -> BTreeMap<String, String> {
    BTreeMap::from([("script/tools.groovy".to_owned(), LIBRARY.to_owned())])
}

#[track_caller]
fn check(name: &str, args: &[&str], expect: &str) {
    let (name, from) = name.split_once('#').map_or((name, 0), |(n, from)| (n, from.parse().unwrap_or(99)));
    let found = match run(&mmap(&call(name, args, from)), "", library(), Duration::from_secs(10)) {
        Ok(output) => output.message.text().lines().nth(1).unwrap_or("").to_owned(),
        Err(error) => error,
    };
    assert_eq!(found, expect);
}

#[test]
fn functions_in_groovy() {
    check("shout", &["/S/i"], "<T><v>A!</v><v>B!</v><v>C!</v></T>");
    check("both", &["/S/i", "2"], "<T><v>aa</v><v>bb</v><v>cc</v></T>");
    check("nothing", &["x"], "<T><v/></T>");
    check("join", &["/S/i"], "<T><v>a+b+c</v></T>");
    check("odd", &["/S/i"], "<T><v>a</v><v>c</v></T>");
    check("each", &["/S/i"], "<T><v>a</v></T>");
    check("ends", &["/S/i"], "<T><v>a</v></T>");
    check("ends#1", &["/S/i"], "<T><v>c</v></T>");
    check("mapped", &["1"], "<T><v>&lt;1&gt;</v></T>");
}

#[test]
fn what_goes_wrong() {
    check("fail", &["/S/i"], "J0001 target field /T/v: tools.fail: no luck with a [script/tools.groovy:11]");
    check("gone", &["/S/i"], "J0003 target field /T/v: tools.gone: script/tools.groovy has no function `gone`");
    check(
        "both",
        &["/S/i"],
        "J0001 target field /T/v: tools.both: it takes 2 arguments, and is given 1 [mapping/test.mmap]",
    );
    check(
        "both",
        &["/S/i", "x"],
        "J0001 target field /T/v: tools.both: `x` is not a value of the type int [mapping/test.mmap]",
    );
    let slow = run(&mmap(&call("slow", &["/S/i"], 0)), "", library(), Duration::from_millis(200));
    assert_eq!(slow.unwrap_err(), "J0002 the mapping ran longer than 200ms");
    let files = BTreeMap::from([("script/tools.groovy".to_owned(), "def f( {".to_owned())]);
    let (file, line, ..) = check_mapping("a.mmap", &mmap(&call("f", &["x"], 0)), &files).unwrap_err();
    assert_eq!((file.as_str(), line), ("script/tools.groovy", 1));
}

#[test]
fn what_functions_set_stays() {
    let output = run(&mmap(&call("shout", &["/S/i"], 0)), "", library(), Duration::from_secs(10)).expect("a result");
    assert_eq!(output.message.properties.get("last").map(ToString::to_string).as_deref(), Some("c"));
    assert_eq!(output.message.headers.get("MAP").map(ToString::to_string).as_deref(), Some("ref:Second"));
    assert!(!output.body_is_text);
}

#[test]
fn a_header_chooses_the_mapping() {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for (id, name) in [("First", "join"), ("Second", "shout")] {
        files.insert(format!("{id}/mapping/Map.mmap"), mmap(&call(name, &["/S/i"], 0)));
        files.insert(format!("{id}/script/tools.groovy"), LIBRARY.to_owned());
    }
    let time = Duration::from_secs(10);
    let output = run("", "header:MAP", files.clone(), time).expect("a result");
    assert!(output.message.text().contains("<v>A!</v>"));
    assert_eq!(
        run("", "property:mark", files, time).unwrap_err(),
        "J0001 the property `mark` names no message mapping of the import: `!`"
    );
}
