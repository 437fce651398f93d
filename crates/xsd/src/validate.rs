//! Checks a document, from the root element inwards.

use std::collections::{HashMap, HashSet};

use roxmltree::{Document, Node};

use crate::Mistake;
use crate::automaton::{Automaton, Taken};
use crate::identity::{Constraint, ConstraintKind};
use crate::model::{All, Complex, Content, ElementIx, Kind, Model, Process, TypeIx};
use crate::names::{Name, XSI};
use crate::read::ANY;
use crate::simple::{Found, Reference, Space, normalize};

/// More mistakes than anybody reads.
const MAX_MISTAKES: usize = 20;
/// What a check may cost, in elements, states and values.
const MAX_WORK: usize = 50_000_000;
/// Longest piece of a document in a mistake.
const MAX_SHOWN: usize = 60;

/// Values of keys below an element, by the name of the constraint.
type Keys = HashMap<Name, HashSet<Vec<String>>>;

/// Checks a document against a schema.
pub(crate) fn document(model: &Model, tree: &Document<'_>) -> Result<(), Vec<Mistake>> {
    let found = Found { references: Vec::new(), left: MAX_WORK };
    let mut check = Check { model, mistakes: Vec::new(), found, ids: HashSet::new(), targets: Vec::new() };
    let root = tree.root_element();
    let name = Name::of(&root);
    match model.element(&name.space, &name.local) {
        Some(ix) => drop(check.element(root, Some(ix))),
        None => {
            let known: Vec<String> =
                model.global_elements.keys().filter(|n| n.local == name.local).map(|n| n.space.clone()).collect();
            let help = match known.first() {
                Some(space) if space.is_empty() => ": it belongs into no namespace".to_owned(),
                Some(space) => format!(": its namespace is `{}`, not `{space}`", name.space),
                None => String::new(),
            };
            check.wrong(root, format!("the root element `{name}` is not declared in the schema{help}"));
        }
    }
    for (id, node) in std::mem::take(&mut check.targets) {
        if !check.ids.contains(&id) {
            check.wrong(node, format!("nothing has the id {}", shown(&id)));
        }
    }
    if check.found.left == 0 {
        check.mistakes.push(Mistake {
            file: String::new(),
            line: 0,
            at: 0,
            text: "the document is too large for its schema: the check takes too long".to_owned(),
        });
    }
    check.mistakes.sort_by_key(|m| m.at);
    if check.mistakes.is_empty() { Ok(()) } else { Err(check.mistakes) }
}

/// A value as part of a sentence.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("`{}...`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// All text in an element.
pub(crate) fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|n| n.text()).collect()
}

struct Check<'m, 'a, 'i> {
    model: &'m Model,
    mistakes: Vec<Mistake>,
    found: Found,
    ids: HashSet<String>,
    targets: Vec<(String, Node<'a, 'i>)>,
}

impl<'m, 'a, 'i> Check<'m, 'a, 'i> {
    fn wrong(&mut self, node: Node<'a, 'i>, text: String) {
        if self.mistakes.len() < MAX_MISTAKES {
            let at = node.range().start;
            let line = usize::try_from(node.document().text_pos_at(at).row).unwrap_or(0);
            self.mistakes.push(Mistake { file: String::new(), line, at, text });
        }
    }

    /// Whether the check goes on.
    fn spend(&mut self, cost: usize) -> bool {
        self.found.left = self.found.left.saturating_sub(cost);
        self.found.left > 0 && self.mistakes.len() < MAX_MISTAKES
    }

