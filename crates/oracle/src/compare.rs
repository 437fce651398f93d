//! Whether two outcomes agree, and if not, why in a word that groups.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::{Failure, Outcome, Shown};

/// How two outcomes compare, best first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The same.
    Agree,
    /// The same but for blanks and line ends.
    Blanks,
    /// The same class of exception with another text.
    Wording(Difference),
    /// Not the same.
    Differ(Difference),
}

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The reason without what is particular to the script: for counting.
    pub reason: String,
    /// What the real Groovy has.
    pub want: String,
    /// What ours has.
    pub got: String,
}

#[expect(clippy::unwrap_used, reason = "constant patterns")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

static HASH: LazyLock<Regex> = LazyLock::new(|| pattern(r"([\w$\];])@[0-9a-f]{1,8}\b"));
static UUID: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\b"));
static VARIES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"new (java\.util\.)?(Date|GregorianCalendar|Random|SecureRandom)\s*\(|\bnow\s*\(|\.now\b|currentTimeMillis|nanoTime|[Rr]andom|Calendar\.(getInstance|instance)|hashCode|getInstance\(\)",
    )
});
static DIGITS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\d+|\b(Mon|Tues?|Wed(nes)?|Thu(rs)?|Fri|Sat(ur)?|Sun)(day)?\b|\b(Jan(uary)?|Feb(ruary)?|Mar(ch)?|Apr(il)?|May|June?|July?|Aug(ust)?|Sep(tember)?|Oct(ober)?|Nov(ember)?|Dec(ember)?)\b|\b[AP]M\b",
    )
});
/// What Groovy suggests has no stable order.
static ADVICE: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?:\n|\\n)?Possible solutions: [^\n"]*"#));
static BLANKS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s+"));
static QUOTED: LazyLock<Regex> = LazyLock::new(|| pattern(r#""[^"]*"|'[^']*'|`[^`]*`"#));
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d+"));
static METHOD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"No signature of method: (static )?([\w.$\[;]+)\.([\w$<>]+)\(\) is applicable for argument types: \(([^)]*)\)",
    )
});
static PROPERTY: LazyLock<Regex> = LazyLock::new(|| pattern(r"No such property: (\S+) for class: ([\w.$]+)"));
static CLASS: LazyLock<Regex> = LazyLock::new(|| pattern(r"unable to resolve class:? ([\w.$]+)"));

/// Texts of errors up to where Java and Groovy do not keep them stable.
fn first_line(message: Option<&str>) -> String {
    let text = message.unwrap_or_default();
    let text = text.split("Possible solutions").next().unwrap_or_default();
    let text = HASH.replace_all(text.lines().next().unwrap_or_default(), "$1@hash");
    text.trim_end().to_owned()
}

fn equal(want: &str, got: &str, varies: bool) -> Option<Verdict> {
    let clean = |s: &str| {
        let s = HASH.replace_all(s, "$1@hash");
        let s = ADVICE.replace_all(&s, "").into_owned();
        let s = UUID.replace_all(&s, "uuid").replace("\r\n", "\n");
        if varies { DIGITS.replace_all(&s, "#").into_owned() } else { s }
    };
    if want == got {
        return Some(Verdict::Agree);
    }
    let (want, got) = (clean(want), clean(got));
    if want == got {
        return Some(Verdict::Agree);
    }
    let blank = |s: &str| BLANKS.replace_all(s, "").into_owned();
    (blank(&want) == blank(&got)).then_some(Verdict::Blanks)
}

fn difference(reason: impl Into<String>, want: impl Into<String>, got: impl Into<String>) -> Verdict {
    Verdict::Differ(Difference { reason: reason.into(), want: want.into(), got: got.into() })
}

fn short(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or(class)
}

