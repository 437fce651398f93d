//! What is no script: the place and the words of the error; and what must be read as a script.
#![expect(clippy::panic, reason = "helpers of tests")]
use groovy::{Host, Interpreter, Limits, Program, text};

struct Quiet;

impl Host for Quiet {
    fn now_millis(&self) -> i64 {
        0
    }
    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(1);
    }
}

/// Line, column and a part of the message.
fn broken(source: &str, line: u32, col: u32, message: &str) {
    let Err(e) = Program::parse("broken", source) else { panic!("this parses: {source}") };
    assert!(
        (e.line, e.col) == (line, col) && e.message.contains(message),
        "{source}\n{e}\nwant {line}:{col} {message}"
    );
    assert!(e.snippet.ends_with('^'), "{e}");
}

#[test]
fn errors_say_where_and_what() {
    broken("def x = (1 + 2", 1, 9, "this '(' is never closed");
    broken("def f() {\n  1\n", 1, 9, "this '{' is never closed");
    broken("def x = [1, 2", 1, 9, "this '[' is never closed");
    broken("def x = 1)\n", 1, 10, "')' closes nothing");
    broken("def x = [1, 2)\n", 1, 14, "')' does not close the '['");
    broken("def x = 'abc\n", 1, 9, "this string is not closed on its line");
    broken("def x = \"abc ${x\n", 2, 1, "'}' is missing");
    broken("def x = '''abc\n", 1, 9, "this string is never closed");
    broken("/* abc", 1, 1, "this comment is never closed");
    broken("def x = \"a $ b\"", 1, 12, "'$' must be followed by a name");
    broken("def x = 'a\\qb'", 1, 11, "'\\q' is not an escape");
    broken("def x = 1 +\n", 2, 1, "expected an expression, found the end");
    broken("if (x {\n}", 1, 4, "this '(' is never closed");
    broken("if x > 1 { }", 1, 4, "expected '('");
    broken("for (i in ) { }", 1, 11, "expected an expression, found ')'");
    broken("try { x() }", 1, 12, "'try' needs a 'catch' or a 'finally'");
    broken("switch (x) { 1: 2 }", 1, 14, "expected 'case' or 'default'");
    broken("def f( { }", 1, 6, "this '(' is never closed");
    broken("class { }", 1, 1, "found 'class'");
    broken("class A { 1 + 2 }", 1, 11, "expected a field or a method");
    broken("1 = 2", 1, 3, "only a variable, a property or an element can be assigned to");
    broken("def x = new ()", 1, 13, "expected a class after 'new'");
    broken("return 1 2", 1, 10, "a statement ends with its line or with ';'");
    broken("def x = 5 #\n", 1, 11, "'#' has no meaning here");
    broken("x.\n", 2, 1, "expected the name of a member");
    broken("def m = [a: 1, 2]\n", 2, 1, "a list and a map are mixed");
    broken("import java.util.\n1", 2, 1, "expected a name");
    broken("\tdef x = )", 1, 10, "')' closes nothing");
}

/// What the script gives.
fn runs(source: &str, want: &str) {
    let program = Program::parse("script", source).unwrap_or_else(|e| panic!("{source}\n{e}"));
    let mut it = Interpreter::new(&program, Limits { stack: 1 << 20, ..Limits::default() }, Box::new(Quiet));
    let got = it.call("run", vec![]).map_or_else(|e| e.to_string(), |v| text(&v));
    assert_eq!(got, want, "{source}");
}