    /// An element; without a declaration its content is checked where it is known. Documents nest at most 128 deep.
    fn element(&mut self, node: Node<'a, 'i>, declared: Option<ElementIx>) -> Keys {
        let model = self.model;
        let mut keys = Keys::new();
        if !self.spend(1) {
            return keys;
        }
        let declaration = declared.and_then(|ix| model.elements.get(ix));
        let title = node.tag_name().name();
        if declaration.is_some_and(|d| d.is_abstract) {
            self.wrong(node, format!("`{title}` is abstract: an element that stands for it is expected"));
            return keys;
        }
        let kind = self.kind(node, declaration.map_or(ANY, |d| d.kind));
        if matches!(node.attribute((XSI, "nil")).map(str::trim), Some("true" | "1")) {
            if !declaration.is_some_and(|d| d.nillable) {
                self.wrong(node, format!("`{title}` may not be nil"));
            } else if node.children().any(|n| n.is_element() || n.is_text()) {
                self.wrong(node, format!("`{title}` is nil, so it has to be empty"));
            }
            self.attributes(node, kind);
            return keys;
        }
        self.attributes(node, kind);
        match model.types.get(kind).map(|t| &t.kind) {
            Some(Kind::Simple(_)) => self.simple(node, kind, declaration.is_some_and(|d| d.default)),
            Some(Kind::Complex(complex)) => {
                keys = self.complex(node, complex, declaration.is_some_and(|d| d.default));
            }
            None => {}
        }
        if let Some(declaration) = declaration {
            if let Some(fixed) = &declaration.fixed {
                let (found, wanted) = (text(node), fixed);
                let same = normalize(&found, Space::Collapse) == normalize(wanted, Space::Collapse);
                if !found.is_empty() && !same {
                    self.wrong(node, format!("`{title}` has to be {}", shown(wanted)));
                }
            }
            // References come after all keys that they may mean.
            let refers = |c: &&Constraint| matches!(c.kind, ConstraintKind::Ref(_));
            let keyed = declaration.constraints.iter().filter(|c| !refers(c));
            for constraint in keyed.chain(declaration.constraints.iter().filter(refers)) {
                self.constraint(node, constraint, &mut keys);
            }
        }
        keys
    }

    /// The type of an element: what `xsi:type` says, where it fits what is declared.
    fn kind(&mut self, node: Node<'a, 'i>, declared: TypeIx) -> TypeIx {
        let model = self.model;
        let mut kind = declared;
        if let Some(text) = node.attribute((XSI, "type")) {
            let named = Name::resolve(text, &node).and_then(|name| model.named_types.get(&name).copied());
            match named {
                Some(ix) if model.derives(ix, declared) => kind = ix,
                Some(ix) => {
                    let (own, wanted) = (model.title(ix), model.title(declared));
                    self.wrong(node, format!("the type {own} is not derived from {wanted}"));
                }
                None => self.wrong(node, format!("there is no type {}", shown(text))),
            }
        }
        if let Some(Kind::Complex(complex)) = model.types.get(kind).map(|t| &t.kind)
            && complex.is_abstract
        {
            let title = model.title(kind);
            self.wrong(node, format!("the type {title} is abstract: `xsi:type` has to name one derived from it"));
        }
        kind
    }

    fn attributes(&mut self, node: Node<'a, 'i>, kind: TypeIx) {
        let model = self.model;
        let title = node.tag_name().name();
        let (declared, any) = match model.types.get(kind).map(|t| &t.kind) {
            Some(Kind::Complex(complex)) => (complex.attributes.as_slice(), complex.any_attribute.as_deref()),
            _ => (&[][..], None),
        };
        for attribute in node.attributes() {
            let (space, name) = (attribute.namespace().unwrap_or(""), attribute.name());
            if space == XSI || !self.spend(1 + declared.len() / 16) {
                continue;
            }
            let known = declared.iter().find(|a| a.name.is(space, name));
            let global = || model.global_attributes.get(&Name::new(space, name));
            let found = match (known, any) {
                (Some(known), _) => Some(known.as_ref()),
                (None, Some(wildcard)) if wildcard.takes(space) => match (wildcard.process, global()) {
                    (Process::Skip, _) | (Process::Lax, None) => None,
                    (_, Some(global)) => Some(global),
                    (Process::Strict, None) => {
                        self.wrong(node, format!("the attribute `{name}` of `{title}` is not declared"));
                        None
                    }
                },
                _ => {
                    self.wrong(node, format!("`{title}` has no attribute `{name}`"));
                    None
                }
            };
            if let Some(found) = found {
                let value = attribute.value();
                if let Err(what) = self.value(node, found.kind, value) {
                    self.wrong(node, format!("the attribute `{name}` of `{title}` is wrong: {what}"));
                } else if let Some(fixed) = &found.fixed
                    && normalize(value, Space::Collapse) != normalize(fixed, Space::Collapse)
                {
                    self.wrong(node, format!("the attribute `{name}` of `{title}` has to be {}", shown(fixed)));
                }
            }
        }
        for required in declared.iter().filter(|a| a.required) {
            if !self.spend(1 + node.attributes().len() / 16) {
                return;
            }
            let space = (!required.name.space.is_empty()).then_some(required.name.space.as_str());
            let there = |a: &roxmltree::Attribute<'_, '_>| a.namespace() == space && a.name() == required.name.local;
            if !node.attributes().any(|a| there(&a)) {
                self.wrong(node, format!("`{title}` lacks the attribute `{}`", required.name));
            }
        }
    }

