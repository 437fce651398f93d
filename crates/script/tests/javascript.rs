//! JavaScript: the script API of a message, errors, limits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base::{Attachment, Clock, Entropy, ManualClock, Message, MessageId, SeededEntropy, Timestamp, Value};
use bytes::Bytes;
use script::{
    Host, Invocation, JavaScript, Limits, PartnerQuestion, ScriptError, ScriptErrorKind, ScriptOutput, SecretValue,
    Services, check_syntax,
};

struct World;

fn services() -> Arc<dyn Services> {
    Arc::new(World)
}

impl Services for World {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(ManualClock::at(Timestamp(1_700_000_000_000)))
    }

    fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::new(SeededEntropy::new(1))
    }

    fn secret(&self, name: &str) -> Option<SecretValue> {
        (name == "erp").then(|| SecretValue { user: "anna".into(), password: "s3cret".into() })
    }

    fn map_value(&self, source: (&str, &str), value: &str, target: (&str, &str)) -> Option<String> {
        (source == ("A", "country") && target == ("B", "land")).then(|| format!("<{value}>"))
    }

    fn partner(&self, question: &PartnerQuestion) -> Option<String> {
        match question {
            PartnerQuestion::Parameter { partner, name } => (name == "url").then(|| format!("https://{partner}")),
            _ => None,
        }
    }
}

fn call(host: &JavaScript, source: &str, message: Message, limits: Limits) -> Result<ScriptOutput, ScriptError> {
    host.run(Invocation {
        path: "scripts/test.js",
        source,
        companions: &Arc::default(),
        flow: "orders",
        function: "processData",
        message,
        body_is_text: false,
        message_id: &MessageId::from_text("A-1"),
        exception: None,
        thrown: None,
        limits,
        services: &services(),
    })
}

/// One call; those that follow give the same, also once they run on this thread.
fn run(source: &str, message: Message) -> Result<ScriptOutput, ScriptError> {
    let host = JavaScript::default();
    let first = call(&host, source, message.clone(), Limits::default());
    for _ in 0..5 {
        let again = call(&host, source, message.clone(), limits(&host, source));
        assert_eq!(format!("{again:?}"), format!("{first:?}"), "{source}");
    }
    first
}

fn is_short(host: &JavaScript, source: &str) -> bool {
    host.is_short("scripts/test.js", source, &Arc::default())
}

/// Those with which a runtime makes the next call.
fn limits(host: &JavaScript, source: &str) -> Limits {
    if is_short(host, source) { Limits::default().short() } else { Limits::default() }
}

/// Calls a script until its next call is expected to be short; whether it ever is.
fn warms(host: &JavaScript, source: &str) -> bool {
    (0..100).any(|_| call(host, source, Message::default(), Limits::default()).is_ok() && is_short(host, source))
}

/// The statements of `processData`; the body that they leave.
fn body(statements: &str) -> String {
    let mut message = Message::of("grüß 👋");
    message.headers.set("Content-Type", "text/plain");
    message.headers.set("Count", 7_i64);
    message.properties.insert("p".into(), Value::Bool(true));
    let source = format!("function processData(message) {{ {statements}; return message; }}");
    match run(&source, message) {
        Ok(output) => output.message.text().into_owned(),
        Err(error) => format!("{:?}: {}", error.kind, error.message),
    }
}

