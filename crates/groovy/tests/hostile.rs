//! Scripts that nest without end or come back to what is being changed: they end, and nothing panics.
use groovy::{Host, Interpreter, Limits, Program, text};

struct Clock;

impl Host for Clock {
    fn now_millis(&self) -> i64 {
        1_700_000_000_000
    }
    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn run(source: &str) -> String {
    let program = match Program::parse("script", source) {
        Ok(p) => p,
        Err(e) => return format!("parse {e}"),
    };
    let mut it = Interpreter::new(&program, Limits::default(), Box::new(Clock));
    it.call("f", vec![]).map_or_else(|e| e.to_string(), |v| text(&v))
}

/// What nests deeply is freed without a stack frame per level.
#[test]
fn deep_values_are_freed() {
    for (start, step) in [
        ("[]", "x = [x]"),
        ("[:]", "x = [a: x]"),
        ("1", "x = [a: x].find { true }"),
        ("1", "x = [(x): 1].entrySet()[0]"),
        ("{ it }", "x = x.curry(1)"),
        ("{ it }", "x = x.rcurry(1)"),
        ("{ it }", "x = x >> { it }"),
        ("{ it }", "x = { it } << x"),
        ("{ it }", "x = x.&call"),
        ("{ it }", "def y = x; x = { y }"),
        ("{ it }", "def y = { it }; y.delegate = x; x = y"),
        ("1", "x = x..1"),
        ("1", "x = [:].withDefault(x instanceof Integer ? { 1 } : { it }.curry(x))"),
        ("null", "def e = new Exception('e'); if (x != null) { e.initCause(x) }; x = e"),
        ("null", "x = x == null ? new Exception('e') : new RuntimeException('e', x)"),
        ("1", "x = new Node(x)"),
        ("1", "def y = x; x = new Object() { def m() { y } }"),
        ("1", "x = [x].iterator()"),
        ("1", "x = new groovy.json.JsonBuilder(x)"),
        ("new StringWriter()", "x = new groovy.xml.MarkupBuilder(x)"),
        ("1", "x = \"${[x]}\""),
        ("1", "def y = x; x = \"${-> y}\""),
        ("\"${[]}\"", "x = i % 100 ? x + \"${[i]}\" : \"${[x, i]}\""),
    ] {
        let source = format!(
            "class Node {{ def next\n Node(n) {{ next = n }} }}\ndef f() {{ def x = {start}\n for (int i = 0; i < 50000; i++) {{ {step} }}\n x = null\n 'end' }}"
        );
        // A small stack: a recursion would not survive it.
        let got = std::thread::Builder::new().stack_size(2 << 20).spawn(move || run(&source)).unwrap().join().unwrap();
        assert_eq!(got, "end", "{step}");
    }
}

/// Comparing, hashing and writing may come back to the object that is being changed.
#[test]
fn what_is_changed_may_hold_itself() {
    for (body, want) in [
        ("def l = []; l << l; l.remove([1]); l.size()", "1"),
        ("def l = []; l << l; l.remove((Object) l); l.size()", "0"),
        ("def l = [1]; l << l; l.removeAll([l]); l.size()", "1"),
        ("def l = [1]; l << l; l.retainAll([l]); l.size()", "1"),
        ("def l = [1]; l << l; l.set(0, l); l.clear(); l.size()", "0"),
        ("def l = [1]; l << l; l.addAll(l); l.size()", "4"),
        ("def l = [1, 2, 3]; l.removeIf { l.add(9); it == 2 }; l.size()", "2"),
        ("def l = [1, 2]; try { l.removeIf { throw new Exception('no') } } catch (e) { }; l.size()", "2"),
        ("def l = [3, 1, 2]; l.sort { a, b -> l.clear(); a <=> b }; l.size()", "3"),
        ("def l = [1, 2]; try { l.each { l << it } } catch (ConcurrentModificationException e) { }; l.size()", "3"),
        ("def m = [:]; m[m] = 1; m.size()", "1"),
        ("def m = [:]; m[[m]] = 1; m.remove([m]); m.put([m], 2); m.size() > 0", "true"),
        ("def m = [a: 1]; m.b = m; m == [a: 1, b: m]", "true"),
        ("def m = [a: 1]; m.each { k, v -> m.remove(k) }; m.size()", "0"),
        ("def s = [] as Set; s << s; s << [s]; s.remove([s]); s.contains(1)", "false"),
        ("def s = new TreeSet(); s << s; s << [s]; s.remove(s); s.size() >= 0", "true"),
        ("def a = [] as Set; a << a; def b = [] as Set; b << b; (a == b) in [true, false]", "true"),
        ("def b = new StringBuilder('ab'); b.replace(0, 1, b); b.toString()", "abb"),
        ("def b = new StringBuilder('ab'); b.append(b); b.insert(1, b); b.toString()", "aababbab"),
        ("def b = new ByteArrayOutputStream(); b.write(b); b.size()", "0"),
        ("def j = new groovy.json.JsonBuilder(); j.a(x: 1); j.call([b: j]); 1", "1"),
        ("new Odd().m()", "java.lang.Exception"),
        ("def l = []; l << \"a$l\"; l.toString() + l.contains(l[0]) + l.unique().size()", "[a[...]]true1"),
        ("def m = [:]; m.x = \"$m\"; \"${m.x}\".size() > 0 && m == m && m.hashCode() != 1", "true"),
        ("def s; s = \"${-> s}\"; try { s.toString() } catch (StackOverflowError e) { 'end' }", "end"),
        ("def x = [1]; 12.times { def y = x; x = (1..9).collect { \"$y\" } }; [(x): 1].size()", "1"),
    ] {
        let source = format!(
            "class Odd extends Exception {{ def o\n Odd() {{ super([this]) }}\n def m() {{ o = [this]; o.remove([1]); 'java.lang.Exception' }} }}\ndef f() {{ {body} }}"
        );
        let got = run(&source);
        assert_eq!(got, want, "{body}");
    }
}

/// Comments behind each other need no stack frame each.
#[test]
fn a_million_comments_are_skipped() {
    let source = "def f() { new groovy.json.JsonSlurper(type: groovy.json.JsonParserType.LAX).parseText('/**/' * 1000000 + '[7]')[0] }";
    let got = std::thread::Builder::new().stack_size(2 << 20).spawn(move || run(source)).unwrap().join().unwrap();
    assert_eq!(got, "7");
}