/// An exception without what is particular to the script; missing methods, properties and classes keep their names.
pub(crate) fn general(failure: &Failure) -> String {
    let message = first_line(failure.message.as_deref());
    if let Some(c) = METHOD.captures(&message) {
        let types: Vec<&str> = c[4].split(", ").map(|t| short(t.trim())).collect();
        return format!(
            "no method {}{}.{}({})",
            c.get(1).map_or("", |m| m.as_str()),
            short(&c[2]),
            &c[3],
            types.join(", ")
        );
    }
    if let Some(c) = PROPERTY.captures(&message) {
        return format!("no property {} of {}", &c[1], short(&c[2]));
    }
    if let Some(c) = CLASS.captures(&message) {
        return format!("no class {}", &c[1]);
    }
    let text = QUOTED.replace_all(&message, "…");
    let text = NUMBER.replace_all(&text, "N");
    let text: String = text.chars().take(110).collect();
    format!("{}: {text}", short(&failure.class))
}

fn line(failure: &Failure) -> String {
    format!("{}: {} (line {})", failure.class, first_line(failure.message.as_deref()), failure.line)
}

/// Compares an outcome of the real Groovy with one of ours.
#[must_use]
pub fn compare(source: &str, real: &Outcome, ours: &Outcome) -> Verdict {
    let varies = VARIES.is_match(source);
    let none = Failure::default();
    let (real_error, our_error) = (real.error.as_ref().unwrap_or(&none), ours.error.as_ref().unwrap_or(&none));
    match (real.phase.as_str(), ours.phase.as_str()) {
        ("ok", "ok") => left(real, ours, varies),
        ("threw", "threw") => threw(real_error, our_error, varies),
        ("ok", "threw") => difference(format!("ours threw: {}", general(our_error)), "ok", line(our_error)),
        ("threw", "ok") => difference(format!("ours did not throw: {}", general(real_error)), line(real_error), "ok"),
        ("threw", "limit")
            if real_error.class.ends_with("StackOverflowError") || real_error.class.ends_with("OutOfMemoryError") =>
        {
            Verdict::Agree
        }
        ("timeout", "limit") => Verdict::Agree,
        (a, b) => difference(
            format!("{a} there, {b} here: {}", general(if b == "ok" { real_error } else { our_error })),
            format!("{a} {}", line(real_error)),
            format!("{b} {}", line(our_error)),
        ),
    }
}

fn threw(real: &Failure, ours: &Failure, varies: bool) -> Verdict {
    // An exception without a text shows its class as text here.
    let want = first_line(real.message.as_deref());
    let want = if want.is_empty() || want == "null" { real.class.clone() } else { want };
    let got = first_line(ours.message.as_deref());
    let class = ours.class.is_empty() || ours.class == real.class;
    match equal(&want, &got, varies) {
        Some(verdict) if class => verdict,
        None if class => match threw_otherwise(real, ours) {
            Verdict::Differ(d) => Verdict::Wording(d),
            other => other,
        },
        _ => threw_otherwise(real, ours),
    }
}

fn threw_otherwise(real: &Failure, ours: &Failure) -> Verdict {
    difference(format!("threw otherwise: {} / {}", general(real), general(ours)), line(real), line(ours))
}

fn left(real: &Outcome, ours: &Outcome, varies: bool) -> Verdict {
    let mut worst = text("body", &real.body, &ours.body, varies);
    worst = worst.max(table("header", &real.headers, &ours.headers, varies));
    worst = worst.max(table("property", &real.properties, &ours.properties, varies));
    let strip = |o: &Outcome| -> BTreeMap<String, Shown> {
        let shown =
            |(media, text): &(String, String)| Shown { kind: String::new(), text: Some(format!("{media}\n{text}")) };
        o.attachments.iter().map(|(n, a)| (n.clone(), shown(a))).collect()
    };
    worst = worst.max(table("attachment", &strip(real), &strip(ours), varies));
    let list = |o: &Outcome| -> BTreeMap<String, Shown> {
        // SAP's log shows nothing for null; ours may write the word.
        let word = |s: &Option<String>| s.clone().filter(|s| s != "null").unwrap_or_default();
        let headers = o.log_headers.iter().map(|(n, v)| format!("{}={}", word(n), word(v)));
        let attachments = o.log_attachments.iter().map(|(n, m, t)| format!("{} ({})\n{}", word(n), word(m), word(t)));
        let entry = |(i, t)| (format!("{i:04}"), Shown { kind: String::new(), text: Some(t) });
        headers.chain(attachments).enumerate().map(entry).collect()
    };
    worst.max(table("log entry", &list(real), &list(ours), varies))
}

