//! Compares a node tree with the tables of `spec`: unknown keys, missing keys, values of the wrong kind.

use std::ops::Range;

use crate::problems::{Problems, did_you_mean, some_of};
use crate::spec::{Key, MapSpec, STEPS, Ty, VARIABLES};
use crate::yaml::{Entry, Kind, Node, Scalar, Typed};

/// Reports everything below a node that does not have the shape of `ty`. `what` names the place: "`timeout`".
pub(crate) fn check(node: &Node, ty: &Ty, what: &str, problems: &mut Problems) {
    if problems.full() || node.is_unknown() {
        return;
    }
    match ty {
        Ty::Either(forms) => either(node, forms, ty, what, problems),
        Ty::List(item) => match &node.kind {
            Kind::List(items) => items.iter().for_each(|n| check(n, item, what, problems)),
            _ if node.is_null() => {}
            _ => wrong_kind(node, ty, what, problems),
        },
        Ty::Dict(item) => match &node.kind {
            Kind::Map(entries) => entries.iter().for_each(|e| check(&e.value, item, &format!("`{}`", e.key), problems)),
            _ if node.is_null() => {}
            _ => wrong_kind(node, ty, what, problems),
        },
        Ty::Map(spec) => map(node, spec, false, what, problems),
        Ty::Steps => match &node.kind {
            Kind::List(items) => items.iter().for_each(|n| step(n, problems)),
            _ if node.is_null() => {}
            _ => wrong_kind(node, ty, what, problems),
        },
        Ty::Empty => {
            if !(node.is_null() || matches!(&node.kind, Kind::Map(entries) if entries.is_empty())) {
                wrong_kind(node, ty, what, problems);
            }
        }
        _ => match &node.kind {
            Kind::Scalar(s) if s.typed != Typed::Null => {
                if !fits(s, ty) {
                    bad_value(node, s, ty, what, problems);
                }
            }
            _ => wrong_kind(node, ty, what, problems),
        },
    }
}

fn either(node: &Node, forms: &[Ty], ty: &Ty, what: &str, problems: &mut Problems) {
    if let Some(scalar) = node.scalar() {
        let mut scalars = forms.iter().filter(|f| is_scalar(f)).peekable();
        if scalars.peek().is_none() {
            wrong_kind(node, ty, what, problems);
        } else if !scalars.any(|f| fits(scalar, f)) {
            bad_value(node, scalar, ty, what, problems);
        }
        return;
    }
    let form = forms.iter().find(|f| match &node.kind {
        Kind::List(_) => matches!(f, Ty::List(_) | Ty::Steps),
        Kind::Map(_) => matches!(f, Ty::Map(_) | Ty::Dict(_)),
        _ => matches!(f, Ty::Empty | Ty::List(_) | Ty::Steps),
    });
    match form {
        Some(form) => check(node, form, what, problems),
        None => wrong_kind(node, ty, what, problems),
    }
}

/// A map against its table. A step's map may hold its name too.
fn map(node: &Node, spec: &'static MapSpec, is_step: bool, what: &str, problems: &mut Problems) {
    let entries = match &node.kind {
        Kind::Map(entries) => entries.as_slice(),
        _ if node.is_null() => &[],
        _ => return wrong_kind(node, &Ty::Map(spec), what, problems),
    };
    for entry in entries {
        match spec.key(&entry.key) {
            Some(key) => check(&entry.value, &key.ty, &format!("`{}`", key.name), problems),
            None if is_step && entry.key == "name" => check(&entry.value, &Ty::Text, "`name`", problems),
            None => unknown_key(entry, spec, problems),
        }
    }
    let place = first_line(node);
    for key in spec.keys.iter().filter(|k| k.required && !has(entries, k.name)) {
        let title = format!("{} needs the key `{}`", spec.name, key.name);
        let help = format!("add `{}: ...`: {}", key.name, key.ty.describe());
        problems.error("F0103", title, place.clone(), format!("`{}` is missing", key.name), help.as_str());
    }
    choice(entries, spec, place, problems);
}