#[test]
fn scripts_read_and_write_messages() {
    for (statements, expected) in [
        ("", "grüß 👋"),
        ("message.setBody(message.getBody())", "grüß 👋"),
        ("message.setBody(message.getBody(java.lang.String) + '!')", "grüß 👋!"),
        ("message.setBody(message.getBody(java.io.Reader).length)", "7"),
        ("message.setBody(String(message.getBodySize()))", "11"),
        ("message.setBody('ä'); message.setBody(String(message.getBodySize()))", "2"),
        ("message.setBody(message.getBody(java.io.InputStream))", "grüß 👋"),
        ("message.setBody(new Uint8Array([65, 66]))", "AB"),
        ("message.setBody(null)", ""),
        ("message.setBody(12.5)", "12.5"),
        ("message.setBody({a: [1, 'x']})", r#"{"a":[1,"x"]}"#),
        ("message.setBody('a\\u0000b\\ud800c')", "a\0b\u{fffd}c"),
        ("message.body = message.headers['content-type']", "text/plain"),
        ("message.setBody(message.getHeaders().get('COUNT') + 1)", "8"),
        ("message.setBody(message.getHeader('Count', java.lang.String) + 1)", "71"),
        ("message.setBody(String(message.getHeader('none', java.lang.String)))", "null"),
        ("message.setBody(String(message.getHeaders().none))", "undefined"),
        ("message.setBody(message.getHeaders().keySet().toString())", "Content-Type,Count"),
        ("var s=''; for (var h in message.headers) s += h + ';'; message.setBody(s)", "Content-Type;Count;"),
        ("var s=''; for (const [k, v] of message.getHeaders()) s += v; message.setBody(s)", "text/plain7"),
        (
            "var s='', i = message.getHeaders().keySet().iterator(); while (i.hasNext()) s += i.next(); message.setBody(s)",
            "Content-TypeCount",
        ),
        (
            "var s=''; message.getHeaders().entrySet().forEach(function (e) { s += e.getKey() + e.value }); message.setBody(s)",
            "Content-Typetext/plainCount7",
        ),
        (
            "message.setBody([message.getHeaders().size(), message.getHeaders().containsKey('count'), 'count' in message.headers].join())",
            "2,true,true",
        ),
        (
            "message.setHeader('COUNT', 9); message.setBody(message.getHeaders().toString())",
            "{Content-Type=text/plain, Count=9}",
        ),
        ("message.setHeaders({A: 1}); message.setBody(message.getHeaders().toString())", "{A=1}"),
        (
            "message.getHeaders().remove('count'); delete message.headers['Content-Type']; message.setBody(message.getHeaders().isEmpty())",
            "true",
        ),
        ("message.setBody(message.getProperties().get('p') === true)", "true"),
        ("message.setBody(String(message.getProperty('P')))", "null"),
        ("message.setBody(message.getHeader('SAP_MessageProcessingLogID'))", "A-1"),
        ("message.setBody(JSON.stringify(message.headers))", r#"{"Content-Type":"text/plain","Count":7}"#),
        (
            "importClass(java.util.HashMap); var m = new HashMap(); m.put('x', 1); message.setBody(m.get('x') + m.size())",
            "2",
        ),
        ("importPackage(java.util); var l = new ArrayList(); l.add('q'); message.setBody(l.get(0))", "q"),
        (
            "importClass(com.sap.gateway.ip.core.customdev.util.Message); load('x'); print('x'); console.log(1)",
            "grüß 👋",
        ),
        ("var b = new java.lang.StringBuilder(); b.append('a').append(1); message.setBody(b)", "a1"),
        ("message.setBody(new java.lang.String(message.getBody()).equals('x'))", "false"),
        ("message.setBody(message.getBody(new java.lang.String().getClass()) + 1)", "grüß 👋1"),
        ("message.setBody(message.getBody(java.lang.String.class) + 1)", "grüß 👋1"),
        ("message.setBody(message.getBody(Java.type('java.lang.String')) + 1)", "grüß 👋1"),
        ("message.setBody(String(message.getBody(Java.type('byte[]')).length))", "11"),
        ("message.setBody(String(message.getBody(java.io.InputStream.class).length))", "11"),
        ("message.setBody(message.getHeader('Count', java.lang.Integer.class) + 1)", "8"),
        ("message.setBody('x'.getClass().getName())", "java.lang.String"),
        (
            "importClass(java.lang.StringBuilder); message.setBody(new (Java.type('java.lang.StringBuilder'))('a').append('b'))",
            "ab",
        ),
        (
            "Java.type('com.acme.Thing').now()",
            "Threw: the Java class com.acme.Thing.now is not available to JavaScript",
        ),
        ("message.setBody(typeof require + typeof std + typeof os)", "undefinedundefinedundefined"),
        (
            "var c = ITApiFactory.getService(SecureStoreService, null).getUserCredential('erp'); message.setBody(c.getUsername() + ':' + c.getPassword())",
            "anna:s3cret",
        ),
        (
            "var c = com.sap.it.api.ITApiFactory.getApi(com.sap.it.api.mapping.ValueMappingApi, null); message.setBody(c.getMappedValue('A', 'country', 'DE', 'B', 'land') + c.getMappedValue('x','x','x','x','x'))",
            "<DE>null",
        ),
        (
            "ITApiFactory.getApi(SecureStoreService, null).getUserCredential('none')",
            "Threw: the secret 'none' is not set",
        ),
        ("new com.acme.Thing()", "Threw: the Java class com.acme.Thing is not available to JavaScript"),
        ("throw new Error('no such order')", "Threw: no such order"),
        ("throw 'plain'", "Threw: plain"),
        ("throw {message: 'object'}", "Threw: object"),
        ("throw new java.lang.Exception('java')", "Threw: java"),
        ("throw null", "Limit: the script threw null, or no memory was left for an error"),
        ("return 5", "Threw: the function has to return the message that it was given"),
        ("nothing.here", "Threw: nothing is not defined"),
        (
            "var a = {}; a.a = a; message.setHeader('h', a)",
            "Threw: the value of header 'h' is nested too deeply or contains itself",
        ),
        ("return null", "grüß 👋"),
    ] {
        assert_eq!(body(statements), expected, "{statements}");
    }
}

#[test]
fn values_keep_their_kinds() {
    let mut message = Message::of(Bytes::from_static(&[0xff, 0x00, 0xfe]));
    let given = [
        ("null", Value::Null),
        ("bool", Value::Bool(false)),
        ("int", Value::Int(-5)),
        ("big", Value::Int(i64::MAX)),
        ("float", Value::Float(2.0)),
        ("fraction", Value::Float(0.1)),
        ("nan", Value::Float(f64::INFINITY)),
        ("text", Value::from("ü\u{0}")),
        ("bytes", Value::Bytes(Bytes::from_static(&[0, 200, 255]))),
        ("list", Value::List(vec![Value::Int(1), Value::Null])),
        (
            "map",
            Value::Map([("2".to_owned(), Value::Int(1)), ("1".to_owned(), Value::Bool(true))].into_iter().collect()),
        ),
    ];
    for (name, value) in &given {
        message.headers.set(*name, value.clone());
        message.properties.insert((*name).to_owned(), value.clone());
    }
    message.attachments.push(Attachment {
        name: "a".into(),
        media_type: "image/png".into(),
        content: Bytes::from_static(&[255]),
    });
    let before = message.clone();
    let after =
        run("function processData(m) { m.getHeaders().get('map'); return m; }", message.clone()).unwrap().message;
    assert_eq!(after, before);
    // Read as bytes and written again, byte by byte the same.
    let again = run("function processData(m) { m.setBody(m.getBody('byte[]')); return m; }", message.clone()).unwrap();
    assert_eq!(again.message.body, before.body);
    let source = "function processData(m) { m.setProperty('new', [1, 1.5, 'x', {k: 12345678901234567890n}, new Map([['a', true]]), new Uint8Array([7])]);
        m.getAttachments().put('t', 'text'); return m; }";
    let output = run(source, message).unwrap().message;
    let map = |k: &str, v: Value| Value::Map([(k.to_owned(), v)].into_iter().collect());
    assert_eq!(
        output.properties["new"],
        Value::List(vec![
            Value::Int(1),
            Value::Float(1.5),
            Value::from("x"),
            map("k", Value::from("12345678901234567890")),
            map("a", Value::Bool(true)),
            Value::Bytes(Bytes::from_static(&[7])),
        ])
    );
    assert_eq!(output.attachments.len(), 2);
    assert_eq!(output.attachments[0], before.attachments[0]);
    assert_eq!(&output.attachments[1].content[..], b"text");
}

#[test]
fn the_message_log_gets_headers_and_attachments() {
    let source = "function processData(message) {
        var log = messageLogFactory.getMessageLog(message);
        if (log != null) {
            log.addCustomHeaderProperty('Order', 4711); log.setStringProperty('x', 'y');
            log.addAttachmentAsString('in', message.getBody(), 'text/xml');
        }
        return message; }";
    let output = run(source, Message::of("<a/>")).unwrap();
    assert_eq!(output.log_properties, [("x".to_owned(), "y".to_owned())]);
    assert_eq!(output.headers, [("Order".to_owned(), "4711".to_owned())]);
    assert_eq!(output.attachments.len(), 1);
    assert_eq!((output.attachments[0].name.as_str(), output.attachments[0].text.as_str()), ("in", "<a/>"));
}

