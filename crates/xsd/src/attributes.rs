//! Attributes of types: their own, those of groups, those of base types.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::model::{Attribute, Process, Spaces, Wildcard};
use crate::names::{Name, XS, parts};
use crate::read::{ANY, At, Reader};

/// Most attributes of a type.
const MAX_ATTRIBUTES: usize = 1_000;
/// How deep attribute groups may lie in each other.
const MAX_GROUPS: usize = 64;

/// The attributes that are written in a type or group, with those of the groups in it.
#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) list: Vec<Arc<Attribute>>,
    pub(crate) any: Option<Arc<Wildcard>>,
}

impl<'d> Reader<'d> {
    /// The attributes of a type or group.
    pub(crate) fn attributes(&mut self, at: At<'d>, depth: usize) -> Attributes {
        let mut all = Attributes::default();
        for node in parts(at.node) {
            let inside = At { node, ..at };
            match node.tag_name().name() {
                "attribute" => all.list.extend(self.attribute(inside, false).map(Arc::new)),
                "anyAttribute" => all.any = Some(Arc::new(self.wildcard(inside))),
                "attributeGroup" => {
                    let Some(group) = self.attribute_group(inside, depth) else { continue };
                    if !self.spend(1 + group.list.len()) {
                        return all;
                    }
                    all.list.extend(group.list.iter().cloned());
                    if group.any.is_some() {
                        all.any.clone_from(&group.any);
                    }
                }
                _ => {}
            }
            if all.list.len() > MAX_ATTRIBUTES {
                self.wrong(at, format!("there are more than {MAX_ATTRIBUTES} attributes"));
                return all;
            }
        }
        all
    }

    /// An attribute group: each is read once, however often it is named.
    fn attribute_group(&mut self, at: At<'d>, depth: usize) -> Option<Arc<Attributes>> {
        let name = at.node.attribute("ref").and_then(|text| self.name(at, text));
        let Some((name, found)) = name.and_then(|name| self.global("attributeGroup", &name).map(|at| (name, at)))
        else {
            self.wrong(at, "there is no such attribute group");
            return None;
        };
        match self.attribute_groups.get(&name) {
            Some(Some(known)) => return Some(Arc::clone(known)),
            Some(None) => {
                self.wrong(at, format!("the attribute group `{}` is part of itself", name.local));
                return None;
            }
            None => {}
        }
        if depth >= MAX_GROUPS {
            self.wrong(at, "attribute groups lie too deep in each other");
            return None;
        }
        self.attribute_groups.insert(name.clone(), None);
        let group = Arc::new(self.attributes(found, depth + 1));
        self.attribute_groups.insert(name, Some(Arc::clone(&group)));
        Some(group)
    }

    /// The attributes of a base type with those of a type that is derived from it, which win.
    pub(crate) fn inherited(
        &mut self,
        base: Arc<Vec<Arc<Attribute>>>,
        own: &[Arc<Attribute>],
    ) -> Arc<Vec<Arc<Attribute>>> {
        if own.is_empty() {
            return base;
        }
        let last: HashMap<&Name, usize> = own.iter().enumerate().map(|(i, a)| (&a.name, i)).collect();
        let mut all: Vec<Arc<Attribute>> = base.iter().filter(|a| !last.contains_key(&a.name)).cloned().collect();
        let wins = |i: &usize, a: &Attribute| !a.prohibited && last.get(&a.name) == Some(i);
        all.extend(own.iter().enumerate().filter(|(i, a)| wins(i, a)).map(|(_, a)| Arc::clone(a)));
        self.spend(all.len());
        if all.len() > MAX_ATTRIBUTES {
            self.whole(format!("a type has more than {MAX_ATTRIBUTES} attributes with those of its base types"));
        }
        Arc::new(all)
    }

    /// `any` or `anyAttribute`.
    pub(crate) fn wildcard(&mut self, at: At<'d>) -> Wildcard {
        let target = self.space(at);
        let spaces = match at.node.attribute("namespace").map(str::trim).unwrap_or("##any") {
            "##any" => Spaces::Any,
            "##other" => Spaces::Other(target.to_owned()),
            list => {
                let one = |text: &str| match text {
                    "##targetNamespace" => target.to_owned(),
                    "##local" => String::new(),
                    text => text.to_owned(),
                };
                Spaces::List(list.split_whitespace().map(one).collect::<HashSet<String>>())
            }
        };
        let process = match at.node.attribute("processContents").map(str::trim) {
            Some("lax") => Process::Lax,
            Some("skip") => Process::Skip,
            _ => Process::Strict,
        };
        Wildcard { spaces, process }
    }

    /// An attribute declaration; local ones have a namespace only where the schema says so.
    pub(crate) fn attribute(&mut self, at: At<'d>, global: bool) -> Option<Attribute> {
        let node = at.node;
        let used = node.attribute("use").unwrap_or("");
        let (required, prohibited) = (used == "required", used == "prohibited");
        let fixed = node.attribute("fixed").map(Arc::from);
        if let Some(text) = node.attribute("ref").filter(|_| !global) {
            let name = self.name(at, text)?;
            let kind = match self.model.global_attributes.get(&name) {
                Some(known) => known.kind,
                None => match self.global("attribute", &name) {
                    Some(found) => {
                        let known = self.attribute(found, true)?;
                        let kind = known.kind;
                        self.model.global_attributes.insert(name.clone(), known);
                        kind
                    }
                    None => {
                        self.wrong(at, format!("there is no attribute `{text}`"));
                        return None;
                    }
                },
            };
            let fixed = fixed.or_else(|| self.model.global_attributes.get(&name).and_then(|a| a.fixed.clone()));
            return Some(Attribute { name, kind, required, prohibited, fixed });
        }
        let Some(local) = node.attribute("name").map(str::trim) else {
            self.wrong(at, "an attribute needs a name");
            return None;
        };
        let space = if global || self.qualified(at, "attributeFormDefault") { self.space(at) } else { "" };
        let simple = self.model.named_types.get(&Name::new(XS, "anySimpleType")).copied().unwrap_or(ANY);
        let kind = self.type_of(at).unwrap_or(simple);
        Some(Attribute { name: Name::new(space, local), kind, required, prohibited, fixed })
    }
}
