//! The rarer steps: content enricher, XML validator, MIME, digest.

use std::ops::Range;
use std::sync::Arc;

use xsd::{File, Schema};

use super::ctx::Ctx;
use super::view::View;
use crate::problems::did_you_mean;
use crate::yaml::Node;
use crate::{
    Coding, Conversion, Digest, DigestAlgorithm, Enrich, EnrichBy, JsonNames, Keyed, Mime, OtherNames, SchemaSource,
    StepIx, StepKind, Validate,
};

impl Ctx<'_> {
    /// Content enricher.
    pub(super) fn enrich(&mut self, content: &Node, view: &View<'_>, next: Option<StepIx>) -> Option<StepKind> {
        let Some(StepKind::Request(receiver)) = self.delivery("request", view.get("receiver")?, next) else {
            return None;
        };
        let keys = ["into", "into-key", "from", "from-key"];
        let given = keys.iter().filter(|k| view.get(k).is_some()).count();
        if given == 0 {
            return Some(StepKind::Enrich(Box::new(Enrich { receiver, by: EnrichBy::Combine })));
        }
        if given < keys.len() {
            let lacks = keys.iter().find(|k| view.get(k).is_none()).unwrap_or(&"into");
            let help = "`into`, `into-key`, `from` and `from-key` belong together; without all four, both are combined";
            let at = content.entries().first().map_or(content.range.clone(), |e| e.range.clone());
            self.problems.error("F0103", format!("enrich needs the key `{lacks}` too"), at, "is missing", help);
            return None;
        }
        let into = self.keyed(view.get("into")?, &view.text("into-key"))?;
        let from = self.keyed(view.get("from")?, &view.text("from-key"))?;
        Some(StepKind::Enrich(Box::new(Enrich { receiver, by: EnrichBy::Key { into, from } })))
    }

    fn keyed(&mut self, node: &Node, key: &str) -> Option<Keyed> {
        let path = self.xpath(node)?;
        if path.plain_path().is_none_or(|p| p.steps.iter().any(|s| s.descendant)) {
            let help = "write it from the root, with names only: `/orders/order`";
            self.problems.error("F0104", "not a plain path of elements", node.range.clone(), "not a plain path", help);
            return None;
        }
        Some(Keyed { path, key: key.split('/').map(str::trim).filter(|k| !k.is_empty()).map(str::to_owned).collect() })
    }

    /// XML validator. The schema is compiled here: what is wrong in it is a problem of the package.
    pub(super) fn validate(&mut self, view: &View<'_>) -> Option<StepKind> {
        let node = view.get("schema")?;
        let written = node.text()?;
        let plain = written.trim_start_matches("./");
        let places = [plain.to_owned(), format!("{}{plain}", self.folder), format!("schemas/{plain}")];
        let found = places.into_iter().find(|p| self.files.contains_key(p));
        let Some(path) = found.filter(|p| p.ends_with(".xsd")) else {
            let schemas = self.files.keys().map(String::as_str).filter(|f| f.ends_with(".xsd")).take(200);
            let help = did_you_mean(plain, schemas)
                .unwrap_or_else(|| "paths are relative to the package; `schemas/` may be left out".to_owned());
            let title = format!("there is no schema `{written}` in the package");
            self.problems.error("F0203", title, node.range.clone(), "not found", help.as_str());
            return None;
        };
        let file = |path: &str| self.files.get(path).map(|text| File { path: path.to_owned(), text: text.clone() });
        match Schema::compile(&file(&path)?, &file) {
            Ok(schema) => {
                let go_on = view.text("invalid") == "continue";
                Some(StepKind::Validate(Validate { schema: SchemaSource::Fixed(Arc::new(schema)), go_on }))
            }
            Err(mistakes) => {
                let said: Vec<String> = mistakes.iter().take(5).map(ToString::to_string).collect();
                self.wrong_schema(written, node.range.clone(), &said.join("; "));
                None
            }
        }
    }

    fn wrong_schema(&mut self, written: &str, at: Range<usize>, said: &str) {
        self.problems.error("F0219", format!("the schema `{written}` cannot be used: {said}"), at, "this schema", None);
    }

    /// MIME multipart coders.
    pub(super) fn mime(&mut self, view: &View<'_>) -> Option<Conversion> {
        let subtype = view.text("encode");
        let mime = Mime { inline: view.bool("inline"), subtype: subtype.clone(), headers: view.texts("headers") };
        let Some(node) = view.get("encode") else { return Some(Conversion::Mime(Coding::Decode, mime)) };
        if subtype.is_empty() || !subtype.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'+'))
        {
            let title = format!("`{subtype}` is not a kind of multipart");
            self.problems.error("F0104", title, node.range.clone(), "not a kind", "write for example `mixed`");
            return None;
        }
        Some(Conversion::Mime(Coding::Encode, mime))
    }

    /// Namespaces in the names of JSON.
    pub(super) fn json_names(&mut self, view: &View<'_>) -> Option<JsonNames> {
        let node = view.get("namespaces")?;
        let separator = view.get("separator").and_then(Node::text).unwrap_or(":").to_owned();
        let mut prefixes = Vec::new();
        for entry in node.entries() {
            let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
            if !entry.key.chars().all(good) || !entry.key.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                let title = format!("`{}` is not a prefix", entry.key);
                self.problems.error("F0104", title, entry.range.clone(), "not a prefix", "begin with a letter");
                continue;
            }
            prefixes.push((entry.key.clone(), entry.value.text().unwrap_or("").to_owned()));
        }
        Some(JsonNames { separator, prefixes, others: OtherNames::Bare })
    }

    /// Message digest.
    pub(super) fn digest(&mut self, view: &View<'_>) -> Option<StepKind> {
        let filter = match view.get("xpath") {
            Some(node) => Some(self.xpath(node)?),
            None => None,
        };
        let algorithm = match view.text("algorithm").as_str() {
            "md5" => DigestAlgorithm::Md5,
            "sha-1" => DigestAlgorithm::Sha1,
            "sha-512" => DigestAlgorithm::Sha512,
            _ => DigestAlgorithm::Sha256,
        };
        Some(StepKind::Digest(Digest { algorithm, filter, header: view.text("header") }))
    }
}