#[test]
fn an_exception_subprocess_sees_the_exception() {
    let host = JavaScript::default();
    let run = |source: &str| {
        host.run(Invocation {
            path: "e.js",
            source,
            companions: &Arc::default(),
            flow: "orders",
            function: "handle",
            message: Message::default(),
            body_is_text: false,
            message_id: &MessageId::from_text("A-1"),
            exception: Some("503 from billing"),
            thrown: None,
            limits: Limits::default(),
            services: &services(),
        })
    };
    let output = run(
        "function handle(m) { var e = m.getProperty('CamelExceptionCaught'); m.setBody(e.getMessage() + '|' + e); }",
    );
    let message = output.unwrap().message;
    assert_eq!(message.text(), "503 from billing|503 from billing");
    assert_eq!(message.properties["CamelExceptionCaught"], Value::from("503 from billing"));
    let missing = run("function other() {}").unwrap_err();
    assert_eq!(
        (missing.kind, missing.code(), missing.message.as_str()),
        (ScriptErrorKind::Missing, "J0003", "e.js has no function `handle`")
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the limit is real elapsed time")]
fn limits_end_hostile_scripts() {
    let host = JavaScript::default();
    let limits = Limits { time: Duration::from_millis(300), memory: 8 << 20, stack: 256 << 10, ..Limits::default() };
    for (statements, words) in [
        ("while (true) {}", "longer than"),
        ("try { while (true) {} } catch (e) { return m }", "longer than"),
        ("while (true) { try { throw 1 } catch (e) {} }", "longer than"),
        ("/(a+)+$/.test('a'.repeat(64) + 'b')", "longer than"),
        // Which words depends on what the last bytes were asked for: an array, or the error about it.
        ("var a = []; while (true) a.push(new Array(1000).fill(1))", "memory"),
        ("var s = 'x'; while (true) s += s", ""),
        ("m.setBody('x'.repeat(100000000))", "of memory"),
        ("new Uint8Array(1e9)", ""),
        ("function f() { return f() + 1 } f()", "nested too deeply"),
        ("var s = '['.repeat(1e6); JSON.parse(s)", ""),
        ("var a = []; for (var i = 0; i < 1e4; i++) a = [a]; m.setHeader('x', a)", "nested too deeply"),
        ("eval('('.repeat(100000))", ""),
        ("new RegExp('('.repeat(100000))", ""),
        ("[].indexOf.call({length: 2**53 - 1}, 1)", "longer than"),
    ] {
        let begin = Instant::now();
        let source = format!("function processData(m) {{ {statements}; return m; }}");
        let error = call(&host, &source, Message::of("x"), limits).expect_err(statements);
        assert!(error.message.contains(words), "{statements}: {error:?}");
        assert!(begin.elapsed() < Duration::from_secs(4), "{statements}");
    }
    // The host still works, also for the same limits.
    assert!(call(&host, "function processData(m) { return m }", Message::of("x"), limits).is_ok());
    // The limit also holds while the script is loaded.
    assert_eq!(call(&host, "while (true) {}", Message::of("x"), limits).unwrap_err().kind, ScriptErrorKind::Limit);
}

#[test]
fn nothing_of_one_call_is_left_for_the_next() {
    let host = JavaScript::default();
    let source = "var n = 0; function processData(m) { n++; if (typeof leak === 'undefined') leak = 0; leak++; print = null; m.setBody(n + ',' + leak); return m }";
    for _ in 0..3 {
        let output = call(&host, source, Message::default(), Limits::default()).unwrap();
        assert_eq!(output.message.text(), "1,1");
    }
    // What a second call gives.
    for (statement, expected) in [
        ("m.setBody(typeof Math); Math = 1", "object"),
        ("m.setBody(typeof Math); M\\u0061th = 1", "object"),
        ("m.setBody(typeof Math); delete globalThis.Math", "object"),
        ("m.setBody(typeof load); load = 1", "function"),
        ("m.setBody(typeof x); x = 1", "undefined"),
        ("m.setBody(typeof x + typeof y); globalThis.x = 1; this.y = 1", "undefinedundefined"),
        ("m.setBody(typeof HashMap); importClass(java.util.HashMap)", "undefined"),
        ("m.setBody(java.lang.String.n); java.lang.String.n = 1", ""),
        ("m.setBody(console.n); console.n = 1", ""),
        (
            "m.setBody(String(m.n) + m.getProperty('n') + m.getHeaders().size()); m.n = 1; m.setProperty('n', 1)",
            "undefinednull0",
        ),
        (
            "m.setBody('' + m.getHeaders().size()); m.setHeader('n', 1); messageLogFactory.getMessageLog(m).setStringProperty('n', 1)",
            "0",
        ),
        ("m.setBody(typeof n); Promise.resolve().then(() => { n = 1 })", "undefined"),
        ("m.setBody(typeof Reflect); Reflect = null; left = 1", "object"),
        ("m.setBody(Math.n); Math.n = 1", ""),
        ("m.setBody(Math.n); Math . n ||= 1", ""),
        ("m.setBody(Math.n); var same = Math; same.n = 1", ""),
        ("m.setBody([].n); Array.prototype.n = 1", ""),
        ("m.setBody([].n); [].__proto__.n = 1", ""),
        ("m.setBody([].n); Object.getPrototypeOf([]).n = 1", ""),
        ("m.setBody([].includes(1)); Array.prototype.includes = () => true; left = 1", "false"),
        ("m.setBody(this.n); Object.defineProperty(this, 'n', { value: 1 })", ""),
        ("m.setBody(typeof n); Object.defineProperty(globalThis, 'n', { value: 1 })", "undefined"),
        (
            "m.setBody('' + Math.round(1.5) + (Math.PI === 3) + m.getHeaders().size()); m.setHeader('size', 1)",
            "2false0",
        ),
    ] {
        let host = JavaScript::default();
        let source = format!("function processData(m) {{ {statement}; return m }}");
        for _ in 0..7 {
            let output = call(&host, &source, Message::default(), limits(&host, &source)).unwrap();
            assert_eq!(output.message.text(), expected, "{statement}");
        }
    }
}

/// Ends with a limit where a header says so.
const MOODY: &str = "function deep() { return deep() + 1 }
function processData(m) {
    switch (m.getHeader('mood')) {
        case 'loop': while (true) {}
        case 'deep': deep();
        case 'memory': m.setBody('x'.repeat(3000000)); break;
        case 'lists': var all = []; while (true) all.push({});
        case 'pattern': /(a+)+$/.test('a'.repeat(64) + 'b'); break;
        case 'writes': for (var i = 0; true; i++) m.setProperty('p' + i, 'x'.repeat(1000));
        case 'null': throw null;
        default: m.setBody('fine');
    }
    return m;
}";

#[test]
#[expect(clippy::disallowed_methods, reason = "the limit is real elapsed time")]
fn a_call_that_is_not_short_after_all_ends_soon_and_spoils_nothing() {
    let host = JavaScript::default();
    for mood in ["loop", "deep", "memory", "lists", "pattern", "writes", "null"] {
        assert!(warms(&host, MOODY));
        let mut message = Message::default();
        message.headers.set("mood", mood);
        let begin = Instant::now();
        let error = call(&host, MOODY, message, Limits::default().short()).expect_err(mood);
        assert_eq!(error.kind, ScriptErrorKind::Limit, "{mood}: {error:?}");
        assert!(begin.elapsed() < Duration::from_secs(2), "{mood}");
        // The next call is made with time, on a thread of its own.
        assert!(!is_short(&host, MOODY), "{mood}");
        let output = call(&host, MOODY, Message::default(), Limits::default()).unwrap();
        assert_eq!(output.message.text(), "fine", "{mood}");
        assert!(output.message.properties.is_empty(), "{mood}");
    }
    // One that has more time is made again at once.
    assert!(warms(&host, MOODY));
    let mut message = Message::default();
    message.headers.set("mood", "memory");
    assert_eq!(call(&host, MOODY, message, Limits::default()).unwrap().message.body.len(), 3_000_000);
}

#[test]
fn what_may_keep_the_engine_busy_is_never_short() {
    for (statements, expected) in [
        ("m.setHeader('a', m.getHeader('b'))", true),
        ("var n = [1, 2].length <= 2, s = ['a'].join(), x = Array.isArray([]) || new Array()", true),
        ("m.headers['x'] = /a+/.test('aa'); m.setBody('x'.padStart(9))", true),
        ("new Array(5).join('')", false),
        ("var a = []; a.length = 5", false),
        ("var a = []; a['length'] = 5", false),
        ("var a = {length: 5}", false),
        ("var a = [], i = 5; a[i] = 1", false),
        ("var a = [1], i = 0; a[i]++", false),
        ("[].join.call(m.headers)", false),
        ("String.prototype.n = 1", false),
    ] {
        let host = JavaScript::default();
        let source = format!("function processData(m) {{ {statements}; return m }}");
        assert!(!expected || warms(&host, &source), "{statements}");
        for _ in 0..8 {
            call(&host, &source, Message::default(), Limits::default()).unwrap();
        }
        assert!(expected || !is_short(&host, &source), "{statements}");
    }
}

#[test]
fn entries_are_kept_however_many_are_written() {
    let source = "function processData(m) {
        for (var i = 0; i < 3000; i++) { m.setProperty('p' + i, i); m.setHeader('h' + i, 'x') }
        m.setProperty('p0', m.getProperty('p0') + 0.5); m.setHeader('H7', null); m.getProperties().remove('p1');
        return m }";
    let mut message = Message::default();
    message.headers.set("first", 2_i64);
    message.properties.insert("last".into(), Value::Float(3.0));
    let output = run(source, message).unwrap().message;
    assert_eq!((output.headers.len(), output.properties.len()), (3001, 3000));
    assert_eq!(output.headers.iter().nth(8), Some(("h7", &Value::Null)));
    assert_eq!(output.properties["last"], Value::Float(3.0));
    assert_eq!(output.properties["p0"], Value::Float(0.5));
    assert_eq!(output.properties["p2999"], Value::Int(2999));
}

#[test]
fn short_calls_run_at_once_on_many_threads() {
    let host = JavaScript::default();
    let source = "function processData(m) { m.setHeader('twice', m.getHeader('n') + m.getHeader('n')); return m }";
    assert!(warms(&host, source));
    let ran = std::thread::scope(|scope| {
        let caller = |thread: i64| {
            let host = &host;
            scope.spawn(move || {
                let (mut ran, mut n) = (0, thread * 1000);
                while n < thread * 1000 + 300 {
                    let mut message = Message::default();
                    message.headers.set("n", n);
                    let limits = limits(host, source);
                    match call(host, source, message, limits) {
                        Ok(output) => assert_eq!(output.message.headers.get("twice"), Some(&Value::Int(2 * n))),
                        // All contexts are in use: a runtime repeats it on a thread of its own.
                        Err(e) => assert_eq!((e.kind, limits), (ScriptErrorKind::Limit, Limits::default().short())),
                    }
                    ran += i32::from(limits != Limits::default());
                    n += 1;
                }
                ran
            })
        };
        let callers: Vec<_> = (0..6).map(caller).collect();
        callers.into_iter().map(|c| c.join().unwrap()).sum::<i32>()
    });
    assert!(ran > 100, "{ran}");
}

#[test]
fn traces_name_file_and_line() {
    let error = run("function a() { throw new Error('x') }\nfunction processData(m) {\n  a()\n}", Message::default())
        .unwrap_err();
    assert!(error.trace.contains("scripts/test.js:1:"), "{}", error.trace);
    assert!(error.trace.contains("scripts/test.js:3:"), "{}", error.trace);
    assert_eq!(error.code(), "J0001");
    for (source, place) in [
        ("function processData(m) {\n\n  m.getHeaders().get('x').y }", "scripts/test.js:3"),
        ("function processData(m) {\n  throw new java.lang.Exception('x') }", "scripts/test.js:2"),
        ("function processData(m) {\n  throw 'x' }", "scripts/test.js"),
    ] {
        let error = run(source, Message::default()).unwrap_err();
        assert_eq!(error.place.as_deref(), Some(place), "{source}: {}", error.trace);
    }
}

#[test]
fn scripts_run_in_parallel() {
    let host = JavaScript::default();
    let source = "function processData(m) { m.setBody(m.getBody() + m.getBody()); return m }";
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let host = &host;
            scope.spawn(move || {
                for i in 0..300 {
                    let output = call(host, source, Message::of(format!("{thread}-{i}.")), Limits::default()).unwrap();
                    assert_eq!(output.message.text(), format!("{thread}-{i}.{thread}-{i}."));
                }
            });
        }
    });
}

