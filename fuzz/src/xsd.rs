//! A schema and a document, with a NUL between: what compiles checks the document, and one that includes it too.

use xsd::{File, Mistake, Schema};

/// More mistakes than the crate promises to tell.
const TOO_MANY: usize = 21;

/// Compiles and checks.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (schema, document) = text.split_once('\0').unwrap_or((text, "<r xmlns='urn:t'><a x='1'>2</a><a/></r>"));
    // Without the wrapper most inputs would fail at the first line.
    let whole = if schema.contains(":schema") || schema.contains("<schema") {
        schema.to_owned()
    } else {
        format!(
            "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:t='urn:t' targetNamespace='urn:t' \
             elementFormDefault='qualified'>{schema}</xs:schema>"
        )
    };
    let main = File { path: "xsd/main.xsd".to_owned(), text: whole };
    // Whatever it includes is the schema itself, under another name or its own.
    let find = |path: &str| Some(File { path: path.to_owned(), text: main.text.clone() }).filter(|_| path.len() < 20);
    match Schema::compile(&main, &find) {
        Ok(schema) => {
            if let Err(mistakes) = schema.validate(document) {
                check(document, &mistakes);
            }
        }
        Err(mistakes) => check(&main.text, &mistakes),
    }
}

/// Mistakes are few, say something, and stand inside the text.
fn check(text: &str, mistakes: &[Mistake]) {
    assert!(!mistakes.is_empty() && mistakes.len() < TOO_MANY, "{} mistakes", mistakes.len());
    for mistake in mistakes {
        assert!(!mistake.text.is_empty());
        assert!(text.get(mistake.at..).is_some(), "{mistake:?} points outside of the text");
    }
}
