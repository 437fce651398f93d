//! Tables: the rarer steps.

use super::{Key, MapSpec, Ty};

pub(super) static ENRICH: MapSpec = MapSpec {
    name: "enrich",
    doc: "Content enricher: the answer of a receiver joins the body. With `into` and `from`, elements of the answer go to the end of those elements of the body that have the same key; without them, body and answer stand in SAP's multi-mapping envelope.",
    one_of: &[],
    keys: &[
        Key::must("receiver", Ty::Name, "The receiver that is asked, with the body as it is."),
        Key::of("into", Ty::XPath, "", "Elements of the body: a plain path such as `/orders/order`."),
        Key::of("into-key", Ty::Text, "", "Element below them that holds the key, such as `customer/id`."),
        Key::of("from", Ty::XPath, "", "Elements of the answer: a plain path."),
        Key::of("from-key", Ty::Text, "", "Element below them that holds the key."),
    ],
};

pub(super) static VALIDATE: MapSpec = MapSpec {
    name: "validate",
    doc: "XML validator: checks the body against an XML schema (XSD 1.0). Files that the schema includes and imports are found in the package.",
    one_of: &[],
    keys: &[
        Key::must("schema", Ty::Text, "Schema of the package: a path that ends in `.xsd`; `schemas/` may be left out."),
        Key::of(
            "invalid",
            Ty::Choice(&["fail", "continue"]),
            "fail",
            "When the body does not fit: fail, or go on with the mistakes in property `SAP_XmlValidationResult`.",
        ),
    ],
};

pub(super) static MIME: MapSpec = MapSpec {
    name: "mime",
    doc: "MIME multipart: body and attachments become one body, or come out of one.",
    one_of: &["encode", "decode"],
    keys: &[
        Key::of(
            "encode",
            Ty::Text,
            "",
            "Body and attachments become parts of `multipart/` and this word, such as `mixed`. A message without attachments stays as it is.",
        ),
        Key::of(
            "decode",
            Ty::Choice(&["true"]),
            "",
            "The first part becomes the body, the others become attachments. Other bodies stay as they are.",
        ),
        Key::of(
            "inline",
            Ty::Bool,
            "false",
            "Headers of the whole stand in the body; otherwise `Content-Type` is a header of the message.",
        ),
        Key::of(
            "headers",
            Ty::List(&Ty::Text),
            "",
            "For `encode` with `inline`: headers that go along; `x-*` allowed.",
        ),
    ],
};

pub(super) const NAMESPACES: Key = Key::of(
    "namespaces",
    Ty::Dict(&Ty::Text),
    "prefixes are left out",
    "Namespaces by the prefix that stands before names in JSON.",
);

pub(super) const NAMESPACE_SEPARATOR: Key =
    Key::of("separator", Ty::Text, "`:`", "For `namespaces`: what stands between prefix and name.");

pub(super) static DIGEST: MapSpec = MapSpec {
    name: "digest",
    doc: "Message digest: a hash of the body, in hexadecimal, as a header.",
    one_of: &[],
    keys: &[
        Key::must("header", Ty::Text, "The header that gets it."),
        Key::of("algorithm", Ty::Choice(&["md5", "sha-1", "sha-256", "sha-512"]), "sha-256", "The hash."),
        Key::of("xpath", Ty::XPath, "", "Only what this selects is hashed, as it stands in the body."),
    ],
};
