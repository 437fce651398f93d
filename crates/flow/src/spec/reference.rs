//! The reference of the language in Markdown, made from the tables.

use std::fmt::Write;

use super::{DEFAULTS, FLOW, MapSpec, RECEIVER, SENDER, STEPS, Ty, VALUE_MAP, VALUE_MAPPING, VARIABLES, all};

/// The reference of the flow language in Markdown: every map with its keys, types and defaults.
#[must_use]
pub fn reference() -> String {
    let mut out = String::from("# The flow language\n\n");
    for (title, specs) in [
        ("The flow file", all(&[&FLOW], &[&SENDER, &RECEIVER, &STEPS])),
        ("Senders", all(&[&SENDER], &[&STEPS])),
        ("Receivers", all(&[&RECEIVER], &[&STEPS])),
        ("Steps", all(&[&STEPS], &[&VALUE_MAP])),
        ("Values", vec![&VALUE_MAP]),
        ("Defaults of a package", vec![&DEFAULTS]),
        ("Value mappings", all(&[&VALUE_MAPPING], &[])),
    ] {
        let _ = write!(out, "## {title}\n\n");
        for (n, spec) in specs.into_iter().enumerate() {
            if n > 0 {
                let _ = write!(out, "### {}\n\n", heading(spec));
            }
            table(&mut out, spec);
        }
    }
    out
}

fn table(out: &mut String, spec: &MapSpec) {
    let _ = write!(out, "{}\n\n", spec.doc);
    if !spec.one_of.is_empty() && spec.one_of.len() < spec.keys.len() {
        let names: Vec<String> = spec.one_of.iter().map(|k| format!("`{k}`")).collect();
        let _ = write!(out, "Exactly one of {} is needed.\n\n", names.join(", "));
    }
    let defaults = spec.keys.iter().any(|k| k.required || !k.default.is_empty());
    out.push_str(if defaults {
        "| key | takes | default | meaning |\n| --- | --- | --- | --- |\n"
    } else {
        "| key | takes | meaning |\n| --- | --- | --- |\n"
    });
    for key in spec.keys {
        let _ = write!(out, "| `{}` | {} |", key.name, takes(&key.ty).replace('|', "\\|"));
        if defaults {
            let _ = write!(out, " {} |", if key.required { "**required**" } else { key.default });
        }
        let _ = writeln!(out, " {} |", key.doc.replace('|', "\\|"));
    }
    out.push('\n');
}

/// What a key takes, with links to other tables.
fn takes(ty: &Ty) -> String {
    match ty {
        Ty::Map(spec) => format!("[{}](#{})", spec.name, anchor(&heading(spec))),
        Ty::List(item) => format!("list of {}", takes(item)),
        Ty::Dict(item) => format!("names to {}", takes(item)),
        Ty::Steps => "list of [steps](#steps)".to_owned(),
        Ty::Either(forms) if std::ptr::eq(*forms, VALUE_FORMS) => "[a value](#values)".to_owned(),
        Ty::Either(forms) => forms.iter().map(takes).collect::<Vec<_>>().join(", or "),
        other => other.describe(),
    }
}

const VALUE_FORMS: &[Ty] = match super::values::VALUE {
    Ty::Either(forms) => forms,
    _ => &[],
};

/// The heading of a table: that of its chapter where it opens one.
fn heading(spec: &MapSpec) -> String {
    let is = |other: &'static MapSpec| std::ptr::eq(spec, other);
    match () {
        () if is(&FLOW) => "The flow file".to_owned(),
        () if is(&SENDER) => "Senders".to_owned(),
        () if is(&RECEIVER) => "Receivers".to_owned(),
        () if is(&STEPS) => "Steps".to_owned(),
        () if is(&VALUE_MAP) => "Values".to_owned(),
        () if is(&VARIABLES) => "write-variables with a visibility".to_owned(),
        () => spec.name.trim_start_matches("a ").trim_start_matches("an ").to_owned(),
    }
}

fn anchor(heading: &str) -> String {
    heading.to_lowercase().replace(' ', "-")
}