    /// Checks a value; ids and references are kept with their element.
    fn value(&mut self, node: Node<'a, 'i>, kind: TypeIx, value: &str) -> Result<(), String> {
        self.model.value(kind, value, &mut self.found)?;
        for reference in std::mem::take(&mut self.found.references) {
            match reference {
                Reference::Id(id) => {
                    if !self.ids.insert(id.clone()) {
                        return Err(format!("the id {} stands twice", shown(&id)));
                    }
                }
                Reference::To(id) => self.targets.push((id, node)),
            }
        }
        Ok(())
    }

    fn simple(&mut self, node: Node<'a, 'i>, kind: TypeIx, default: bool) {
        let title = node.tag_name().name();
        if let Some(child) = node.children().find(Node::is_element) {
            let name = child.tag_name().name();
            self.wrong(child, format!("`{title}` holds a value, so there is no `{name}` in it"));
            return;
        }
        let value = text(node);
        if value.is_empty() && default {
            return;
        }
        if let Err(what) = self.value(node, kind, &value) {
            self.wrong(node, format!("`{title}` is wrong: {what}"));
        }
    }

    fn complex(&mut self, node: Node<'a, 'i>, complex: &'m Complex, default: bool) -> Keys {
        let mut keys = Keys::new();
        let title = node.tag_name().name();
        if let Content::Simple(kind) = complex.content {
            self.simple(node, kind, default);
            return keys;
        }
        let blank = |n: &Node<'_, '_>| n.text().unwrap_or("").trim_matches([' ', '\t', '\r', '\n']).is_empty();
        if !complex.mixed
            && let Some(found) = node.children().find(|n| n.is_text() && !blank(n))
        {
            let said = shown(found.text().unwrap_or("").trim());
            self.wrong(found, format!("`{title}` holds elements only, but there is the text {said}"));
        }
        match &complex.content {
            Content::Simple(_) => {}
            Content::Empty => {
                if let Some(child) = node.children().find(Node::is_element) {
                    let name = child.tag_name().name();
                    self.wrong(child, format!("`{title}` is empty, so there is no `{name}` in it"));
                }
            }
            Content::Anything => {
                for child in node.children().filter(Node::is_element) {
                    self.wild(child, Process::Lax, &mut keys);
                }
            }
            Content::Elements(automaton) => self.ordered(node, automaton, &mut keys),
            Content::All(all) => self.all(node, all, &mut keys),
        }
        keys
    }

