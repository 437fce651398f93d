//! Any text as a Groovy script: it is read, what is read runs with tight limits, and its exception can be shown.

use groovy::{Host, Interpreter, Limits, MapKind, MapObj, Program, Value, text};

struct Quiet;

impl Host for Quiet {
    fn now_millis(&self) -> i64 {
        1_700_000_000_000
    }
    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
    fn binding(&self, name: &str) -> Option<Value> {
        (name == "message").then(message)
    }
}

fn message() -> Value {
    let m = MapObj::new(MapKind::Hash);
    m.put(Value::str("body"), Value::str("<a><b c='d'>1</b></a>"));
    m.put(Value::str("json"), Value::str("{\"a\": [1, 2.5, \"x\"]}"));
    Value::Map(m)
}

/// Reads and runs a script: what stands outside functions, then `processData`.
pub fn run(data: &[u8]) {
    let Ok(source) = std::str::from_utf8(data) else { return };
    let Ok(program) = Program::parse("fuzz", source) else { return };
    // The sanitizer makes stack frames large, and the interpreter goes by what it is given.
    let run = move || {
        let limits = Limits { steps: 20_000, memory: 2 << 20, call_depth: 60, stack: 24 << 20 };
        let mut it = Interpreter::new(&program, limits, Box::new(Quiet));
        for (function, args) in [("run", vec![]), ("processData", vec![message()])] {
            match it.call(function, args) {
                Ok(v) => {
                    let _ = it.text_of(&v);
                    let _ = text(&v);
                }
                Err(e) => {
                    let _ = e.to_string();
                }
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run);
    assert!(thread.is_ok_and(|t| t.join().is_ok()), "a script ends with a value or an exception");
}
