//! Which elements XSLT has, which attributes each may have, and which of them are not done here.

use super::source::{Element, Parsed, XSL};

/// Attributes that every element of XSLT may have.
const COMMON: [&str; 7] = [
    "version",
    "exclude-result-prefixes",
    "extension-element-prefixes",
    "xpath-default-namespace",
    "default-collation",
    "default-validation",
    "expand-text",
];

/// Elements with their own attributes.
const ELEMENTS: &[(&str, &[&str])] = &[
    ("analyze-string", &["select", "regex", "flags"]),
    ("apply-imports", &[]),
    ("apply-templates", &["select", "mode"]),
    ("attribute", &["name", "namespace", "select", "separator", "type", "validation"]),
    ("attribute-set", &["name", "use-attribute-sets", "visibility", "streamable"]),
    ("break", &["select"]),
    ("call-template", &["name"]),
    ("catch", &["errors", "select"]),
    ("character-map", &["name", "use-character-maps"]),
    ("choose", &[]),
    ("comment", &["select"]),
    ("copy", &["select", "copy-namespaces", "inherit-namespaces", "use-attribute-sets", "type", "validation"]),
    ("copy-of", &["select", "copy-namespaces", "copy-accumulators", "type", "validation"]),
    (
        "decimal-format",
        &[
            "name",
            "decimal-separator",
            "grouping-separator",
            "infinity",
            "minus-sign",
            "exponent-separator",
            "NaN",
            "percent",
            "per-mille",
            "zero-digit",
            "digit",
            "pattern-separator",
        ],
    ),
    ("document", &["validation", "type"]),
    ("element", &["name", "namespace", "inherit-namespaces", "use-attribute-sets", "type", "validation"]),
    ("evaluate", &["xpath", "as", "context-item", "base-uri", "schema-aware"]),
    ("fallback", &[]),
    ("for-each", &["select"]),
    (
        "for-each-group",
        &["select", "group-by", "group-adjacent", "group-starting-with", "group-ending-with", "composite", "collation"],
    ),
    (
        "function",
        &[
            "name",
            "as",
            "override",
            "override-extension-function",
            "visibility",
            "new-each-time",
            "cache",
            "streamability",
        ],
    ),
    ("if", &["test"]),
    ("import", &["href"]),
    ("include", &["href"]),
    ("iterate", &["select"]),
    ("key", &["name", "match", "use", "composite", "collation"]),
    ("matching-substring", &[]),
    ("message", &["select", "terminate", "error-code"]),
    (
        "mode",
        &[
            "name",
            "streamable",
            "on-no-match",
            "on-multiple-match",
            "warning-on-no-match",
            "warning-on-multiple-match",
            "typed",
            "visibility",
            "use-accumulators",
        ],
    ),
    ("namespace", &["name", "select"]),
    ("namespace-alias", &["stylesheet-prefix", "result-prefix"]),
    ("next-iteration", &[]),
    ("next-match", &[]),
    ("non-matching-substring", &[]),
    (
        "number",
        &[
            "value",
            "select",
            "level",
            "count",
            "from",
            "format",
            "lang",
            "letter-value",
            "ordinal",
            "start-at",
            "grouping-separator",
            "grouping-size",
        ],
    ),
    ("on-completion", &["select"]),
    ("otherwise", &[]),
    ("output-character", &["character", "string"]),
    (
        "output",
        &[
            "name",
            "method",
            "byte-order-mark",
            "cdata-section-elements",
            "doctype-public",
            "doctype-system",
            "encoding",
            "escape-uri-attributes",
            "html-version",
            "include-content-type",
            "indent",
            "item-separator",
            "media-type",
            "normalization-form",
            "omit-xml-declaration",
            "standalone",
            "suppress-indentation",
            "undeclare-prefixes",
            "use-character-maps",
        ],
    ),
    ("param", &["name", "select", "as", "required", "tunnel", "static"]),
    ("perform-sort", &["select"]),
    ("preserve-space", &["elements"]),
    ("processing-instruction", &["name", "select"]),
    ("sequence", &["select", "as"]),
    ("sort", &["select", "lang", "order", "collation", "stable", "case-order", "data-type"]),
    ("strip-space", &["elements"]),
    ("stylesheet", &["id", "input-type-annotations"]),
    ("template", &["match", "name", "priority", "mode", "as", "visibility"]),
    ("text", &["disable-output-escaping"]),
    ("transform", &["id", "input-type-annotations"]),
    ("try", &["select", "rollback-output"]),
    ("value-of", &["select", "separator", "disable-output-escaping"]),
    ("variable", &["name", "select", "as", "static", "visibility"]),
    ("when", &["test"]),
    ("with-param", &["name", "select", "as", "tunnel"]),
];

