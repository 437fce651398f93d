//! Complex types: what stands inside, what is inherited.

use std::collections::HashMap;
use std::sync::Arc;

use roxmltree::Node;

use crate::attributes::Attributes;
use crate::automaton::{Automaton, Particle, Term};
use crate::facets::Facets;
use crate::model::{All, Attribute, Complex, Content, Kind, Simple, Type, TypeIx, Variety, Wildcard};
use crate::names::{Name, is_xs, parts};
use crate::read::{ANY, At, Reader};

/// How deep particles may lie in each other, over all groups.
const MAX_NESTED: usize = 256;

/// A complex type as it is written.
pub(crate) struct Raw {
    pub(crate) base: TypeIx,
    extension: bool,
    is_abstract: bool,
    mixed: bool,
    content: RawContent,
    attributes: Attributes,
}

/// Its own content.
enum RawContent {
    Empty,
    Particle(Arc<Particle>),
    All(Arc<All>),
    /// Simple content of the base; a restriction has facets, and perhaps another type.
    Simple(Option<Box<(Facets, Option<TypeIx>)>>),
}

/// A complex type with what it inherits.
#[derive(Clone, Default)]
struct Effective {
    mixed: bool,
    anything: bool,
    particle: Option<Arc<Particle>>,
    all: Option<Arc<All>>,
    simple: Option<TypeIx>,
    attributes: Arc<Vec<Arc<Attribute>>>,
    any_attribute: Option<Arc<Wildcard>>,
}

impl<'d> Reader<'d> {
    /// Reads a complex type.
    pub(crate) fn complex(&mut self, at: At<'d>) -> Raw {
        let flag = |node: Node<'_, '_>, key: &str| matches!(node.attribute(key).map(str::trim), Some("true" | "1"));
        let mut raw = Raw {
            base: ANY,
            extension: false,
            is_abstract: flag(at.node, "abstract"),
            mixed: flag(at.node, "mixed"),
            content: RawContent::Empty,
            attributes: Attributes::default(),
        };
        let outer = parts(at.node).find(|n| is_xs(n, "simpleContent") || is_xs(n, "complexContent"));
        let Some(outer) = outer else {
            self.body(&mut raw, at);
            return raw;
        };
        raw.mixed |= flag(outer, "mixed");
        let Some(node) = parts(outer).find(|n| is_xs(n, "extension") || is_xs(n, "restriction")) else {
            self.wrong(At { node: outer, ..at }, "an extension or restriction is missing");
            return raw;
        };
        let inside = At { node, ..at };
        raw.extension = is_xs(&node, "extension");
        match node.attribute("base").and_then(|text| self.name(inside, text)) {
            Some(name) => raw.base = self.type_named(&name, inside),
            None => self.wrong(inside, "the base type is missing"),
        }
        self.body(&mut raw, inside);
        if is_xs(&outer, "simpleContent") {
            let restricted = (!raw.extension).then(|| {
                let inline = parts(node).find(|n| is_xs(n, "simpleType")).map(|n| self.inline(At { node: n, ..at }));
                Box::new((self.facets(inside), inline))
            });
            raw.content = RawContent::Simple(restricted);
        }
        raw
    }

    /// Particles and attributes of a complex type, an extension or a restriction.
    fn body(&mut self, raw: &mut Raw, at: At<'d>) {
        for node in parts(at.node) {
            let inside = At { node, ..at };
            match node.tag_name().name() {
                "all" => {
                    if let Some(all) = self.all(inside) {
                        raw.content = RawContent::All(Arc::new(all));
                    }
                }
                "group" => match self.all_of_group(inside) {
                    Some(all) => raw.content = RawContent::All(Arc::new(all)),
                    None => {
                        if let Some(particle) = self.particle(inside, 0) {
                            raw.content = RawContent::Particle(Arc::new(particle));
                        }
                    }
                },
                "sequence" | "choice" => {
                    if let Some(particle) = self.particle(inside, 0) {
                        raw.content = RawContent::Particle(Arc::new(particle));
                    }
                }
                _ => {}
            }
        }
        raw.attributes = self.attributes(at, 0);
    }

