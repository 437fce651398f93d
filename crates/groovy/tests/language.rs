//! Scripts with the results of the real Groovy 2.4: the language, its own methods on Java's classes, its errors.
//!
//! `cases/*.txt` holds scripts divided by `---`, each with its answer after `=> `: simple class name and text, or the
//! exception. `LANGUAGE_REPORT=1` prints what differs instead of failing.
use groovy::{Host, Interpreter, Limits, Program, Value, class_of, text};
use std::cell::RefCell;
use std::rc::Rc;

struct World(Rc<RefCell<String>>);

impl Host for World {
    fn now_millis(&self) -> i64 {
        1_700_000_000_000
    }
    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
    fn print(&self, text: &str) {
        self.0.borrow_mut().push_str(text);
    }
}

fn escaped(s: &str) -> String {
    s.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
}

/// Class names as the cases have them.
fn simple(class: &str) -> String {
    match class.strip_prefix('[') {
        None => class.rsplit('.').next().unwrap_or("").to_string(),
        Some(rest) if rest.starts_with('[') => format!("{}[]", simple(rest)),
        Some("B") => "byte[]".into(),
        Some("I") => "int[]".into(),
        Some("J") => "long[]".into(),
        Some("C") => "char[]".into(),
        Some("D") => "double[]".into(),
        Some("F") => "float[]".into(),
        Some("Z") => "boolean[]".into(),
        Some("S") => "short[]".into(),
        Some(rest) => format!("{}[]", simple(rest.trim_start_matches('L').trim_end_matches(';'))),
    }
}

fn outcome(code: &str) -> String {
    let program = match Program::parse("case", code) {
        Ok(p) => p,
        Err(e) => return format!("COMPILE {}: {}", e.line, e.message),
    };
    let printed = Rc::new(RefCell::new(String::new()));
    let limits = Limits { steps: 5_000_000, stack: 6 << 20, ..Limits::default() };
    let mut it = Interpreter::new(&program, limits, Box::new(World(printed.clone())));
    let mut r = match it.call("run", vec![]) {
        Ok(Value::Null) => "null".into(),
        Ok(Value::Class(c)) => format!("Class {c}"),
        Ok(v) => {
            let t = it.text_of(&v).unwrap_or_else(|e| format!("no text: {e}"));
            format!("{} {}", simple(&class_of(&v)), escaped(&t))
        }
        Err(e) => format!("{}: {}", e.class, escaped(&e.message)),
    };
    if !printed.borrow().is_empty() {
        r.push_str(&format!(" | {}", escaped(&printed.borrow())));
    }
    let _ = text;
    r
}

/// Without what the real Groovy does not keep stable either.
fn normal(s: &str) -> String {
    let s = s.split("\\nPossible solutions").next().unwrap_or("").trim_end();
    // Hash codes of objects.
    let mut out = String::new();
    let mut rest = s;
    while let Some((a, b)) = rest.split_once('@') {
        out.push_str(a);
        out.push('@');
        rest = b.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    out + rest
}

#[test]
fn as_the_real_groovy() {
    let report = std::env::var_os("LANGUAGE_REPORT");
    let (mut total, mut wrong) = (0, String::new());
    let dir = report.as_ref().filter(|r| r.to_string_lossy().contains('/')).map_or_else(
        || concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases").into(),
        |r| r.to_string_lossy().to_string(),
    );
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "txt")) {
        let cases = std::fs::read_to_string(file).unwrap();
        for case in cases.split("\n---\n") {
            let Some((code, want)) = case.rsplit_once("\n=> ") else { continue };
            total += 1;
            let code = code.to_string();
            let shown = code.clone();
            let got = std::thread::Builder::new()
                .stack_size(8 << 20)
                .spawn(move || outcome(&code))
                .unwrap()
                .join()
                .unwrap_or_else(|_| "PANIC".into());
            let compiles = |s: &str| s.starts_with("COMPILE");
            if normal(&got) != normal(want.trim_end()) && !(compiles(&got) && compiles(want)) {
                wrong.push_str(&format!("{}\n  want {want}\n  got  {got}\n\n", shown.trim_end()));
            }
        }
    }
    if report.is_some() {
        println!("{wrong}{} of {total} differ", wrong.matches("\n  want ").count());
        return;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(total > 100, "the cases are missing");
}
