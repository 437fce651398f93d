//! Expressions with the results of the real Groovy. The set that agrees may only grow.
use groovy::{Host, Interpreter, Limits, Program, Value, class_of, text};
use std::collections::BTreeSet;

struct Clock;

impl Host for Clock {
    fn now_millis(&self) -> i64 {
        1_700_000_000_000
    }
    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// A value as the probes write it: type and text, lists and maps element by element.
fn describe(v: &Value) -> String {
    let class = class_of(v);
    let short = class.rsplit('.').next().unwrap_or("").to_string();
    match v {
        Value::Null => "null".into(),
        Value::Bool(b) => format!("Boolean {b}"),
        Value::List(l) => {
            let items: Vec<String> = l.data.borrow().iter().map(describe).collect();
            let name =
                if class.starts_with("[L") { format!("{}[", short.trim_end_matches(';')) } else { format!("{short}[") };
            format!("{name}{}]", items.join(", "))
        }
        Value::Map(m) => {
            let items: Vec<String> = m.entries().iter().map(|(k, v)| format!("{}: {}", text(k), describe(v))).collect();
            format!("{short}{{{}}}", items.join(", "))
        }
        v => {
            let t = text(v)
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n")
                .replace('\r', "\\r")
                .replace('\t', "\\t");
            match v {
                Value::Class(_) => format!("Class \"{t}\"").replace("Class \"class ", "Class \"class "),
                _ if short == "GStringImpl" => format!("GString \"{t}\""),
                Value::Entry(_) | Value::Object(_) | Value::Closure(_) => format!("{class} \"{t}\""),
                _ => format!("{short} \"{t}\""),
            }
        }
    }
}

fn outcome(code: &str) -> String {
    let program = match Program::parse("probe", &format!("def probe() {{\n return {code}\n}}")) {
        Ok(p) => p,
        Err(e) => return format!("parse {}", e.message),
    };
    let limits = Limits { steps: 1_000_000, ..Limits::default() };
    let mut it = Interpreter::new(&program, limits, Box::new(Clock));
    match it.call("probe", vec![]) {
        Ok(v) => describe(&v),
        Err(e) => format!("{} : {}", e.class, e.message),
    }
}

/// `Class "class X"` and `Class class X` are the same; tails of errors that Groovy itself does not keep stable go.
fn normal(s: &str) -> String {
    let s = s.replace("Class \"class ", "Class class ");
    let s =
        s.split(" | ").next().unwrap_or("").split('\n').next().unwrap_or("").split("\\nPossible").next().unwrap_or("");
    s.trim_end_matches('"').trim_end().to_string()
}

#[test]
fn probes() {
    let (mut agree, mut differ, mut total) = (BTreeSet::new(), String::new(), 0);
    for line in include_str!("probes.txt").lines().filter(|l| !l.is_empty()) {
        let (code, want) = match (line.rsplit_once("  !!  run "), line.rsplit_once("  =>  ")) {
            (Some((c, w)), _) | (None, Some((c, w))) => (c, w),
            _ => continue,
        };
        total += 1;
        let got = outcome(code);
        if normal(&got) == normal(want) {
            agree.insert(code.to_string());
        } else {
            differ.push_str(&format!("{code}\n    want {want}\n    got  {got}\n"));
        }
    }
    let known: BTreeSet<String> = include_str!("agree.txt").lines().map(str::to_string).collect();
    if std::env::var_os("PROBES_UPDATE").is_some() {
        let all: Vec<_> = agree.iter().cloned().collect();
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agree.txt"), all.join("\n")).unwrap();
        println!("{} of {total}\n{differ}", agree.len());
        return;
    }
    let lost: Vec<_> = known.difference(&agree).collect();
    assert!(lost.is_empty(), "no longer as the real Groovy: {lost:#?}\n{differ}");
    assert!(!known.is_empty(), "no probe is known to agree");
}

/// Whatever the source, the parser answers; whatever the script, it ends.
#[test]
fn hostile_sources_end() {
    let deep = format!("def f() {{ return {}1{} }}", "(".repeat(300), ")".repeat(300));
    let nots = format!("def f() {{ return {}1 }}", "!".repeat(100_000));
    for source in [deep.as_str(), nots.as_str(), "def f( {", "\"${", "'''", "/*", "}", "a b c {", "[1:2,3]", "\u{0}"] {
        assert!(Program::parse("hostile", source).is_err(), "{}", &source[..source.len().min(30)]);
    }
    for body in [
        "while (true) {}",
        "f()",
        "def s = 'a'; while (true) { s = s + s }",
        "def l = []; for (;;) { l = [l] }",
        "2 ** 2147483647",
        "(1..2147483647).toList()",
    ] {
        let program = Program::parse("hostile", &format!("def f() {{ {body} }}")).unwrap();
        let limits = Limits { steps: 300_000, memory: 1 << 24, ..Limits::default() };
        let mut it = Interpreter::new(&program, limits, Box::new(Clock));
        assert!(it.call("f", vec![]).is_err(), "{body}");
    }
}

/// Whole scripts: what `f()` gives.
#[test]
fn scripts() {
    let check = |source: &str, want: &str| {
        let program = Program::parse("script", source).unwrap_or_else(|e| panic!("{source}\n{e}"));
        let mut it = Interpreter::new(&program, Limits::default(), Box::new(Clock));
        let got = it.call("f", vec![]).map_or_else(|e| e.to_string(), |v| text(&v));
        assert_eq!(got, want, "{source}");
    };
    check("import groovy.transform.Field\n@Field int n = 1\ndef f() { n += 2; n }", "3");
    check(
        "class P { String name; int age = 3\n P(String n) { name = n }\n def hi() { \"hi $name ${age}\" } }\ndef f() { new P('x').hi() }",
        "hi x 3",
    );
    check(
        "class A { def m() { 'a' } }\nclass B extends A { def m() { super.m() + 'b' } }\ndef f() { new B().m() }",
        "ab",
    );
    check("class S { static int c = 0\n static int up() { return ++c } }\ndef f() { S.up(); S.up() }", "2");
    check("enum E { X, Y }\ndef f() { E.values()*.name().join(',') }", "X,Y");
    check(
        "def f() { outer: for (i in 1..3) { for (j in 1..3) { if (j == 2) continue outer; if (i == 3) break outer } }\n return 'done' }",
        "done",
    );
    check("def g(a, b = 2, String... c) { \"$a$b${c.size()}\" }\ndef f() { g(1) }", "120");
    check("def f() {\n throw new IllegalStateException('no')\n}", "java.lang.IllegalStateException: no (line 2)");
    check(
        "def f() {\n def x = null\n try { x.y } catch (Exception e) { return e.getMessage() } finally { x = 1 }\n}",
        "Cannot get property 'y' on null object",
    );
    check(
        "import a.b.C\nString f() { def m = [a: 1]\n m.b = m.a + 1\n m.collect { k, v -> k + v }.join('|') }",
        "a1|b2",
    );
    check("def f() { def fact\n fact = { n -> n < 2 ? 1 : n * fact(n - 1) }\n fact(10) }", "3628800");
    check("def f() { int i = 0\n while (true) { if (i++ > 3) break }\n i }", "5");
}