#[test]
fn every_way_to_write_it() {
    for (source, want) in [
        ("def x = 1\r\ndef y = 2\r\nx + y\r\n", "3"),
        ("\u{feff}def x = 1\n\tx", "1"),
        ("#!/usr/bin/env groovy\n5", "5"),
        (";;def x = 1;;; x;", "1"),
        ("def x = 1 +\n 2 +\n 3\nx", "6"),
        ("def x = [1, 2]\n  .collect { it * 2 }\n  .findAll { it > 2 }\nx", "[4]"),
        ("def x = [1, 2]\n  ?.size()\nx", "2"),
        ("def x = true\n ? 1\n : 2\nx", "1"),
        ("def x = null\n ?: 5\nx", "5"),
        ("def x = true &&\n false ||\n true\nx", "true"),
        ("/** doc */ def /* a */ f( /* b */ x /* c */ ) /* d */ { // e\n x // f\n}\n/* g */ f(3) // h", "3"),
        ("@Deprecated @SuppressWarnings('x') def f(@Foo(a = 1) int x) throws Exception, Error { x }\nf(2)", "2"),
        ("List<Map<String, List<Integer>>> x = [[a: [1]]]\nx[0].a[0]", "1"),
        ("def <T> T f(T x) { x }\nf(4)", "4"),
        ("Map<String, ?> m = [:]\nm.size()", "0"),
        ("final String s = 'a', t = 'b'\ns + t", "ab"),
        ("def (a, b) = [1, 2]\na + b", "3"),
        ("if (true) { 1 }\nelse { 2 }", "1"),
        ("if (false)\n 1\nelse if (true)\n 2\nelse\n 3", "2"),
        ("def f = {\n a,\n b ->\n a + b\n}\nf(1, 2)", "3"),
        ("def f(Closure c) { c() }\nf {\n 7\n}", "7"),
        ("def m = [\n a: 1,\n 'b': 2,\n (1 + 2): 3,\n]\nm.size()", "3"),
        ("def l = [\n 1,\n 2,\n]\nl", "[1, 2]"),
        ("def s = \"\"\"a\n${1 +\n1}\nb\"\"\"\ns", "a\n2\nb"),
        ("def s = 'a\\\nb'\ns", "ab"),
        ("def x = /a\\/b/\nx", "a/b"),
        ("def x = 10 / 2 / 5\nx", "1"),
        ("def a = 4, b = 2\ndef x = a /b\nx", "2"),
        ("def s = '\\u0041\\t|'\ns", "A\t|"),
        ("int[] a = [1, 2]\na.length", "2"),
        ("def a = new String[2]\na[0] = 'x'\na[0]", "x"),
        ("def x = (String) 5\nx.length()", "1"),
        ("def x = 5 as String\nx", "5"),
        ("String f() {\n return 'x'\n}\nf()", "x"),
        ("def f() {\n return\n}\nf()", "null"),
        ("while (false) ;\n1", "1"),
        ("for (int i = 0; i < 3; i++);\n2", "2"),
        ("synchronized (this) { 3 }", "3"),
        ("label:\nfor (i in 1..3) { if (i == 2) break label }\n1", "1"),
        ("import java.util.*\nimport static java.lang.Math.max\nmax(1, 2)", "2"),
        ("package a.b.c\n1", "1"),
        ("def x = [class: 1, if: 2]\nx.if", "2"),
        ("def x = [1, 2, 3][1]\nx", "2"),
        ("def map = [a: [b: [c: 5]]]\nmap.a.b.c", "5"),
        ("def x = -2 ** 2\nx", "-4"),
        ("def x = !true || true\nx", "true"),
        ("def x = 1 <=> 2\nx", "-1"),
        ("def x = 5 in [5] && !(6 in [5])\nx", "true"),
        ("def f(x, y = 2) { x * y }\nf 3", "6"),
        ("def x = { it }.call 5\nx", "5"),
        ("1\n-1", "-1"),
        ("def x = 3\n++x\nx", "4"),
    ] {
        runs(source, want);
    }
}

/// Sources without measure are answered, quickly and without a crash.
#[test]
fn hostile_sources() {
    let nested = |open: &str, close: &str, n: usize| format!("def x = {}1{}", open.repeat(n), close.repeat(n));
    let sources = [
        nested("(", ")", 100_000),
        nested("[", "]", 100_000),
        nested("{ -> ", "}", 100_000),
        "{".repeat(100_000),
        "if (1) ".repeat(20_000),
        "\"${".repeat(10_000),
        format!("def x = {}", "!".repeat(1 << 20)),
        format!("def x = {}1", "1 + ".repeat(1 << 17)),
        format!("def x = a{}", ".b".repeat(1 << 17)),
        format!("def x = a{}", "[0]".repeat(1 << 17)),
        format!("def x = {}", "a ? b : ".repeat(50_000)),
        format!("def x = {}", "a ?: ".repeat(50_000)),
        format!("def x = {}1", "a = ".repeat(50_000)),
        format!("def x = {}", "(int) ".repeat(50_000)),
        format!("def x = {}", "- ".repeat(50_000)),
        "class A { ".repeat(20_000),
        "/".repeat(1 << 18),
        "'".repeat(1 << 18),
        "@A ".repeat(100_000),
        "a b ".repeat(100_000),
        "x = 1\n".repeat(60_000),
        (0..5000).map(|i| format!("class C{i} extends C{} {{ }}\n", i + 1)).collect(),
        "class A extends B { }\nclass B extends A { }\nnew A()".into(),
    ];
    for source in sources {
        let shown: String = source.chars().take(40).collect();
        let answer = std::thread::Builder::new().stack_size(8 << 20).spawn(move || {
            if let Ok(p) = Program::parse("hostile", &source) {
                let limits = Limits { steps: 200_000, stack: 4 << 20, ..Limits::default() };
                let mut it = Interpreter::new(&p, limits, Box::new(Quiet));
                let _ = it.call("run", vec![]);
            }
        });
        answer.unwrap().join().unwrap_or_else(|_| panic!("no answer: {shown}"));
    }
}