fn text(what: &str, real: &Shown, ours: &Shown, varies: bool) -> Verdict {
    let (want, got) = (real.text.as_deref().unwrap_or_default(), ours.text.as_deref().unwrap_or_default());
    let number = matches!(real.kind.as_str(), "java.lang.Double" | "java.lang.Float");
    if number && want.parse::<f64>().is_ok() && want.parse::<f64>() == got.parse::<f64>() {
        return Verdict::Agree;
    }
    equal(want, got, varies).unwrap_or_else(|| {
        difference(format!("{what} differs ({})", short(&real.kind)), want.to_owned(), got.to_owned())
    })
}

fn table(what: &str, real: &BTreeMap<String, Shown>, ours: &BTreeMap<String, Shown>, varies: bool) -> Verdict {
    let lower = |map: &BTreeMap<String, Shown>| -> BTreeMap<String, Shown> {
        let key = |n: &str| if what == "header" { n.to_ascii_lowercase() } else { n.to_owned() };
        map.iter()
            .filter(|(n, _)| *n != "CamelExceptionCaught" && !n.starts_with("SAP_"))
            .map(|(n, v)| (key(n), v.clone()))
            .collect()
    };
    let (real, ours) = (lower(real), lower(ours));
    let nothing = Shown::default();
    let mut worst = Verdict::Agree;
    for name in real.keys().chain(ours.keys().filter(|n| !real.contains_key(*n))) {
        let (r, o) = (real.get(name).unwrap_or(&nothing), ours.get(name).unwrap_or(&nothing));
        let verdict = match text(what, r, o, varies) {
            Verdict::Differ(d) => Verdict::Differ(Difference {
                reason: match (real.contains_key(name), ours.contains_key(name)) {
                    (true, false) => format!("{what} missing here"),
                    (false, true) => format!("{what} only here"),
                    _ => d.reason,
                },
                want: format!("{name}: {}", d.want),
                got: format!("{name}: {}", d.got),
            }),
            other => other,
        };
        // Generated names: only the values of a log say more than their number.
        worst = worst.max(verdict);
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Outcome {
        Outcome {
            phase: "ok".into(),
            body: Shown { kind: "String".into(), text: Some(text.into()) },
            ..Outcome::default()
        }
    }

    fn threw(class: &str, message: &str) -> Outcome {
        let failure = Failure { class: class.into(), message: Some(message.into()), line: 1 };
        Outcome { phase: "threw".into(), error: Some(failure), ..Outcome::default() }
    }

    #[test]
    fn verdicts() {
        let check = |source: &str, real: Outcome, ours: Outcome, want: &str| {
            let got = match compare(source, &real, &ours) {
                Verdict::Agree => "agree".to_owned(),
                Verdict::Blanks => "blanks".to_owned(),
                Verdict::Wording(d) => format!("wording: {}", d.reason),
                Verdict::Differ(d) => d.reason,
            };
            assert_eq!(got, want);
        };
        check("", body("a"), body("a"), "agree");
        check("", body("a@1f2e3d4c"), body("a@00112233"), "agree");
        check("", body("<a>\n <b/>"), body("<a><b/>"), "blanks");
        check("", body("1"), body("2"), "body differs (String)");
        check("new Date()", body("on 2024-01-01"), body("on 2024-01-02"), "agree");
        let missing = "No signature of method: java.lang.String.foo() is applicable for argument types: (java.lang.Integer) values: [1]";
        check(
            "",
            body("1"),
            threw("groovy.lang.MissingMethodException", missing),
            "ours threw: no method String.foo(Integer)",
        );
        check("", threw("a.B", "x\nPossible solutions: y"), threw("a.B", "x"), "agree");
        check("", threw("a.B", "at 7"), threw("a.B", "line 7"), "wording: threw otherwise: B: at N / B: line N");
        check("", threw("a.B", "at 7"), threw("a.C", "at 7"), "threw otherwise: B: at N / C: at N");
    }
}
