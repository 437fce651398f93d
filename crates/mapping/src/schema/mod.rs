//! What the schema says of the target: the order of nodes, and how often they may be there.

mod edmx;
mod openapi;
mod xsd;

use std::collections::{BTreeMap, HashMap};

use crate::json::Shapes;
use crate::model::Target;
use crate::names::ENVELOPE;

/// A reference of a mapping to a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link {
    /// `SOURCE_IFR_MESS`, `TARGET_IFR_MESS` or `UsedFuncLib`.
    pub role: String,
    /// Which message, from 1.
    pub position: usize,
    /// `xsd`, `wsdl`, `json`, `edmx`, `gsh`.
    pub kind: String,
    /// File, folder, root, and more.
    pub parts: Vec<String>,
}

impl Link {
    pub(crate) fn part(&self, i: usize) -> &str {
        self.parts.get(i).map_or("", |p| p.trim())
    }

    /// Its file, wherever it is.
    pub(crate) fn file<'f>(&self, files: &'f BTreeMap<String, String>) -> Option<(&'f str, &'f str)> {
        let (name, folder) = (self.part(0), self.part(1).trim_matches('/'));
        let named = |path: &str| {
            let file = path.rsplit('/').next().unwrap_or(path);
            file == name || file.strip_suffix(&self.kind).and_then(|f| f.strip_suffix('.')) == Some(name)
        };
        let all = || files.iter().filter(|(path, _)| !name.is_empty() && named(path));
        let exact = all().find(|(path, _)| {
            let above = path.rsplit_once('/').map_or("", |(above, _)| above);
            folder == above || folder.ends_with(&format!("/{above}")) || above.ends_with(&format!("/{folder}"))
        });
        exact.or_else(|| all().next()).map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

/// A child that a schema allows in a node.
#[derive(Clone, Debug)]
pub(crate) struct Child<D> {
    pub local: String,
    pub attribute: bool,
    pub least: u32,
    pub most: Option<u32>,
    pub declared: D,
}

/// A schema that can be walked down.
pub(crate) trait Walk {
    /// What stands for the declaration of a node.
    type Declared: Clone;
    /// The root of a message.
    fn root(&self, local: &str, space: Option<&str>) -> Option<Self::Declared>;
    /// What it may hold, in order; and whether it holds elements.
    fn children(&self, of: &Self::Declared) -> Option<(Vec<Child<Self::Declared>>, bool)>;
}

/// Occurrences of messages in an envelope by position.
pub(crate) type Messages = BTreeMap<usize, (u32, Option<u32>)>;

/// Sorts the target by its schemas. What a schema does not know stays behind what it knows.
pub(crate) fn arrange(
    targets: &mut [Target],
    links: &[Link],
    messages: &Messages,
    files: &BTreeMap<String, String>,
    remarks: &mut Vec<String>,
) -> Option<Shapes> {
    let root = targets.first().and_then(|t| t.children.first()).copied()?;
    once(targets, root);
    let enveloped = targets.get(root).is_some_and(|t| t.step.space.as_deref() == Some(ENVELOPE));
    let mut shapes = None;
    for link in links.iter().filter(|l| l.role == "TARGET_IFR_MESS") {
        let top = if enveloped {
            let wanted = format!("Message{}", link.position);
            let found = children(targets, root).into_iter().find(|c| targets[*c].step.local == wanted);
            let Some(message) = found else { continue };
            once(targets, message);
            let Some(top) = children(targets, message).first().copied() else { continue };
            if let (Some(target), Some(occurs)) = (targets.get_mut(top), messages.get(&link.position)) {
                target.occurs = Some(*occurs);
            }
            top
        } else if link.position <= 1 {
            root
        } else {
            continue;
        };
        let Some((path, text)) = link.file(files) else {
            remarks.push(format!("the schema `{}` is not there: nodes are in the order of the mapping", link.part(0)));
            continue;
        };
        let read = match link.kind.as_str() {
            "json" => openapi::read(text, link.part(2)).map(|schema| {
                let found = walk(targets, top, &schema);
                shapes = Some(openapi::shapes(targets, top, &schema));
                found
            }),
            "edmx" => edmx::read(text).map(|schema| walk(targets, top, &schema)),
            _ => xsd::with(path, text, files, |schema| walk(targets, top, schema)),
        };
        if read != Some(true) {
            remarks
                .push(format!("the schema `{}` cannot be read: nodes are in the order of the mapping", link.part(0)));
        }
    }
    let json = links.iter().any(|l| l.role == "TARGET_IFR_MESS" && l.kind == "json");
    if json && shapes.is_none() { Some(Shapes::default()) } else { shapes }
}

fn once(targets: &mut [Target], at: usize) {
    if let Some(target) = targets.get_mut(at)
        && target.step.local != crate::json::xml_name(crate::json::ARRAY)
    {
        target.occurs = Some((1, Some(1)));
    }
}

fn children(targets: &[Target], at: usize) -> Vec<usize> {
    targets.get(at).map(|t| t.children.clone()).unwrap_or_default()
}

/// Walks a message down; `false` if the schema does not know its root.
fn walk<W: Walk>(targets: &mut [Target], root: usize, schema: &W) -> bool {
    let Some(target) = targets.get(root) else { return false };
    let Some(declared) = schema.root(&target.step.local, target.step.space.as_deref()) else { return false };
    let mut open = vec![(root, declared)];
    while let Some((at, declared)) = open.pop() {
        let Some((known, structure)) = schema.children(&declared) else { continue };
        let mut places_of: HashMap<(&str, bool), usize> = HashMap::new();
        for (i, child) in known.iter().enumerate() {
            places_of.entry((child.local.as_str(), child.attribute)).or_insert(i);
        }
        let mut inside = children(targets, at);
        let mut places: Vec<(usize, u32, usize)> = Vec::new();
        for child in &inside {
            let Some(target) = targets.get_mut(*child) else { continue };
            let found = places_of.get(&(target.step.local.as_str(), target.step.attribute)).copied();
            let found = found.and_then(|i| known.get(i).map(|k| (i, k)));
            let index = target.step.index.unwrap_or(0);
            places.push((found.map_or(usize::MAX, |(i, _)| i), index, *child));
            if let Some((_, known)) = found {
                // Copies of a node share what the schema allows; each of them may be missing.
                let least = if target.step.index.is_some() { 0 } else { known.least };
                target.occurs = Some((least, known.most));
                open.push((*child, known.declared.clone()));
            }
        }
        places.sort_by_key(|(place, index, _)| (*place, *index));
        inside = places.into_iter().map(|(_, _, child)| child).collect();
        if let Some(target) = targets.get_mut(at) {
            target.structure |= structure;
            target.children = inside;
        }
    }
    true
}