/// Elements of XSLT 3.0 that are not done here.
const LEFT_OUT: &[&str] = &[
    "accept",
    "accumulator",
    "accumulator-rule",
    "array",
    "assert",
    "context-item",
    "expose",
    "fork",
    "global-context-item",
    "import-schema",
    "map",
    "map-entry",
    "merge",
    "merge-action",
    "merge-key",
    "merge-source",
    "on-empty",
    "on-non-empty",
    "override",
    "package",
    "result-document",
    "source-document",
    "use-package",
    "where-populated",
];

/// Refuses what is unknown, so that nothing is ignored silently.
pub(crate) fn check(element: Element<'_>, name: &str) -> Parsed<()> {
    let Some((_, own)) = ELEMENTS.iter().find(|(n, _)| *n == name) else {
        return Err(if LEFT_OUT.contains(&name) {
            element.error(format!("xsl:{name} is not supported"))
        } else {
            let error = element.error(format!("there is no element xsl:{name}"));
            match diag::suggest(name, ELEMENTS.iter().map(|(n, _)| *n)) {
                Some(known) => error.help(format!("did you mean `xsl:{known}`?")),
                None => error,
            }
        });
    };
    for attribute in element.node.attributes() {
        let attribute_name = attribute.name();
        if attribute.namespace().is_none()
            && own_or_common(own, attribute_name)
            && let Some(why) = no_effect(attribute_name, attribute.value().trim_ascii())
        {
            return Err(element.error_range(attribute.range(), format!("`{attribute_name}` is not supported: {why}")));
        }
        match attribute.namespace() {
            None if own.contains(&attribute_name) || COMMON.contains(&attribute_name) => {}
            None if attribute_name.strip_prefix('_').is_some_and(|n| own.contains(&n))
                && !attribute.value().contains(['{', '}']) => {}
            None => {
                let what = if attribute_name == "use-when" || attribute_name.starts_with('_') {
                    format!(
                        "the attribute `{attribute_name}` is not supported: it works while a stylesheet is compiled"
                    )
                } else {
                    format!("xsl:{name} has no attribute `{attribute_name}`")
                };
                let error = element.error_range(attribute.range_qname(), what);
                let known = own.iter().chain(&COMMON).copied();
                return Err(match diag::suggest(attribute_name, known) {
                    Some(known) => error.help(format!("did you mean `{known}`?")),
                    None => error,
                });
            }
            Some(XSL) => {
                let what = format!("xsl:{name} takes its attributes without a prefix");
                return Err(element.error_range(attribute.range_qname(), what));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn own_or_common(own: &[&str], name: &str) -> bool {
    own.contains(&name) || COMMON.contains(&name)
}

/// Why a setting that would change the result cannot be kept.
fn no_effect(name: &str, value: &str) -> Option<&'static str> {
    match name {
        "collation" | "default-collation" if !value.contains("codepoint") => Some("texts compare by code points"),
        "type" => Some("there are no schemas"),
        "validation" | "default-validation" if matches!(value, "strict" | "lax") => Some("there are no schemas"),
        "normalization-form" if value != "none" => Some("characters stay as they are"),
        _ => None,
    }
}

/// Whether there is an instruction of this name.
pub(crate) fn is_known(name: &str) -> bool {
    ELEMENTS.iter().any(|(n, _)| *n == name)
}
