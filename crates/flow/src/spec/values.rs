//! Tables: values that are computed from a message, and what several places share.

use super::{Key, MapSpec, Ty};

/// Where a value comes from: a scalar, or a map that names the source.
pub(crate) const VALUE: Ty = Ty::Either(&[Ty::Scalar, Ty::Map(&VALUE_MAP)]);

/// `visibility`: whose store or variable.
pub(crate) const VISIBILITY: Key = Key::of(
    "visibility",
    Ty::Choice(&["flow", "global"]),
    "flow",
    "Whose it is: this flow's own, or shared by all flows.",
);

pub(crate) static VALUE_MAP: MapSpec = MapSpec {
    name: "a value",
    doc: "A value for a header, property, body or variable. Text is an expression template; a number, true and false are constants. The map form names another source.",
    one_of: &["constant", "expression", "xpath", "jsonpath", "header", "property", "variable", "number-range"],
    keys: &[
        Key::of("constant", Ty::Scalar, "", "This value as it stands; `${` means nothing in it."),
        Key::of("expression", Ty::Template, "", "A template, as the short form."),
        Key::of("xpath", Ty::XPath, "", "XPath on the body."),
        Key::of("jsonpath", Ty::JsonPath, "", "JSONPath on the body; the first match."),
        Key::of("header", Ty::Text, "", "The header of this name."),
        Key::of("property", Ty::Text, "", "The property of this name."),
        Key::of("variable", Ty::Template, "", "The stored variable of this name."),
        Key::of("number-range", Ty::Template, "", "The next number of this range."),
        VISIBILITY,
        Key::of("default", Ty::Scalar, "the step fails", "For `variable`: what to use when there is none."),
        Key::of(
            "for",
            Ty::Template,
            "",
            "For `number-range`: what the number belongs to; the same text gets the same number again.",
        ),
        Key::of(
            "type",
            Ty::Choice(&["text", "int", "float", "bool"]),
            "as it comes",
            "The kind the value is converted to.",
        ),
    ],
};

/// A number of retries, or `none` for no limit.
pub(crate) const MAX_RETRIES: Ty = Ty::Either(&[Ty::Int(0, 1_000_000), Ty::Choice(&["none"])]);

/// `true` doubles each wait, `false` keeps it, a number is the factor.
pub(crate) const BACKOFF: Ty = Ty::Either(&[Ty::Bool, Ty::Number(1.0, 100.0)]);

/// One table of the file `value-mappings.yaml`.
pub(crate) static VALUE_MAPPING: MapSpec = MapSpec {
    name: "a value mapping",
    doc: "The file `value-mappings.yaml` of a package is a list of these. Scripts ask them by `ValueMappingApi`, in both directions.",
    one_of: &[],
    keys: &[
        Key::must("from", Ty::Map(&PARTY), "Whose values stand on the left."),
        Key::must("to", Ty::Map(&PARTY), "Whose values stand on the right."),
        Key::must(
            "values",
            Ty::Dict(&Ty::Text),
            "Left value to right value; of several that fit, the first one counts.",
        ),
    ],
};

static PARTY: MapSpec = MapSpec {
    name: "a party",
    doc: "Who calls a value so.",
    one_of: &[],
    keys: &[
        Key::must("agency", Ty::Text, "The system or organisation."),
        Key::must("identifier", Ty::Text, "What the values are: a field, a list of codes."),
    ],
};
