//! What the rarer steps are set to: content enricher, XML validator, MIME, digest.

use std::collections::BTreeMap;
use std::sync::Arc;

use expr::{Template, XPath};
use xsd::Schema;

/// Content enricher: calls a receiver and puts its answer into the message, whose headers stay as they were.
#[derive(Clone, Debug)]
pub struct Enrich {
    /// The receiver.
    pub receiver: String,
    /// How the answer joins the body.
    pub by: EnrichBy,
}

/// How the answer of a lookup joins the body.
#[derive(Clone, Debug)]
pub enum EnrichBy {
    /// Both in SAP's multi-mapping envelope, the body first.
    Combine,
    /// Elements of the answer go to the end of those elements of the body that share a key with them.
    Key {
        /// The elements of the body.
        into: Keyed,
        /// The elements of the answer.
        from: Keyed,
    },
}

/// Elements and their keys.
#[derive(Clone, Debug)]
pub struct Keyed {
    /// A plain path of elements from the root.
    pub path: XPath,
    /// Names of the elements that lead from there to the key; namespaces do not count. There may be several keys.
    pub key: Vec<String>,
}

/// XML validator.
#[derive(Clone, Debug)]
pub struct Validate {
    /// The schema.
    pub schema: SchemaSource,
    /// A document that does not fit sets the property `SAP_XmlValidationResult` and goes on; otherwise the step fails.
    pub go_on: bool,
}

/// Where the schema of a validator comes from.
#[derive(Clone, Debug)]
pub enum SchemaSource {
    /// This one.
    Fixed(Arc<Schema>),
    /// The one of this path, by the last part of the path; or why it cannot be used.
    Named(Template, BTreeMap<String, Result<Arc<Schema>, String>>),
}

/// What a MIME multipart coder does with headers.
#[derive(Clone, Debug)]
pub struct Mime {
    /// The headers of the whole stand at the beginning of the body; otherwise they are headers of the message.
    pub inline: bool,
    /// For encoding: the word behind `multipart/`.
    pub subtype: String,
    /// For encoding with headers inside: the message's headers that go along; `*` stands for any text.
    pub headers: Vec<String>,
}

/// Namespaces in the names of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonNames {
    /// What stands between prefix and name.
    pub separator: String,
    /// Prefix and namespace.
    pub prefixes: Vec<(String, String)>,
    /// What becomes of names in namespaces that are not listed, on the way to JSON.
    pub others: OtherNames,
}

/// What becomes of names in namespaces that have no prefix in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OtherNames {
    /// They have no prefix.
    #[default]
    Bare,
    /// They keep their prefix of XML; elements without one stay so.
    Kept,
    /// They keep their prefix of XML; an element without one is a failure.
    Refused,
}

/// Message digest: a hash of the body as a header.
#[derive(Clone, Debug)]
pub struct Digest {
    /// The hash.
    pub algorithm: DigestAlgorithm,
    /// Only what this selects is hashed, as it stands in the body.
    pub filter: Option<XPath>,
    /// The header that gets it, in hexadecimal.
    pub header: String,
}

/// A hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestAlgorithm {
    /// MD5; only against mistakes.
    Md5,
    /// SHA-1; only against mistakes.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// What is left out of an XML text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CleanXml {
    /// The XML declaration.
    pub declaration: bool,
    /// The document type declaration.
    pub dtd: bool,
    /// The document type declaration, where it refers to something outside of the document.
    pub external_dtd: bool,
    /// What to do with characters that XML cannot hold.
    pub characters: BadCharacters,
}

/// What to do with characters that XML cannot hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadCharacters {
    /// Leave them.
    #[default]
    Keep,
    /// Leave them out.
    Remove,
    /// A `#` in place of each.
    Substitute,
    /// Fail.
    Refuse,
}