    fn ordered(&mut self, node: Node<'a, 'i>, automaton: &'m Automaton, keys: &mut Keys) {
        let model = self.model;
        let title = node.tag_name().name();
        let mut way = automaton.begin();
        for child in node.children().filter(Node::is_element) {
            if !self.spend(1 + way.cost()) {
                return;
            }
            let name = child.tag_name();
            match way.take(model, name.namespace().unwrap_or(""), name.name()) {
                Some(Taken::Element(ix)) => add(keys, self.element(child, Some(ix))),
                Some(Taken::Any(wildcard)) => self.wild(child, wildcard.process, keys),
                None => {
                    let expected = way.expected(model);
                    let help = match (expected.is_empty(), way.may_end()) {
                        (true, _) => "nothing more is expected".to_owned(),
                        (false, true) => format!("expected here: {}, or the end", expected.join(", ")),
                        (false, false) => format!("expected here: {}", expected.join(", ")),
                    };
                    self.wrong(child, format!("`{}` may not stand here in `{title}`; {help}", name.name()));
                    return;
                }
            }
        }
        if self.spend(way.cost()) && !way.may_end() {
            let expected = way.expected(model).join(", ");
            self.wrong(node, format!("`{title}` is not complete; expected at its end: {expected}"));
        }
    }

    fn all(&mut self, node: Node<'a, 'i>, all: &All, keys: &mut Keys) {
        let model = self.model;
        let title = node.tag_name().name();
        let mut there = vec![false; all.members.len()];
        let mut any = false;
        for child in node.children().filter(Node::is_element) {
            if !self.spend(1 + all.members.len() / 16) {
                return;
            }
            any = true;
            let name = child.tag_name();
            let space = name.namespace().unwrap_or("");
            let global = model.element(space, name.name());
            let mut members = all.members.iter().enumerate();
            let found = members.find_map(|(i, (ix, _))| Some((i, model.stands_for(*ix, space, name.name(), global)?)));
            match found {
                Some((i, ix)) if !there.get(i).copied().unwrap_or(true) => {
                    there[i] = true;
                    add(keys, self.element(child, Some(ix)));
                }
                Some(_) => self.wrong(child, format!("`{}` stands more than once in `{title}`", name.name())),
                None => self.wrong(child, format!("there is no `{}` in `{title}`", name.name())),
            }
        }
        if !any && all.optional {
            return;
        }
        for ((ix, required), there) in all.members.iter().zip(&there) {
            if *required && !there {
                let name = model.elements.get(*ix).map(|e| e.name.local.clone()).unwrap_or_default();
                self.wrong(node, format!("`{title}` lacks `{name}`"));
            }
        }
    }

    /// An element that a wildcard takes.
    fn wild(&mut self, node: Node<'a, 'i>, process: Process, keys: &mut Keys) {
        let name = Name::of(&node);
        let known = self.model.element(&name.space, &name.local);
        match (process, known) {
            (Process::Skip, _) => {}
            (_, Some(ix)) => add(keys, self.element(node, Some(ix))),
            (Process::Strict, None) if node.attribute((XSI, "type")).is_none() => {
                self.wrong(node, format!("`{name}` is not declared in the schema"));
            }
            _ => add(keys, self.element(node, None)),
        }
    }

    fn constraint(&mut self, node: Node<'a, 'i>, constraint: &Constraint, keys: &mut Keys) {
        let rows = constraint.rows(node, &mut self.found.left);
        let said = |values: &[String]| values.iter().map(|v| shown(v)).collect::<Vec<_>>().join(", ");
        let mut own: HashSet<Vec<String>> = HashSet::new();
        for (at, values) in rows {
            match (&constraint.kind, values) {
                (ConstraintKind::Key, None) => {
                    self.wrong(at, format!("a value of the key `{}` is missing", constraint.name));
                }
                (_, None) => {}
                (ConstraintKind::Ref(target), Some(values)) => {
                    if !keys.get(target).is_some_and(|k| k.contains(&values)) {
                        self.wrong(at, format!("nothing has the key {} (`{}`)", said(&values), constraint.name));
                    }
                }
                (_, Some(values)) => {
                    let text = said(&values);
                    if !own.insert(values) {
                        self.wrong(at, format!("{text} stands more than once (`{}`)", constraint.name));
                    }
                }
            }
        }
        if !matches!(constraint.kind, ConstraintKind::Ref(_)) {
            keys.entry(constraint.name.clone()).or_default().extend(own);
        }
    }
}

fn add(keys: &mut Keys, more: Keys) {
    for (name, values) in more {
        keys.entry(name).or_default().extend(values);
    }
}
