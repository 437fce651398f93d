//! How long a call of a script takes: `cargo run --release -p groovy --example speed`.
#![expect(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used, reason = "it measures and shows")]
use groovy::{Host, Interpreter, Limits, MapKind, MapObj, Program, Value};
use std::time::Instant;

struct Quiet;

impl Host for Quiet {
    fn now_millis(&self) -> i64 {
        0
    }
    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(1);
    }
}

const HEADER: &str = "import com.example.Message\nimport java.util.HashMap\n
def Message processData(message) {\n    def id = message.get('id')\n    message.put('Reference', \"A-${id}\".toString())\n    return message\n}\n";

/// A function of a hundred lines that works on a list.
fn long() -> String {
    let mut s =
        String::from("def processData(message) {\n    def rows = (1..20).collect { [id: it, name: \"n$it\"] }\n");
    for i in 0..95 {
        s.push_str(&format!("    def v{i} = rows.findAll {{ it.id % {} == 0 }}*.name.join(',')\n", i % 7 + 1));
    }
    s + "    message.put('x', v1)\n    return message\n}\n"
}

/// The mean time of so many calls, each on a fresh interpreter, in microseconds.
fn calls(program: &Program, n: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..n {
        let m = MapObj::new(MapKind::Hash);
        m.put(Value::str("id"), Value::str("17"));
        let mut it = Interpreter::new(program, Limits { stack: 4 << 20, ..Limits::default() }, Box::new(Quiet));
        it.call("processData", vec![Value::Map(m)]).unwrap();
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(n)
}

fn main() {
    let header = Program::parse("header", HEADER).unwrap();
    calls(&header, 1000);
    println!("a script that sets a header: {:.2} us a call", calls(&header, 100_000));
    let source = long();
    let start = Instant::now();
    let program = Program::parse("long", &source).unwrap();
    let parsed = start.elapsed();
    println!(
        "a hundred lines: parsed in {:.2} ms, first call {:.2} ms",
        parsed.as_secs_f64() * 1e3,
        calls(&program, 1) / 1e3
    );
    let loops = "def processData(m) { def s = 0; for (int i = 0; i < 1000000; i++) { s += i % 7 }; m.put('s', s) }";
    println!("a million rounds of a loop: {:.0} ms", calls(&Program::parse("loop", loops).unwrap(), 1) / 1e3);
    let closures = "def processData(m) { def s = 0; (1..300000).each { s += it % 7 }; m.put('s', s) }";
    println!("300,000 closure calls: {:.0} ms", calls(&Program::parse("closures", closures).unwrap(), 1) / 1e3);
    let text = "def processData(m) { def b = new StringBuilder(); 100000.times { b << 'line ' << it << '\\n' }; m.put('n', b.toString().readLines().collect { it.split(' ')[1] as int }.sum()) }";
    println!("100,000 lines of text: {:.0} ms", calls(&Program::parse("text", text).unwrap(), 1) / 1e3);
}