    fn counts(&mut self, at: At<'d>) -> (u32, Option<u32>) {
        let mut number = |key: &str| match at.node.attribute(key).map(str::trim) {
            None => Some(1),
            Some("unbounded") => None,
            Some(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
                Some(text.parse().unwrap_or(u32::MAX))
            }
            Some(text) => {
                self.wrong(at, format!("`{key}` is `{text}`, which is no number"));
                Some(1)
            }
        };
        let (min, max) = (number("minOccurs").unwrap_or(1), number("maxOccurs"));
        if max.is_some_and(|max| max < min) {
            self.wrong(at, "`maxOccurs` is less than `minOccurs`");
            return (0, None);
        }
        (min, max)
    }

    /// A part of a content model; `None` where it is wrong or can never be there.
    fn particle(&mut self, at: At<'d>, depth: usize) -> Option<Particle> {
        let (min, max) = self.counts(at);
        if max == Some(0) {
            return None;
        }
        if depth >= MAX_NESTED {
            self.wrong(at, "groups lie too deep in each other");
            return None;
        }
        let term = match at.node.tag_name().name() {
            "element" => Term::Element(self.local(at)?),
            "any" => Term::Any(Arc::new(self.wildcard(at))),
            "sequence" => Term::Sequence(self.particles(at, depth)),
            "choice" => {
                let list = self.particles(at, depth);
                // A choice of nothing is never fulfilled.
                if list.is_empty() { Term::Sequence(list) } else { Term::Choice(list) }
            }
            "group" => Term::Shared(self.group(at, depth)?),
            "all" => {
                self.wrong(at, "`all` stands alone in a type");
                return None;
            }
            other => {
                self.wrong(at, format!("`{other}` means nothing here"));
                return None;
            }
        };
        let particle = Particle::new(min, max, term);
        // A group that is known already may be high, wherever it stands.
        if particle.height() > MAX_NESTED {
            self.wrong(at, "groups lie too deep in each other");
            return None;
        }
        Some(particle)
    }

    fn particles(&mut self, at: At<'d>, depth: usize) -> Vec<Particle> {
        parts(at.node).filter_map(|node| self.particle(At { node, ..at }, depth + 1)).collect()
    }

    /// An element in a content model: its own, or a global one.
    fn local(&mut self, at: At<'d>) -> Option<usize> {
        if let Some(text) = at.node.attribute("ref") {
            let name = self.name(at, text)?;
            let found = self.model.global_elements.get(&name).copied();
            if found.is_none() {
                self.wrong(at, format!("there is no element `{text}`"));
            }
            return found;
        }
        let Some(local) = at.node.attribute("name").map(str::trim) else {
            self.wrong(at, "an element needs a name");
            return None;
        };
        let space = if self.qualified(at, "elementFormDefault") { self.space(at) } else { "" };
        let ix = self.reserve(at);
        self.element(ix, Name::new(space, local), at);
        Some(ix)
    }

    fn group(&mut self, at: At<'d>, depth: usize) -> Option<Arc<Particle>> {
        let name = at.node.attribute("ref").and_then(|text| self.name(at, text))?;
        match self.groups.get(&name) {
            Some(Some(known)) => return Some(Arc::clone(known)),
            Some(None) => {
                self.wrong(at, format!("the group `{}` is part of itself", name.local));
                return None;
            }
            None => {}
        }
        let Some(found) = self.global("group", &name) else {
            self.wrong(at, format!("there is no group `{}`", name.local));
            return None;
        };
        let node = parts(found.node).next()?;
        self.groups.insert(name.clone(), None);
        let particle = self.particle(At { node, ..found }, depth + 1).map(Arc::new);
        match &particle {
            Some(particle) => drop(self.groups.insert(name, Some(Arc::clone(particle)))),
            None => drop(self.groups.remove(&name)),
        }
        particle
    }

    /// The `all` of a group that consists of it.
    fn all_of_group(&mut self, at: At<'d>) -> Option<All> {
        let name = self.meant(at, at.node.attribute("ref")?)?;
        let found = self.global("group", &name)?;
        let node = parts(found.node).next().filter(|n| is_xs(n, "all"))?;
        self.all(At { node, ..found })
    }

    fn all(&mut self, at: At<'d>) -> Option<All> {
        let mut members = Vec::new();
        for node in parts(at.node) {
            let inside = At { node, ..at };
            if !is_xs(&node, "element") {
                self.wrong(inside, "`all` holds only elements");
                return None;
            }
            if !self.spend(1) {
                return None;
            }
            let (min, max) = self.counts(inside);
            if max == Some(0) {
                continue;
            }
            members.push((self.local(inside)?, min > 0));
        }
        Some(All { members, optional: at.node.attribute("minOccurs").map(str::trim) == Some("0") })
    }

