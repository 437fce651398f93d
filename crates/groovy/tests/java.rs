//! The Java library for values: scripts with the results of the real Groovy.
use groovy::{Host, Interpreter, Limits, Program, Value, class_of, text};

struct Clock;

impl Host for Clock {
    fn now_millis(&self) -> i64 {
        1_700_000_000_000
    }
    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

const IMPORTS: &str = "import java.text.*; import java.time.*; import java.time.format.*; import java.time.temporal.*; import groovy.time.*; import java.math.*; import java.security.*; import javax.crypto.*; import javax.crypto.spec.*; import java.nio.charset.*; import java.util.concurrent.*; import java.util.concurrent.atomic.*; import java.util.stream.*; import java.util.zip.*; import java.util.regex.*; import groovy.json.*; import groovy.xml.*; ";

fn describe(v: &Value) -> String {
    let class = class_of(v);
    match v {
        Value::Int(_)
        | Value::Long(_)
        | Value::Short(_)
        | Value::Byte(_)
        | Value::Double(_)
        | Value::Float(_)
        | Value::Dec(_)
        | Value::BigInt(_) => format!("{} {}", class.rsplit('.').next().unwrap_or_default(), text(v)),
        v => text(v),
    }
}

fn run(script: &str) -> String {
    let shown = match Program::parse("java", &format!("{IMPORTS}{script}")) {
        Ok(program) => {
            let mut it = Interpreter::new(&program, Limits::default(), Box::new(Clock));
            match it.call("run", vec![]) {
                Ok(v) => describe(&v),
                Err(e) => format!("!! {}: {}", e.class, e.message.lines().next().unwrap_or("")),
            }
        }
        Err(e) => format!("!! parse: {}", e.message),
    };
    shown.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
}

/// Every line is a script and what the real Groovy gives; lines with `=/=` are known to differ.
fn check(table: &str) {
    let mut wrong = String::new();
    for line in table.lines() {
        let Some((script, want)) = line.split_once("  =>  ") else { continue };
        let got = run(script);
        if got != want.split("\\nPossible").next().unwrap_or_default() {
            wrong.push_str(&format!("{script}\n    want {want}\n    got  {got}\n"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{wrong}", wrong.lines().count() / 3);
}

#[test]
fn time() {
    check(include_str!("java/time.txt"));
}

#[test]
fn number() {
    check(include_str!("java/number.txt"));
}

#[test]
fn codec() {
    check(include_str!("java/codec.txt"));
}

#[test]
fn category() {
    check(include_str!("java/category.txt"));
}

#[test]
fn util() {
    check(include_str!("java/util.txt"));
}

/// What breakers found: patterns with flags, characters as numbers, classes in `with`, charsets, addresses.
#[test]
fn seen() {
    check(include_str!("java/seen.txt"));
}

#[test]
fn orgjson() {
    check(include_str!("java/orgjson.txt"));
}

/// Objects that hold themselves and numbers at their ends neither hang nor end the test.
#[test]
fn hostile() {
    for script in [
        "def a = new AtomicReference(); a.set([a, a, a]); \"$a\".length() < 10000",
        "def o = new org.json.JSONObject(); o.put('a', o); o.put('b', o); \"$o\"",
        "def o = new org.json.JSONObject(); o.put('a', o); o.put('b', o); o.toString()",
        "Period.of(2147483647, 2147483647, 2147483647).multipliedBy(Long.MAX_VALUE).toTotalMonths()",
        "Duration.ofDays(Long.MAX_VALUE).multipliedBy(Long.MAX_VALUE).plusDays(Long.MAX_VALUE)",
        "new GregorianCalendar(2147483647, 2147483647, 2147483647).time",
        "def c = Calendar.getInstance(); c.add(Calendar.MONTH, Integer.MAX_VALUE); c.time",
        "new Date(Long.MAX_VALUE).toString()",
        "LocalDate.of(9999, 12, 31).plusDays(Long.MAX_VALUE)",
        "Arrays.copyOf([1] as int[], Integer.MAX_VALUE)",
        "IntStream.rangeClosed(0, Integer.MAX_VALUE)",
        "new DecimalFormat('0' * 900).format(1)",
        "String.format('%99999999d', 1)",
        "new BigDecimal('1E+19000').setScale(19000)",
        "def c = Collectors.counting(); 50000.times { c = Collectors.mapping({ it }, c) }; [1].stream().collect(c)",
        "def o = Optional.of([1]); 50000.times { o = Optional.of(o) }; o.toString().length() > 0",
        "new SimpleDateFormat('yyyyMMddHHmmssSSS').parse('9' * 500)",
        "org.json.XML.toJSONObject('<a>' * 5000)",
        "new org.json.JSONArray('[' * 5000)",
    ] {
        let _ = run(script);
    }
}