/// Exactly one of the keys that exclude each other.
fn choice(entries: &[Entry], spec: &MapSpec, place: Range<usize>, problems: &mut Problems) {
    if spec.one_of.is_empty() {
        return;
    }
    let mut present = entries.iter().filter(|e| spec.one_of.contains(&e.key.as_str()));
    let Some(first) = present.next() else {
        // An unknown key is probably a misspelt one of these, and was reported.
        if !entries.iter().any(|e| spec.key(&e.key).is_none()) {
            let help = format!("write one of {}", some_of(spec.one_of.iter().copied()));
            problems.error(
                "F0103",
                format!("{} needs one of its main keys", spec.name),
                place,
                "none is here",
                help.as_str(),
            );
        }
        return;
    };
    if let Some(second) = present.next() {
        let title = format!("{} cannot have both `{}` and `{}`", spec.name, first.key, second.key);
        problems.error("F0105", title, second.range.clone(), "the second one", "keep one of them");
    }
}

fn unknown_key(entry: &Entry, spec: &MapSpec, problems: &mut Problems) {
    const SECRETS: &[&str] =
        &["password", "user", "username", "token", "api-key", "apikey", "secret", "auth", "authorization"];
    if problems.full() {
        return;
    }
    if SECRETS.contains(&entry.key.to_lowercase().as_str()) {
        let help = if spec.key("credential").is_some() {
            "write `credential: secret:name` and keep the value in that secret"
        } else {
            "keep it in a secret"
        };
        problems.error(
            "F0108",
            format!("`{}` does not belong into a flow file", entry.key),
            entry.range.clone(),
            "a secret as plain text",
            help,
        );
        return;
    }
    let help = did_you_mean(&entry.key, spec.keys.iter().map(|k| k.name))
        .unwrap_or_else(|| format!("its keys are {}", some_of(spec.keys.iter().map(|k| k.name))));
    problems.error(
        "F0101",
        format!("{} has no key `{}`", spec.name, entry.key),
        entry.range.clone(),
        "unknown key",
        help.as_str(),
    );
}

/// One step: its one key, its name, and its content.
fn step(node: &Node, problems: &mut Problems) {
    if problems.full() || node.is_unknown() {
        return;
    }
    if let Some(word) = node.text() {
        match STEPS.key(word) {
            Some(key) if accepts_nothing(&key.ty) => {}
            Some(key) => {
                let help = format!("write `{word}: ...`: {}", key.ty.describe());
                problems.error(
                    "F0106",
                    format!("the step `{word}` needs content"),
                    node.range.clone(),
                    "nothing follows",
                    help.as_str(),
                );
            }
            None => unknown_step(word, node.range.clone(), problems),
        }
        return;
    }
    let Kind::Map(entries) = &node.kind else {
        let title = format!("a step is a map with one key, this is {}", node.found());
        problems.error("F0106", title, first_line(node), "not a step", "write for example `- send: billing`");
        return;
    };
    let mut known: Option<&Entry> = None;
    let mut unknown = false;
    for entry in entries {
        if entry.key == "name" {
            check(&entry.value, &Ty::Text, "`name`", problems);
        } else if let Some(key) = STEPS.key(&entry.key) {
            if let Some(first) = known {
                let title =
                    format!("a step has exactly one step key, this one has `{}` and `{}`", first.key, entry.key);
                problems.error(
                    "F0106",
                    title,
                    entry.range.clone(),
                    "a second step in the same item",
                    "begin each step with its own `- `",
                );
            }
            known = known.or(Some(entry));
            content(&entry.value, key, problems);
        } else if let Some(first) = known.filter(|_| unknown_belongs_inside(entry, known)) {
            let title = format!("the key `{}` stands beside `{}`, not inside it", entry.key, first.key);
            let help = format!("indent it further, below `{}:`", first.key);
            problems.error("F0101", title, entry.range.clone(), "indented too little", help.as_str());
        } else {
            unknown = true;
            unknown_step(&entry.key, entry.range.clone(), problems);
        }
    }
    if known.is_none() && !unknown {
        let help = format!("a step is one of {}", some_of(STEPS.keys.iter().map(|k| k.name)));
        problems.error("F0106", "a step without a step key", first_line(node), "does nothing", help.as_str());
    }
}

