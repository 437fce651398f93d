//! XML Schema, also inside WSDL, read only as far as a target goes, and leniently: a mapping needs order and
//! occurrence, not a schema without mistakes.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use expr::xpath::body;
use roxmltree::{Document, Node};

use super::{Child, Walk};

const XS: &str = "http://www.w3.org/2001/XMLSchema";
/// Types and groups in each other.
const MAX_DEPTH: usize = 64;
/// Files of one schema, and their bytes.
const MAX_FILES: usize = 200;
const MAX_BYTES: usize = 32 << 20;
/// Parts that are looked at for one mapping.
const MAX_PARTS: u32 = 5_000_000;

/// A schema's declarations.
pub(super) struct Schema<'d> {
    globals: HashMap<(&'static str, String), Vec<(String, Node<'d, 'd>)>>,
    left: Cell<u32>,
}

/// Reads a schema and everything that it needs, and shows it.
pub(super) fn with<T>(
    path: &str,
    text: &str,
    files: &BTreeMap<String, String>,
    show: impl FnOnce(&Schema<'_>) -> T,
) -> Option<T> {
    let mut texts: Vec<&str> = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<(&str, &str)> = vec![(path, text)];
    let mut total = 0;
    while let Some((path, text)) = open.pop() {
        total += text.len();
        if !seen.insert(path) || texts.len() >= MAX_FILES || total > MAX_BYTES {
            continue;
        }
        let Ok(document) = body::tree(text.trim_start_matches('\u{feff}')) else {
            if texts.is_empty() { return None } else { continue }
        };
        for node in document.descendants().filter(|n| matches!(n.tag_name().name(), "import" | "include" | "redefine"))
        {
            let location = node.attribute("schemaLocation").or_else(|| node.attribute("location")).unwrap_or("");
            let name = location.rsplit(['/', '\\']).next().unwrap_or("");
            let by_name = files.iter().filter(|(p, _)| !name.is_empty() && p.rsplit('/').next() == Some(name));
            let space = node.attribute("namespace").filter(|_| name.is_empty() && texts.len() < 20).unwrap_or("");
            let declared = format!("targetNamespace=\"{space}\"");
            let by_space = files.iter().filter(|(_, t)| !space.is_empty() && t.contains(&declared));
            open.extend(by_name.chain(by_space).take(4).map(|(p, t)| (p.as_str(), t.as_str())));
        }
        texts.push(text);
    }
    let documents: Vec<Document<'_>> =
        texts.iter().filter_map(|t| body::tree(t.trim_start_matches('\u{feff}')).ok()).collect();
    let mut schema = Schema { globals: HashMap::new(), left: Cell::new(MAX_PARTS) };
    for document in &documents {
        for root in document.descendants().filter(|n| n.has_tag_name((XS, "schema"))) {
            let space = root.attribute("targetNamespace").unwrap_or("");
            for node in root.children().filter(Node::is_element) {
                let kind = match node.tag_name().name() {
                    "element" => "element",
                    "complexType" | "simpleType" => "type",
                    "group" => "group",
                    "attributeGroup" => "attributes",
                    _ => continue,
                };
                if let Some(name) = node.attribute("name") {
                    schema.globals.entry((kind, name.to_owned())).or_default().push((space.to_owned(), node));
                }
            }
        }
    }
    Some(show(&schema))
}

/// What is around a particle.
#[derive(Clone, Copy)]
struct Around {
    optional: bool,
    many: bool,
    depth: usize,
}

impl<'d> Schema<'d> {
    fn global(&self, kind: &'static str, local: &str, space: Option<&str>) -> Option<Node<'d, 'd>> {
        let all = self.globals.get(&(kind, local.to_owned()))?;
        let exact = all.iter().find(|(s, _)| space.is_some_and(|space| space == s));
        exact.or_else(|| all.first()).map(|(_, node)| *node)
    }

    /// The declaration that a prefixed name means.
    fn named(&self, kind: &'static str, text: &str, at: Node<'d, 'd>) -> Option<Node<'d, 'd>> {
        let (prefix, local) = text.trim().split_once(':').map_or((None, text.trim()), |(p, l)| (Some(p), l));
        let space = at.lookup_namespace_uri(prefix);
        if space == Some(XS) && kind == "type" {
            return None;
        }
        self.global(kind, local, space)
    }

    fn type_of(&self, element: Node<'d, 'd>) -> Option<Node<'d, 'd>> {
        match element.attribute("type") {
            Some(name) => self.named("type", name, element),
            None => element.children().find(|n| n.has_tag_name((XS, "complexType"))),
        }
    }

    /// The content of a type, an extension, a group.
    fn content(&self, node: Node<'d, 'd>, around: Around, out: &mut Vec<Child<Node<'d, 'd>>>) {
        if around.depth > MAX_DEPTH {
            return;
        }
        let deeper = Around { depth: around.depth + 1, ..around };
        for part in node.children().filter(|n| n.tag_name().namespace() == Some(XS)) {
            match self.left.get().checked_sub(1) {
                Some(left) => self.left.set(left),
                None => return,
            }
            match part.tag_name().name() {
                "sequence" | "all" | "choice" => {
                    let (least, most) = counts(part);
                    let choice = part.has_tag_name((XS, "choice"));
                    let optional = around.optional || choice || least == 0;
                    let inside = Around { optional, many: around.many || most != Some(1), ..deeper };
                    self.content(part, inside, out);
                }
                "group" => {
                    let (least, most) = counts(part);
                    let (optional, many) = (around.optional || least == 0, around.many || most != Some(1));
                    if let Some(group) = part.attribute("ref").and_then(|name| self.named("group", name, part)) {
                        self.content(group, Around { optional, many, ..deeper }, out);
                    }
                }
                "element" => {
                    let declared = match part.attribute("ref") {
                        Some(name) => self.named("element", name, part),
                        None => Some(part),
                    };
                    let Some(declared) = declared else { continue };
                    let (least, most) = counts(part);
                    out.push(Child {
                        local: declared.attribute("name").unwrap_or("").to_owned(),
                        attribute: false,
                        least: if around.optional { 0 } else { least },
                        most: if around.many { None } else { most },
                        declared,
                    });
                }
                "complexContent" | "simpleContent" => self.content(part, deeper, out),
                "extension" | "restriction" => {
                    let base = part.attribute("base").and_then(|name| self.named("type", name, part));
                    if let Some(base) = base.filter(|_| part.has_tag_name((XS, "extension"))) {
                        self.content(base, deeper, out);
                    }
                    self.content(part, deeper, out);
                }
                "attribute" => {
                    let name = part.attribute("name").or_else(|| part.attribute("ref")).unwrap_or("");
                    let required = part.attribute("use") == Some("required");
                    out.push(Child {
                        local: name.rsplit(':').next().unwrap_or(name).to_owned(),
                        attribute: true,
                        least: u32::from(required),
                        most: Some(1),
                        declared: part,
                    });
                }
                "attributeGroup" => {
                    if let Some(group) = part.attribute("ref").and_then(|name| self.named("attributes", name, part)) {
                        self.content(group, deeper, out);
                    }
                }
                _ => {}
            }
        }
    }
}

fn counts(node: Node<'_, '_>) -> (u32, Option<u32>) {
    let least = node.attribute("minOccurs").and_then(|n| n.trim().parse().ok()).unwrap_or(1);
    let most = match node.attribute("maxOccurs").map(str::trim) {
        None => Some(1),
        Some("unbounded") => None,
        Some(number) => number.parse().ok(),
    };
    (least, most)
}

impl<'d> Walk for Schema<'d> {
    type Declared = Node<'d, 'd>;

    fn root(&self, local: &str, space: Option<&str>) -> Option<Self::Declared> {
        self.global("element", local, space)
    }

    fn children(&self, of: &Self::Declared) -> Option<(Vec<Child<Self::Declared>>, bool)> {
        let kind = self.type_of(*of)?;
        if !kind.has_tag_name((XS, "complexType")) {
            return None;
        }
        let mut all = Vec::new();
        self.content(kind, Around { optional: false, many: false, depth: 0 }, &mut all);
        let structure = all.iter().any(|c| !c.attribute);
        Some((all, structure))
    }
}
