//! XML in scripts, with the results of the real Groovy: `xml.txt` has a script per line and its result below.
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

const IMPORTS: &str = "import groovy.xml.*\nimport groovy.util.slurpersupport.*\nimport javax.xml.parsers.*\nimport javax.xml.xpath.*\nimport javax.xml.transform.*\nimport javax.xml.transform.dom.*\nimport javax.xml.transform.stream.*\nimport org.w3c.dom.*\nimport org.xml.sax.InputSource\n";

fn run(body: &str) -> String {
    let program = match Program::parse("script", &format!("{IMPORTS}def f() {{ {body}\n }}")) {
        Ok(p) => p,
        Err(e) => return format!("parse {e}"),
    };
    let mut it = Interpreter::new(&program, Limits::default(), Box::new(Clock));
    match it.call("f", vec![]) {
        Ok(v) => text(&v),
        Err(e) => format!("!! {}: {}", e.class, e.message.lines().next().unwrap_or("")),
    }
}

/// One line; what differs from run to run is levelled.
fn line(s: &str) -> String {
    let s = s.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
    let mut out = String::new();
    let mut rest = s.as_str();
    while let Some(i) = rest.find('@') {
        let (head, tail) = rest.split_at(i + 1);
        out.push_str(head);
        let hex = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_hexdigit()).len();
        rest = if (5..=8).contains(&hex) {
            out.push('1');
            &tail[hex..]
        } else {
            tail
        };
    }
    out + rest
}

#[test]
fn as_the_real_groovy() {
    let all: Vec<&str> = include_str!("xml.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    let mut wrong = String::new();
    let (mut right, mut total) = (0, 0);
    for pair in all.chunks(2) {
        let (script, want) = (pair[0], pair[1].strip_prefix("=> ").expect("a result"));
        total += 1;
        let got = line(&run(script));
        if got == want {
            right += 1;
        } else {
            wrong.push_str(&format!("{script}\n    want {want}\n    got  {got}\n"));
        }
    }
    assert!(wrong.is_empty(), "{right} of {total}\n{wrong}");
}
