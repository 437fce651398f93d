//! Identity constraints: `unique`, `key` and `keyref`, with the small XPath that they use.

use roxmltree::Node;

use crate::names::{Name, parts};
use crate::read::{At, Reader};

/// Most paths of a selector or field.
const MAX_PATHS: usize = 100;

/// A constraint of an element.
pub(crate) struct Constraint {
    pub(crate) name: Name,
    pub(crate) kind: ConstraintKind,
    selector: Vec<Path>,
    fields: Vec<Vec<Path>>,
}

/// Which of the three.
pub(crate) enum ConstraintKind {
    Unique,
    Key,
    /// Refers to a key of this name.
    Ref(Name),
}

/// One path: `.//a/b/@c`.
struct Path {
    anywhere: bool,
    steps: Vec<Test>,
    attribute: Option<Test>,
}

/// What a step selects.
enum Test {
    Itself,
    Any,
    Space(String),
    Name(Name),
}

impl Test {
    fn fits(&self, name: &str, space: &str) -> bool {
        match self {
            Test::Itself | Test::Any => true,
            Test::Space(wanted) => wanted == space,
            Test::Name(wanted) => wanted.is(space, name),
        }
    }
}

impl<'d> Reader<'d> {
    /// Reads a constraint; `None` for other parts of an element.
    pub(crate) fn constraint(&mut self, at: At<'d>) -> Option<Constraint> {
        let node = at.node;
        let kind = match node.tag_name().name() {
            "unique" => ConstraintKind::Unique,
            "key" => ConstraintKind::Key,
            "keyref" => ConstraintKind::Ref(node.attribute("refer").and_then(|text| self.name(at, text))?),
            _ => return None,
        };
        let name = Name::new(self.space(at), node.attribute("name").unwrap_or("").trim());
        let mut selector = Vec::new();
        let mut fields = Vec::new();
        for part in parts(node) {
            let text = part.attribute("xpath").unwrap_or("");
            let field = part.tag_name().name() == "field";
            let inside = At { node: part, ..at };
            let paths: Option<Vec<Path>> = text.split('|').take(MAX_PATHS).map(|p| path(p, part, field)).collect();
            let Some(paths) = paths else {
                self.wrong(inside, format!("`{text}` is no path of an identity constraint"));
                return None;
            };
            if field {
                fields.push(paths);
            } else {
                selector = paths;
            }
        }
        Some(Constraint { name, kind, selector, fields })
    }
}

fn path(text: &str, node: Node<'_, '_>, field: bool) -> Option<Path> {
    let text: String = text.split_whitespace().collect();
    let (anywhere, rest) = text.strip_prefix(".//").map_or((false, text.as_str()), |rest| (true, rest));
    let mut path = Path { anywhere, steps: Vec::new(), attribute: None };
    let mut steps = rest.split('/').peekable();
    while let Some(step) = steps.next() {
        let last = steps.peek().is_none();
        let attribute = step.strip_prefix('@').or_else(|| step.strip_prefix("attribute::"));
        let plain = attribute.unwrap_or(step);
        let plain = plain.strip_prefix("child::").unwrap_or(plain);
        let test = match plain {
            "" => return None,
            "." => Test::Itself,
            "*" => Test::Any,
            plain => match plain.strip_suffix(":*") {
                Some(prefix) => Test::Space(node.lookup_namespace_uri(Some(prefix))?.to_owned()),
                // Without a prefix there is no namespace.
                None if !plain.contains(':') => Test::Name(Name::new("", plain)),
                None => Test::Name(Name::resolve(plain, &node)?),
            },
        };
        match attribute {
            Some(_) if field && last => path.attribute = Some(test),
            Some(_) => return None,
            None => path.steps.push(test),
        }
    }
    Some(path)
}

impl Constraint {
    /// The values of the fields of every node that it selects; `None` where one is missing. `left` is what it may cost.
    pub(crate) fn rows<'a, 'i>(
        &self,
        node: Node<'a, 'i>,
        left: &mut usize,
    ) -> Vec<(Node<'a, 'i>, Option<Vec<String>>)> {
        let mut selected = Vec::new();
        self.selector.iter().for_each(|path| select(path, node, &mut selected, left));
        let mut rows = Vec::new();
        for one in selected {
            let values: Option<Vec<String>> = self.fields.iter().map(|paths| value(paths, one, left)).collect();
            rows.push((one, values));
        }
        rows
    }
}

fn select<'a, 'i>(path: &Path, node: Node<'a, 'i>, out: &mut Vec<Node<'a, 'i>>, left: &mut usize) {
    let mut now: Vec<Node<'a, 'i>> =
        if path.anywhere { node.descendants().filter(Node::is_element).take(*left).collect() } else { vec![node] };
    for step in &path.steps {
        if matches!(step, Test::Itself) {
            continue;
        }
        *left = left.saturating_sub(now.len());
        let fits =
            |n: &Node<'a, 'i>| n.is_element() && step.fits(n.tag_name().name(), n.tag_name().namespace().unwrap_or(""));
        now = now.iter().flat_map(|n| n.children()).take(*left).filter(fits).collect();
    }
    *left = left.saturating_sub(now.len());
    out.extend(now);
}

fn value(paths: &[Path], node: Node<'_, '_>, left: &mut usize) -> Option<String> {
    paths.iter().find_map(|path| {
        let mut found = Vec::new();
        select(path, node, &mut found, left);
        let first = found.first()?;
        let text = match &path.attribute {
            Some(test) => first
                .attributes()
                .find(|a| test.fits(a.name(), a.namespace().unwrap_or("")))
                .map(|a| a.value().to_owned())?,
            None => crate::validate::text(*first),
        };
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    })
}