    /// Gives every complex type what it inherits, and its automaton.
    pub(crate) fn finish(&mut self) {
        let mut done: HashMap<TypeIx, Effective> = HashMap::new();
        done.insert(ANY, Effective { mixed: true, anything: true, ..Effective::default() });
        let mut all: Vec<TypeIx> = self.raw.keys().copied().collect();
        all.sort_unstable();
        for ix in all {
            // From the outermost base inwards; chains are bounded.
            let mut chain = vec![ix];
            while let Some(base) = chain.last().and_then(|i| self.raw.get(i)).map(|r| r.base) {
                if done.contains_key(&base) || !self.raw.contains_key(&base) {
                    break;
                }
                chain.push(base);
            }
            for ix in chain.into_iter().rev() {
                if !done.contains_key(&ix)
                    && let Some(effective) = self.effective(ix, &done)
                {
                    if !self.settle(ix, &effective) {
                        return;
                    }
                    done.insert(ix, effective);
                }
            }
        }
    }

    fn effective(&mut self, ix: TypeIx, done: &HashMap<TypeIx, Effective>) -> Option<Effective> {
        let mut raw = self.raw.remove(&ix)?;
        let base = match self.model.types.get(raw.base).map(|t| &t.kind) {
            Some(Kind::Simple(_)) => Effective { simple: Some(raw.base), ..Effective::default() },
            _ => done.get(&raw.base).cloned().unwrap_or_default(),
        };
        let implicit = raw.base == ANY && !raw.extension;
        let mut own = Effective { mixed: raw.mixed, ..Effective::default() };
        if raw.extension {
            own = Effective { mixed: raw.mixed || (base.mixed && !base.anything), ..base.clone() };
        }
        let outer = if implicit { Arc::default() } else { Arc::clone(&base.attributes) };
        own.attributes = self.inherited(outer, &raw.attributes.list);
        if raw.attributes.any.is_some() || !raw.extension {
            own.any_attribute.clone_from(&raw.attributes.any);
        }
        match &mut raw.content {
            RawContent::Empty => {}
            RawContent::Particle(particle) => {
                let one = |p: &Arc<Particle>| Particle::new(1, Some(1), Term::Shared(Arc::clone(p)));
                own.particle = Some(match &own.particle {
                    Some(before) => {
                        let both = vec![one(before), one(particle)];
                        Arc::new(Particle::new(1, Some(1), Term::Sequence(both)))
                    }
                    None => Arc::clone(particle),
                });
            }
            RawContent::All(all) => own.all = Some(Arc::clone(all)),
            RawContent::Simple(restricted) => {
                own.simple = base.simple;
                if let Some(restriction) = restricted.take() {
                    let (facets, inline) = *restriction;
                    let from = inline.or(base.simple).unwrap_or(ANY);
                    let simple = Simple { variety: Variety::Base, facets };
                    self.model.types.push(Type { name: None, base: Some(from), kind: Kind::Simple(Box::new(simple)) });
                    own.simple = Some(self.model.types.len() - 1);
                }
            }
        }
        if let Some(Type { kind: Kind::Complex(complex), .. }) = self.model.types.get_mut(ix) {
            complex.is_abstract = raw.is_abstract;
        }
        Some(own)
    }

    /// Puts an effective type into the model; tells whether there is room for more.
    fn settle(&mut self, ix: TypeIx, effective: &Effective) -> bool {
        let content = if let Some(simple) = effective.simple {
            Content::Simple(simple)
        } else if let Some(all) = &effective.all {
            Content::All(Arc::clone(all))
        } else if let Some(particle) = &effective.particle {
            let (automaton, work) = Automaton::of(particle);
            // What failed took time too.
            if !self.spend(work) {
                return false;
            }
            let Some(automaton) = automaton else {
                self.too_large();
                return false;
            };
            Content::Elements(automaton)
        } else if effective.anything {
            Content::Anything
        } else {
            Content::Empty
        };
        if let Some(Type { kind: Kind::Complex(complex), .. }) = self.model.types.get_mut(ix) {
            **complex = Complex {
                is_abstract: complex.is_abstract,
                mixed: effective.mixed,
                content,
                attributes: Arc::clone(&effective.attributes),
                any_attribute: effective.any_attribute.clone(),
            };
        }
        self.spend(1)
    }
}
