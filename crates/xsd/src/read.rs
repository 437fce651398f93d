//! From schema files to the model: global declarations first, then every type that they lead to.

use std::collections::HashMap;
use std::sync::Arc;

use roxmltree::{Document, Node};

use crate::attributes::Attributes;
use crate::automaton::Particle;
use crate::content::Raw;
use crate::facets::Facets;
use crate::identity::Constraint;
use crate::model::{
    Attribute, Complex, Content, Element, ElementIx, Kind, Model, Process, Simple, Spaces, Type, TypeIx, Variety,
    Wildcard,
};
use crate::names::{Name, XML, XS, is_xs, parts};
use crate::pattern::Patterns;
use crate::simple::{BUILTINS, Builtin, LISTS};
use crate::source::Source;
use crate::{Mistake, tree};

/// More mistakes than anybody reads.
const MAX_MISTAKES: usize = 20;
/// Most types and most elements.
const MAX_PARTS: usize = 200_000;
/// What making a schema may cost: particles and states of content models, attributes of groups and base types.
const MAX_WORK: usize = 4_000_000;
/// How many types may be derived one from the other.
const MAX_CHAIN: usize = 200;

/// `anyType` is the first type of every model.
pub(crate) const ANY: TypeIx = 0;

/// A part of a schema and the file that it is in.
#[derive(Clone, Copy)]
pub(crate) struct At<'d> {
    pub(crate) file: usize,
    pub(crate) node: Node<'d, 'd>,
}