/// Values without measure, too.
#[test]
fn hostile_values() {
    for body in [
        "def l = []; 30.times { l = [l, l] }; l.toString().size()",
        "def l = []; 30.times { l = [l, l] }; l == l.clone()",
        "def l = []; def k = []; 30.times { l = [l, l]; k = [k, k] }; l == k",
        "def l = []; 30.times { l = [l, l] }; l.hashCode()",
        "def l = []; 30.times { l = [l, l] }; l.flatten().size()",
        "def l = []; 30.times { l = [a: l, b: l] }; l.toString().size()",
        "def l = []; 30.times { l = [a: l, b: l] }; \"$l\".size()",
        "def l = []; l << l << l; l.toString().size() + l.hashCode()",
        "def l = []; l << l << l; l == [l, l]",
        "def l = []; 30.times { l = [l, l] }; groovy.json.JsonOutput.toJson(l)",
        "def m = new TreeMap(); [1, 'a', 2.5, null, true, [1], [a: 1], 'b', 3L, 1.0d].each { m[it] = 1 }; m.size()",
        "[3, 'a', 1, null, 2.5, [1], true, 'b'].sort { it.toString() }",
        "def r = new Random(); (1..500).toList().sort { a, b -> a % 3 <=> b % 5 }.size()",
        "('a' * 30) ==~ /(a+)+b/",
        "('a' * 5000).replaceAll(/(a|aa)+$/, 'x').size()",
        "('x' * 100000) =~ /(.*)*y/ ? 1 : 2",
        "def s = ''; 100000.times { s += 'abcdefgh' }; s.size()",
        "def s = 'x'; 60.times { s = s + s }; s.size()",
        "(1..9).toList().permutations().size()",
        "((1..30).toList().collect { [1, 2] }).combinations().size()",
        "(1..30).toList().subsequences().size()",
        "'%2147483647d'.formatted(1)",
        "String.format('%999999999.999999999f', 1.0).size()",
        "'a'.padLeft(2147483647)",
        "new int[2147483647]",
        "new int[100000][100000]",
        "def l = []; l[2147483647] = 1",
        "(0.1 - 1..501e3082).size()",
        "[1] * 2147483647",
        "'ab' * 2147483647",
        "evaluate('evaluate(\"1\")')",
        "def f = { -> }; 5000.times { f = f >> { it } }; f()",
        "def f; f = { f() }; f()",
        "def x = [:]; x.a = x; x.toString() + x.hashCode()",
        "def x = [:].withDefault { k -> k }; (1..100000).each { x[it] }; x.size()",
        "1.upto(2147483647) { }",
        "for (i in 1..2147483647) { }",
        "def s = new StringBuilder(); while (true) { s << 'abcdefghijklmnop' }",
        "def l = []; while (true) { l << new Object() }",
        "class A { def a }; def x = new A(); 10000.times { x = new A(a: x) }; x.toString().size()",
        "String.metaClass.foo = { -> foo() }; 'a'.foo()",
        "Object.metaClass.toString = { -> \"${delegate}\" }; 5.toString()",
    ] {
        let source = body.to_string();
        let answer = std::thread::Builder::new().stack_size(8 << 20).spawn(move || {
            let p = Program::parse("hostile", &source).map_err(|e| e.to_string())?;
            let limits = Limits { steps: 2_000_000, memory: 32 << 20, stack: 5 << 20, ..Limits::default() };
            let mut it = Interpreter::new(&p, limits, Box::new(Quiet));
            let _ = it.call("run", vec![]);
            Ok::<_, String>(())
        });
        answer.unwrap().join().unwrap_or_else(|_| panic!("no answer: {body}")).unwrap();
    }
}

/// Functions, methods and closures that call themselves: deep enough for scripts, and an exception where it ends.
#[test]
fn deep_calls() {
    for source in [
        "def f(n) { n == 0 ? 0 : 1 + f(n - 1) }\nf(DEPTH)",
        "def f\nf = { n -> n == 0 ? 0 : 1 + f(n - 1) }\nf(DEPTH)",
        "class A { int g(int n) { if (n > 0) { try { return 1 + this.g(n - 1) } finally { } }; 0 } }\nnew A().g(DEPTH)",
    ] {
        let run = |depth: u32| {
            let program = Program::parse("deep", &source.replace("DEPTH", &depth.to_string())).unwrap();
            let limits = Limits { stack: 8 << 20, call_depth: 2000, ..Limits::default() };
            let thread = std::thread::Builder::new().stack_size(10 << 20).spawn(move || {
                let mut it = Interpreter::new(&program, limits, Box::new(Quiet));
                it.call("run", vec![]).map_or_else(|e| e.class, |v| text(&v))
            });
            thread.unwrap().join().unwrap()
        };
        assert_eq!(run(400), "400", "{source}");
        assert_eq!(run(1_000_000), "java.lang.StackOverflowError", "{source}");
    }
}
