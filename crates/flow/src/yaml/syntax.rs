//! What the YAML reader says, in words that help.

use saphyr::ScanError;

use super::lines::Lines;
use crate::problems::Problems;

/// A part of the reader's message, and what authors are told instead: title, label, help.
/// `{}` in a title stands for the character at the place. The first that fits is taken.
const WORDS: &[(&str, &str, &str, &str)] = &[
    ("tab", "a tab is used for indentation", "this tab", "indent with spaces"),
    (
        "mapping values are not allowed",
        "a `:` stands where no value can follow",
        "this colon",
        "put text that holds `: ` into quotes, or check the indentation of this line",
    ),
    (
        "quoted scalar",
        "a quote is not closed",
        "opened here",
        "close it with the same kind of quote; lines that go on inside quotes are indented",
    ),
    (
        "unknown anchor",
        "an alias names an anchor that is not there",
        "this alias",
        "text that begins with `*` needs quotes",
    ),
    ("anchor or alias", "a value cannot begin with `*` or `&`", "here", "put the value into quotes"),
    ("unexpected character", "a value cannot begin with `{}`", "this character", "put the value into quotes"),
    (
        "parsing a flow",
        "a `{` or `[` is not closed, or a comma is missing",
        "noticed here",
        "look at this line and the ones above",
    ),
    ("illegal placement of ':'", "a `{` or `[` is not closed", "noticed here", "look at this line and the ones above"),
    (
        "did not find expected key",
        "this line is not indented like the ones above",
        "here",
        "begin all keys of a map, and all `-` of a list, in the same column",
    ),
    (
        "did not find expected '-'",
        "this line is not indented like the ones above",
        "here",
        "begin all keys of a map, and all `-` of a list, in the same column",
    ),
    (
        "simple key",
        "a `:` is missing after a key, or a line is indented too little",
        "noticed here",
        "write `key: value`; look at this line and the one above",
    ),
    (
        "block scalar",
        "the lines of a text block are not indented alike",
        "here",
        "indent all lines of the text by the same number of spaces",
    ),
];

/// Reports what kept the file from being read.
pub(super) fn report(error: &ScanError, text: &str, lines: &Lines<'_>, problems: &mut Problems) {
    let info = error.info();
    let at = lines.at(*error.marker());
    let rest = text.get(at..).unwrap_or("");
    let first = rest.chars().next().filter(|c| !matches!(c, '\n' | '\r'));
    let end = at + first.map_or(0, char::len_utf8);
    if info.contains("duplicated key") {
        let key = rest.split(['\n', '\r', ':']).next().unwrap_or("").trim_end();
        let title = format!("the key `{}` is written twice in the same map", key.trim_matches(['"', '\'']));
        return problems.error("F0001", title, at..at + key.len(), "the second one", "keep one of them");
    }
    if info.contains("recursion limit") || info.contains("node budget") {
        return problems.error("F0002", "the file nests or repeats more than any flow needs", at..at, "here", None);
    }
    match WORDS.iter().find(|(part, ..)| info.contains(part)) {
        Some((_, title, label, help)) => {
            let found = first.map(String::from).unwrap_or_default();
            problems.error("F0001", title.replace("{}", &found), at..end, *label, *help);
        }
        None => {
            problems.error("F0001", format!("this is not valid YAML: {info}"), at..end, "reading stopped here", None)
        }
    }
}