#[test]
fn mistakes_are_found_without_running() {
    for (source, line, words) in [
        ("function processData(m) { return m }", 0, ""),
        ("x = 010; with (a) {} // sloppy", 0, ""),
        ("while (true) {}", 0, ""),
        ("", 0, ""),
        ("function processData(m) {\n  var = 5;\n}", 2, "expect"),
        ("let a = 1;\nlet a = 2;", 2, "redefinition"),
        ("function f( {", 1, ""),
        ("a\0b", 1, "NUL"),
        ("})(); while (true) {} (function () {", 1, "interrupted"),
    ] {
        match check_syntax("scripts/a.js", source) {
            Ok(()) => assert_eq!(line, 0, "{source}"),
            Err((l, column, message)) => {
                assert_eq!((l, column > 0), (line, true), "{source}: {l}:{column} {message}");
                assert!(message.contains(words), "{source}: {message}");
            }
        }
    }
    let deep = "(".repeat(200_000);
    assert!(check_syntax("a.js", &deep).is_err());
    assert_eq!(check_syntax("a.js", "  var = 5;").unwrap_err().1, 7);
}

#[test]
fn the_same_services_and_objects_as_in_groovy() {
    for (statements, expected) in [
        (
            "var s = ITApiFactory.getService(PartnerDirectoryService, null); message.setBody(s.getParameter('url', 'p1', java.lang.String) + s.getPartnerId('a', 'b', 'c'))",
            "https://p1null",
        ),
        (
            "message.setBody(message.exchange.getProperty('p') + message.exchange.getIn().getHeader('Count') + message.getExchange().getContext().getName())",
            "8orders",
        ),
        (
            "importClass(javax.activation.DataHandler); message.addAttachmentObject('a', new DataHandler(new javax.mail.util.ByteArrayDataSource('text', 'a/b'))); message.setBody(message.getAttachments().get('a').getContent() + message.getAttachmentWrapperObjects().get('a').getDataHandler().getContentType())",
            "texta/b",
        ),
    ] {
        assert_eq!(body(statements), expected, "{statements}");
    }
    let mut message = Message::default();
    message.headers.set("CamelHttpResponseCode", 503_i64);
    message.properties.insert("SemelResponseBody".into(), "down".into());
    let source = "function processData(m) { var e = m.getProperty('CamelExceptionCaught'); m.setBody(e.getClass().getSimpleName() + e.getStatusCode() + e.getStatusText() + e.getResponseBody() + e.getMessage()); return m }";
    let output = JavaScript::default().run(Invocation {
        path: "e.js",
        source,
        companions: &Arc::default(),
        flow: "orders",
        function: "processData",
        message,
        body_is_text: false,
        message_id: &MessageId::from_text("A-1"),
        exception: Some("billing failed"),
        thrown: None,
        limits: Limits::default(),
        services: &services(),
    });
    assert_eq!(output.unwrap().message.text(), "AhcOperationFailedException503Service Unavailabledownbilling failed");
}