/// Whether a key beside the step key is one that the step's own map has.
fn unknown_belongs_inside(entry: &Entry, known: Option<&Entry>) -> bool {
    known.and_then(|k| STEPS.key(&k.key)).and_then(|k| k.ty.map()).is_some_and(|spec| spec.key(&entry.key).is_some())
}

fn content(node: &Node, key: &Key, problems: &mut Problems) {
    let what = format!("`{}`", key.name);
    if key.name == "write-variables" && is_scoped_variables(node) {
        return map(node, &VARIABLES, true, &what, problems);
    }
    match (key.ty.map(), &node.kind) {
        (Some(spec), Kind::Map(_)) => map(node, spec, true, &what, problems),
        (Some(spec), _) if node.is_null() && !accepts_nothing(&key.ty) => {
            if spec.one_of.is_empty() && !spec.keys.iter().any(|k| k.required) {
                wrong_kind(node, &key.ty, &what, problems);
            } else {
                map(node, spec, true, &what, problems);
            }
        }
        _ => check(node, &key.ty, &what, problems),
    }
}

fn unknown_step(word: &str, at: Range<usize>, problems: &mut Problems) {
    /// What authors of other systems write first.
    const OTHER_WORDS: &[(&str, &str)] = &[
        ("if", "use `route` with `when`"),
        ("choice", "use `route` with `when` and `otherwise`"),
        ("switch", "use `route` with `when` and `otherwise`"),
        ("router", "use `route`"),
        ("for-each", "use `split`"),
        ("foreach", "use `split`"),
        ("splitter", "use `split`"),
        ("aggregate", "use `gather`"),
        ("modify", "use `set`"),
        ("content-modifier", "use `set`"),
        ("set-header", "use `set: { headers: { name: value } }`"),
        ("set-property", "use `set: { properties: { name: value } }`"),
        ("set-body", "use `set: { body: value }`"),
        ("headers", "use `set: { headers: { name: value } }`"),
        ("properties", "use `set: { properties: { name: value } }`"),
        ("body", "use `set: { body: value }`"),
        ("http", "name it under `receivers` and use `request` or `send`"),
        ("mail", "name it under `receivers` and use `send`"),
        ("queue", "name it under `receivers` and use `send`"),
        ("process-direct", "name it under `receivers` and use `request`"),
        ("to", "use `send` or `request` with the name of a receiver"),
        ("call-process", "use `call`"),
        ("request-reply", "use `request`"),
        ("idempotent", "use `once`"),
        ("groovy", "use `script: { groovy: \"...\" }`, or `script` with a file that ends in .groovy"),
        ("javascript", "use `script: { javascript: \"...\" }`"),
        ("log", "set `log: debug` for the flow; every step is in the message log then"),
        ("throw", "use `end: { error: \"text\" }`"),
        ("stop", "use `end: terminate`"),
        ("write-variable", "use `write-variables`"),
    ];
    if word == "on-error" {
        let help = "write `on-error` beside `steps` of the flow or of a process; move these steps into a local process to handle their errors alone";
        return problems.error("F0213", "`on-error` is not a step", at, "belongs to a process", help);
    }
    if problems.full() {
        return;
    }
    let help = OTHER_WORDS
        .iter()
        .find(|(w, _)| *w == word)
        .map(|(_, help)| (*help).to_owned())
        .or_else(|| did_you_mean(word, STEPS.keys.iter().map(|k| k.name)))
        .unwrap_or_else(|| {
            format!("steps are {}", STEPS.keys.iter().map(|k| format!("`{}`", k.name)).collect::<Vec<_>>().join(", "))
        });
    problems.error("F0107", format!("there is no step `{word}`"), at, "unknown step", help.as_str());
}

fn wrong_kind(node: &Node, ty: &Ty, what: &str, problems: &mut Problems) {
    let label = if node.is_null() { "nothing here".to_owned() } else { format!("this is {}", node.found()) };
    problems.error("F0102", format!("{what} needs {}", ty.describe()), first_line(node), label, None);
}