/// The state of reading.
pub(crate) struct Reader<'d> {
    sources: &'d [Source],
    pub(crate) model: Model,
    /// Global declarations by kind (`element`, `type`, ...) and name.
    globals: HashMap<(&'static str, Name), At<'d>>,
    /// Types that have a number and no content yet.
    pending: Vec<(TypeIx, At<'d>)>,
    /// Complex types before what they are derived from is added.
    pub(crate) raw: HashMap<TypeIx, Raw>,
    /// Named groups; nothing while one is being read.
    pub(crate) groups: HashMap<Name, Option<Arc<Particle>>>,
    /// The same of attribute groups.
    pub(crate) attribute_groups: HashMap<Name, Option<Arc<Attributes>>>,
    heads: Vec<(ElementIx, Name, bool, At<'d>)>,
    mistakes: Vec<Mistake>,
    patterns: Patterns,
    /// What it may still cost.
    left: usize,
}

/// Reads a schema.
pub(crate) fn schema(sources: &[Source]) -> Result<Model, Vec<Mistake>> {
    let mut documents = Vec::new();
    for source in sources {
        let document = tree::parse(&source.text);
        documents.push(document.map_err(|m| vec![Mistake { file: source.path.clone(), ..m }])?);
    }
    let mut reader = Reader {
        sources,
        model: builtins(),
        globals: HashMap::new(),
        pending: Vec::new(),
        raw: HashMap::new(),
        groups: HashMap::new(),
        attribute_groups: HashMap::new(),
        heads: Vec::new(),
        mistakes: Vec::new(),
        patterns: Patterns::default(),
        left: MAX_WORK,
    };
    reader.index(&documents);
    reader.globals();
    while let Some((ix, at)) = reader.pending.pop() {
        reader.build(ix, at);
        if reader.mistakes.len() >= MAX_MISTAKES || reader.left == 0 {
            break;
        }
    }
    if reader.mistakes.is_empty() {
        reader.rings();
    }
    if reader.mistakes.is_empty() {
        reader.heads();
    }
    if reader.mistakes.is_empty() {
        reader.finish();
        reader.model.prepare();
    }
    if reader.mistakes.is_empty() { Ok(reader.model) } else { Err(reader.mistakes) }
}

fn builtins() -> Model {
    let mut model = Model::default();
    let any = Wildcard { spaces: Spaces::Any, process: Process::Lax };
    let anything =
        Complex { mixed: true, content: Content::Anything, any_attribute: Some(Arc::new(any)), ..Complex::default() };
    let name = |local: &str| Some(Name::new(XS, local));
    model.types.push(Type { name: name("anyType"), base: None, kind: Kind::Complex(Box::new(anything)) });
    let atom = |builtin: Builtin| Box::new(Simple { variety: Variety::Builtin(builtin), facets: Facets::default() });
    for (local, builtin) in BUILTINS {
        model.types.push(Type { name: name(local), base: Some(ANY), kind: Kind::Simple(atom(builtin)) });
    }
    // What is derived from what, for `xsi:type` and substitution.
    let parents = [
        ("normalizedString", "string"),
        ("token", "normalizedString"),
        ("language", "token"),
        ("Name", "token"),
        ("NMTOKEN", "token"),
        ("NCName", "Name"),
        ("ID", "NCName"),
        ("IDREF", "NCName"),
        ("ENTITY", "NCName"),
        ("integer", "decimal"),
        ("nonPositiveInteger", "integer"),
        ("negativeInteger", "nonPositiveInteger"),
        ("long", "integer"),
        ("int", "long"),
        ("short", "int"),
        ("byte", "short"),
        ("nonNegativeInteger", "integer"),
        ("unsignedLong", "nonNegativeInteger"),
        ("unsignedInt", "unsignedLong"),
        ("unsignedShort", "unsignedInt"),
        ("unsignedByte", "unsignedShort"),
        ("positiveInteger", "nonNegativeInteger"),
    ];
    let find = |model: &Model, local: &str| model.types.iter().position(|t| t.name == name(local)).unwrap_or(ANY);
    let simple = find(&model, "anySimpleType");
    for ix in 1..model.types.len() {
        let local = model.types[ix].name.as_ref().map(|n| n.local.clone()).unwrap_or_default();
        let parent = parents.iter().find(|(child, _)| *child == local).map(|(_, parent)| find(&model, parent));
        if ix != simple {
            model.types[ix].base = Some(parent.unwrap_or(simple));
        }
    }
    for (local, item) in LISTS {
        let item = find(&model, item);
        let list = Simple { variety: Variety::List(item), facets: Facets::default() };
        model.types.push(Type { name: name(local), base: Some(simple), kind: Kind::Simple(Box::new(list)) });
    }
    model.named_types = model.types.iter().enumerate().filter_map(|(ix, t)| Some((t.name.clone()?, ix))).collect();
    for (local, kind) in [("lang", "string"), ("space", "NCName"), ("base", "anyURI"), ("id", "ID")] {
        let kind = find(&model, kind);
        let name = Name::new(XML, local);
        let attribute = Attribute { name: name.clone(), kind, required: false, prohibited: false, fixed: None };
        model.global_attributes.insert(name, attribute);
    }
    model
}

impl<'d> Reader<'d> {
    /// Notes a mistake at a part.
    pub(crate) fn wrong(&mut self, at: At<'d>, text: impl Into<String>) {
        if self.mistakes.len() < MAX_MISTAKES {
            let file = self.sources.get(at.file).map(|s| s.path.clone()).unwrap_or_default();
            let place = at.node.range().start;
            let line = usize::try_from(at.node.document().text_pos_at(place).row).unwrap_or(0);
            self.mistakes.push(Mistake { file, line, at: place, text: text.into() });
        }
    }

    /// The target namespace of a file.
    pub(crate) fn space(&self, at: At<'d>) -> &'d str {
        self.sources.get(at.file).map_or("", |s| s.space.as_str())
    }

    /// The name that an attribute of a part means.
    pub(crate) fn name(&mut self, at: At<'d>, text: &str) -> Option<Name> {
        let name = self.meant(at, text);
        if name.is_none() {
            self.wrong(at, format!("the prefix of `{text}` is not declared"));
        }
        name
    }

    /// The same without a word about what is wrong.
    pub(crate) fn meant(&self, at: At<'d>, text: &str) -> Option<Name> {
        let mut name = Name::resolve(text, &at.node)?;
        // A file without a namespace that is included into one speaks of that one.
        let own = at.node.document().root_element().attribute("targetNamespace").unwrap_or("");
        if name.space.is_empty() && own.is_empty() {
            self.space(at).clone_into(&mut name.space);
        }
        Some(name)
    }

    /// Takes what something costs; `false` where it is too much, which is told once.
    pub(crate) fn spend(&mut self, cost: usize) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left = self.left.saturating_sub(cost);
        if self.left == 0 {
            self.too_large();
        }
        self.left > 0
    }

    /// A global declaration.
    pub(crate) fn global(&mut self, kind: &'static str, name: &Name) -> Option<At<'d>> {
        self.globals.get(&(kind, name.clone())).copied()
    }

    fn index(&mut self, documents: &'d [Document<'d>]) {
        for (file, document) in documents.iter().enumerate() {
            for node in parts(document.root_element()) {
                let kind = match node.tag_name().name() {
                    "element" => "element",
                    "complexType" | "simpleType" => "type",
                    "group" => "group",
                    "attributeGroup" => "attributeGroup",
                    "attribute" => "attribute",
                    _ => continue,
                };
                let at = At { file, node };
                let Some(local) = node.attribute("name").map(str::trim).filter(|n| !n.is_empty()) else {
                    self.wrong(at, "a global declaration needs a name");
                    continue;
                };
                let name = Name::new(self.space(at), local);
                let twice = self.globals.insert((kind, name), at).is_some();
                if twice && !self.reread(file) {
                    self.wrong(at, format!("`{local}` is declared twice"));
                }
            }
        }
    }

    /// Whether a file is part of the schema twice, under two namespaces or paths.
    fn reread(&self, file: usize) -> bool {
        let text = self.sources.get(file).map(|s| s.text.as_str());
        self.sources.iter().filter(|s| Some(s.text.as_str()) == text).count() > 1
    }

    fn globals(&mut self) {
        let mut all: Vec<(&'static str, Name, At<'d>)> =
            self.globals.iter().map(|((kind, name), at)| (*kind, name.clone(), *at)).collect();
        all.sort_by_key(|(_, _, at)| (at.file, at.node.range().start));
        for (kind, name, at) in &all {
            if *kind == "element" {
                let ix = self.reserve(*at);
                self.model.global_elements.insert(name.clone(), ix);
            }
        }
        for (kind, name, at) in all {
            match kind {
                "element" => {
                    if let Some(ix) = self.model.global_elements.get(&name).copied() {
                        self.element(ix, name, at);
                    }
                }
                "type" => drop(self.type_named(&name, at)),
                "attribute" => {
                    if let Some(attribute) = self.attribute(at, true) {
                        self.model.global_attributes.insert(name, attribute);
                    }
                }
                _ => {}
            }
        }
    }

    /// An element that is filled later.
    pub(crate) fn reserve(&mut self, at: At<'d>) -> ElementIx {
        if self.model.elements.len() >= MAX_PARTS {
            self.wrong(at, "the schema has too many elements");
            return 0;
        }
        self.model.elements.push(Element {
            name: Name::default(),
            kind: ANY,
            is_abstract: false,
            nillable: false,
            fixed: None,
            default: false,
            constraints: Vec::new(),
        });
        self.model.elements.len() - 1
    }

    /// Fills an element from its declaration.
    pub(crate) fn element(&mut self, ix: ElementIx, name: Name, at: At<'d>) {
        let node = at.node;
        let flag = |key: &str| matches!(node.attribute(key).map(str::trim), Some("true" | "1"));
        let kind = self.type_of(at);
        let constraints: Vec<Constraint> = parts(node).filter_map(|n| self.constraint(At { node: n, ..at })).collect();
        if let Some(head) = node.attribute("substitutionGroup").and_then(|text| self.name(at, text)) {
            self.heads.push((ix, head, kind.is_none(), at));
        }
        if let Some(element) = self.model.elements.get_mut(ix) {
            *element = Element {
                name,
                kind: kind.unwrap_or(ANY),
                is_abstract: flag("abstract"),
                nillable: flag("nillable"),
                fixed: node.attribute("fixed").map(str::to_owned),
                default: node.attribute("default").is_some(),
                constraints,
            };
        }
    }

    /// The type of an element or attribute: named, or written inside it.
    pub(crate) fn type_of(&mut self, at: At<'d>) -> Option<TypeIx> {
        if let Some(text) = at.node.attribute("type") {
            let name = self.name(at, text)?;
            return Some(self.type_named(&name, at));
        }
        let inline = parts(at.node).find(|n| is_xs(n, "complexType") || is_xs(n, "simpleType"))?;
        Some(self.inline(At { node: inline, ..at }))
    }

    /// A type without a name.
    pub(crate) fn inline(&mut self, at: At<'d>) -> TypeIx {
        self.add_type(None, at)
    }

    fn add_type(&mut self, name: Option<Name>, at: At<'d>) -> TypeIx {
        if self.model.types.len() >= MAX_PARTS {
            self.wrong(at, "the schema has too many types");
            return ANY;
        }
        let ix = self.model.types.len();
        self.model.types.push(Type { name, base: Some(ANY), kind: Kind::Simple(Box::default()) });
        self.pending.push((ix, at));
        ix
    }

    /// The type of a name.
    pub(crate) fn type_named(&mut self, name: &Name, at: At<'d>) -> TypeIx {
        if let Some(ix) = self.model.named_types.get(name) {
            return *ix;
        }
        let Some(found) = self.global("type", name) else {
            self.wrong(at, format!("there is no type `{}`{}", name.local, within(&name.space)));
            return ANY;
        };
        let ix = self.add_type(Some(name.clone()), found);
        self.model.named_types.insert(name.clone(), ix);
        ix
    }

    /// Whether a local declaration has the namespace of its schema.
    pub(crate) fn qualified(&self, at: At<'d>, default: &str) -> bool {
        let form = at.node.attribute("form").or_else(|| at.node.document().root_element().attribute(default));
        form.map(str::trim) == Some("qualified")
    }

    fn build(&mut self, ix: TypeIx, at: At<'d>) {
        if is_xs(&at.node, "complexType") {
            let raw = self.complex(at);
            self.set(ix, raw.base, Kind::Complex(Box::default()));
            self.raw.insert(ix, raw);
        } else {
            let (base, simple) = self.simple(at);
            self.set(ix, base, Kind::Simple(Box::new(simple)));
        }
    }

    fn set(&mut self, ix: TypeIx, base: TypeIx, kind: Kind) {
        if let Some(slot) = self.model.types.get_mut(ix) {
            slot.base = Some(base);
            slot.kind = kind;
        }
    }

    fn simple(&mut self, at: At<'d>) -> (TypeIx, Simple) {
        let simple = self.model.named_types.get(&Name::new(XS, "anySimpleType")).copied().unwrap_or(ANY);
        let Some(node) = parts(at.node).next() else {
            self.wrong(at, "a simple type needs a restriction, a list or a union");
            return (simple, Simple::default());
        };
        let inside = At { node, ..at };
        let types = |reader: &mut Self, key: &str| -> Vec<TypeIx> {
            let named: Vec<&'d str> = node.attribute(key).unwrap_or("").split_whitespace().collect();
            let mut all: Vec<TypeIx> = Vec::new();
            for text in named {
                if let Some(name) = reader.name(inside, text) {
                    all.push(reader.type_named(&name, inside));
                }
            }
            let inline: Vec<Node<'d, 'd>> = parts(node).filter(|n| is_xs(n, "simpleType")).collect();
            all.extend(inline.into_iter().map(|n| reader.inline(At { node: n, ..at })));
            all
        };
        match node.tag_name().name() {
            "restriction" => {
                let base = types(self, "base").first().copied().unwrap_or(simple);
                let facets = self.facets(inside);
                (base, Simple { variety: Variety::Base, facets })
            }
            "list" => {
                let item = types(self, "itemType").first().copied().unwrap_or(simple);
                (simple, Simple { variety: Variety::List(item), facets: Facets::default() })
            }
            "union" => {
                let members = types(self, "memberTypes");
                (simple, Simple { variety: Variety::Union(members), facets: Facets::default() })
            }
            other => {
                self.wrong(inside, format!("`{other}` means nothing in a simple type"));
                (simple, Simple::default())
            }
        }
    }

    /// The facets of a restriction.
    pub(crate) fn facets(&mut self, at: At<'d>) -> Facets {
        Facets::read(at.node, &mut self.patterns).unwrap_or_else(|(node, what)| {
            self.wrong(At { node, ..at }, what);
            Facets::default()
        })
    }

    /// Types that are derived from themselves, or over too many steps.
    fn rings(&mut self) {
        for ix in 0..self.model.types.len() {
            let mut at = Some(ix);
            let mut steps = 0;
            while let Some(one) = at {
                at = self.model.types.get(one).and_then(|t| t.base);
                steps += 1;
                if steps > MAX_CHAIN {
                    let title = self.model.title(ix);
                    self.whole(format!("the type {title} is derived from itself, or over more than {MAX_CHAIN} steps"));
                    return;
                }
            }
        }
    }

    /// The content models are too large, or what types inherit.
    pub(crate) fn too_large(&mut self) {
        self.whole("the content models and attributes of the schema are too large".to_owned());
    }

    pub(crate) fn whole(&mut self, text: String) {
        if self.mistakes.len() < MAX_MISTAKES {
            let file = self.sources.first().map(|s| s.path.clone()).unwrap_or_default();
            self.mistakes.push(Mistake { file, line: 1, at: 0, text });
        }
    }

    /// Substitution groups: who may stand for whom.
    fn heads(&mut self) {
        let mut direct: HashMap<ElementIx, ElementIx> = HashMap::new();
        for (ix, head, untyped, at) in std::mem::take(&mut self.heads) {
            let Some(found) = self.model.global_elements.get(&head).copied() else {
                self.wrong(at, format!("there is no element `{}` to substitute", head.local));
                continue;
            };
            direct.insert(ix, found);
            if untyped {
                let kind = self.model.elements.get(found).map_or(ANY, |e| e.kind);
                if let Some(element) = self.model.elements.get_mut(ix) {
                    element.kind = kind;
                }
            }
        }
        for member in direct.keys() {
            let mut at = *member;
            for _ in 0..MAX_CHAIN {
                let Some(head) = direct.get(&at) else { break };
                if head == member {
                    break;
                }
                if !self.spend(1) {
                    return;
                }
                self.model.substitutes.entry(*head).or_default().insert(*member);
                at = *head;
            }
        }
    }
}

/// Where a name is missing, for people.
fn within(space: &str) -> String {
    match space {
        "" => String::new(),
        XS => " in XML Schema".to_owned(),
        space => format!(" in the namespace `{space}`"),
    }
}