fn bad_value(node: &Node, scalar: &Scalar, ty: &Ty, what: &str, problems: &mut Problems) {
    let short: String = scalar.text.chars().take(60).collect();
    let (code, title, label, help) = match ty {
        Ty::Secret => (
            "F0108",
            format!("{what} holds a plain value"),
            "not a secret's name".to_owned(),
            "write `secret:name` and keep the value in that secret".to_owned(),
        ),
        Ty::Choice(words) => {
            let help =
                did_you_mean(&scalar.text, words.iter().copied()).unwrap_or_else(|| format!("write {}", ty.describe()));
            ("F0104", format!("{what} cannot be `{short}`"), "not one of the allowed words".to_owned(), help)
        }
        Ty::Name => (
            "F0104",
            format!("`{short}` is not a name"),
            "not a name".to_owned(),
            "use 1 to 80 letters, digits, `_`, `.` and `-`".to_owned(),
        ),
        _ => ("F0104", format!("{what} cannot be `{short}`"), format!("needs {}", ty.describe()), String::new()),
    };
    problems.error(code, title, node.range.clone(), label, Some(help.as_str()).filter(|h| !h.is_empty()));
}

fn fits(scalar: &Scalar, ty: &Ty) -> bool {
    let text = scalar.text.as_str();
    match ty {
        Ty::Name => is_name(text),
        Ty::Path => text.starts_with('/'),
        Ty::Secret => text.strip_prefix("secret:").is_some_and(is_name),
        Ty::Duration => base::parse_duration(text).is_ok(),
        Ty::Bytes => base::parse_bytes(text).is_ok(),
        Ty::Bool => matches!(scalar.typed, Typed::Bool(_)),
        Ty::Int(min, max) => matches!(scalar.typed, Typed::Int(n) if (*min..=*max).contains(&n)),
        Ty::Number(min, max) => match scalar.typed {
            #[expect(clippy::cast_precision_loss, reason = "the limits are small numbers")]
            Typed::Int(n) => (*min..=*max).contains(&(n as f64)),
            Typed::Float(n) => (*min..=*max).contains(&n),
            _ => false,
        },
        Ty::Choice(words) => words.contains(&text),
        Ty::Empty | Ty::List(_) | Ty::Dict(_) | Ty::Map(_) | Ty::Steps | Ty::Either(_) => false,
        // Expressions and times are compiled, with their own messages, when the flow is built.
        Ty::Text | Ty::Template | Ty::Condition | Ty::XPath | Ty::JsonPath | Ty::Time | Ty::Scalar => true,
    }
}

/// Whether a text is a name of the language.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=80).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

fn is_scalar(ty: &Ty) -> bool {
    !matches!(ty, Ty::List(_) | Ty::Dict(_) | Ty::Map(_) | Ty::Steps | Ty::Empty | Ty::Either(_))
}

fn accepts_nothing(ty: &Ty) -> bool {
    match ty {
        Ty::Empty => true,
        Ty::Either(forms) => forms.iter().any(accepts_nothing),
        _ => false,
    }
}

fn has(entries: &[Entry], key: &str) -> bool {
    entries.iter().any(|e| e.key == key && !e.value.is_null())
}

/// A place for problems of a whole map or list: its first entry.
fn first_line(node: &Node) -> Range<usize> {
    match &node.kind {
        Kind::Map(entries) => entries.first().map_or(node.range.clone(), |e| e.range.clone()),
        Kind::List(items) => items.first().map_or(node.range.clone(), first_line),
        _ => node.range.clone(),
    }
}

/// Whether `write-variables` is the form with `visibility` and `values`.
pub(crate) fn is_scoped_variables(node: &Node) -> bool {
    let entries = node.entries();
    entries.iter().all(|e| VARIABLES.key(&e.key).is_some() || e.key == "name")
        && entries.iter().any(|e| e.key == "values" && matches!(e.value.kind, Kind::Map(_)))
}
