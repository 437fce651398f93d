//! From the file to the compiled mapping: bricks become nodes that compute, and a tree of target fields.

use std::collections::{BTreeMap, HashMap, HashSet};

use expr::xpath::body;
use roxmltree::{Document, Node};

use crate::functions::{Params, standard};
use crate::model::{Arg, Function, Model, Node as Computed, Op, SourceNode, Target};
use crate::names::{Spaces, Step, path};
use crate::schema::{self, Link, Messages};
use crate::{ParseError, packed};

/// Largest mapping file.
const MAX_BYTES: usize = 32 << 20;
/// Functions inside each other.
const MAX_DEPTH: usize = 200;
/// Longest path of a target field, in bytes.
const MAX_PATH: usize = 8_000;
/// Most bricks.
const MAX_NODES: usize = 1_000_000;

/// Compiles a mapping.
pub(crate) fn mapping(file: &str, text: &str, files: &BTreeMap<String, String>) -> Result<Model, ParseError> {
    let whole = |message: String| ParseError { file: file.to_owned(), line: 1, column: 1, message };
    if text.len() > MAX_BYTES {
        return Err(whole(format!("the mapping is larger than {} MB", MAX_BYTES >> 20)));
    }
    let text = text.trim_start_matches('\u{feff}');
    let document = body::tree(text).map_err(|e| whole(e.0.replace("the body", "the mapping")))?;
    let root = document.root_element();
    let links = links(root);
    let messages = messages(root);
    let compile = |project: Node<'_, '_>| {
        let compiler = Compiler::new(file, project, &links, files);
        compiler.and_then(|c| c.model(project, &links, &messages, files))
    };
    match find(root, "transformation") {
        Some(project) => compile(project),
        None => {
            let blob = find(root, "MetaData").and_then(|m| find(m, "blob"));
            let blob = blob.ok_or_else(|| whole("the file holds no message mapping".to_owned()))?;
            let text = packed::unpack(blob.text().unwrap_or("")).map_err(whole)?;
            let inner = body::tree(&text).map_err(|e| whole(e.0.replace("the body", "the packed mapping")))?;
            let project = find(inner.root_element(), "transformation");
            compile(project.ok_or_else(|| whole("the file holds no message mapping".to_owned()))?)
        }
    }
}

fn find<'a, 'd>(node: Node<'a, 'd>, name: &str) -> Option<Node<'a, 'd>> {
    node.descendants().find(|n| n.is_element() && n.tag_name().name() == name)
}

fn named<'a, 'd: 'a>(node: Node<'a, 'd>, name: &'a str) -> impl Iterator<Item = Node<'a, 'd>> + 'a {
    node.children().filter(move |n| n.is_element() && n.tag_name().name() == name)
}

fn links(root: Node<'_, '_>) -> Vec<Link> {
    let roles = root.descendants().filter(|n| n.tag_name().name() == "lnkRole");
    roles
        .filter_map(|role| {
            let key = find(role, "key")?;
            let parts = named(key, "elem").map(|e| e.text().unwrap_or("").to_owned()).collect();
            Some(Link {
                role: role.attribute("role")?.to_owned(),
                position: role.attribute("kpos").and_then(|p| p.parse().ok()).unwrap_or(1),
                kind: key.attribute("typeID").unwrap_or("").to_owned(),
                parts,
            })
        })
        .collect()
}

/// How often each target message may be there.
fn messages(root: Node<'_, '_>) -> Messages {
    let Some(all) = find(root, "TargetParameters") else { return Messages::new() };
    let word = |node, name: &str| find(node, name).and_then(|n| n.text()).map(|t| t.trim().to_owned());
    named(all, "Parameter")
        .filter_map(|parameter| {
            let position = word(parameter, "Position")?.parse().ok()?;
            let least = word(parameter, "Minoccurs")?.parse().ok()?;
            let most = word(parameter, "Maxoccurs")?;
            Some((position, (least, most.parse().ok())))
        })
        .collect()
}

struct Compiler<'p> {
    file: &'p str,
    document: &'p Document<'p>,
    spaces: Spaces,
    libraries: HashMap<String, String>,
    from_json: bool,
    to_json: bool,
    /// Bricks that others refer to.
    shared: HashMap<&'p str, Node<'p, 'p>>,
    /// Those that are compiled; none while one is being compiled.
    done: HashMap<&'p str, Option<usize>>,
    source_ix: HashMap<(usize, Step), usize>,
    target_ix: HashMap<(usize, Step), usize>,
    function_ix: HashMap<(String, String, usize), usize>,
    model: Model,
}

impl<'p> Compiler<'p> {
    fn new(
        file: &'p str,
        project: Node<'p, 'p>,
        links: &[Link],
        files: &BTreeMap<String, String>,
    ) -> Result<Self, ParseError> {
        let mut spaces = Spaces::new();
        for property in named(project, "namespaces").flat_map(|n| n.descendants()) {
            if property.tag_name().name() == "property"
                && let (Some(space), Some(prefix)) = (property.attribute("name"), property.text())
            {
                spaces.insert(prefix.trim().to_owned(), space.to_owned());
            }
        }
        let json = |role: &str| {
            let mut all = links.iter().filter(|l| l.role == role).peekable();
            all.peek().is_some() && all.all(|l| l.kind == "json")
        };
        let libraries = links.iter().filter(|l| l.role == "UsedFuncLib").filter_map(|link| {
            let stem = link.part(0).rsplit_once('.').map_or(link.part(0), |(stem, _)| stem);
            link.file(files).map(|(path, _)| (stem.to_owned(), path.to_owned()))
        });
        let mut shared = HashMap::new();
        for brick in project.descendants().filter(|n| n.tag_name().name() == "brick" && n.has_attribute("type")) {
            if let Some(uid) = brick.attribute("object_uid") {
                shared.insert(uid, brick);
            }
        }
        let (from_json, to_json) = (json("SOURCE_IFR_MESS"), json("TARGET_IFR_MESS"));
        let model = Model {
            from_json,
            sources: vec![SourceNode::default()],
            targets: vec![Target { occurs: Some((1, Some(1))), structure: true, ..Target::default() }],
            ..Model::default()
        };
        Ok(Compiler {
            file,
            document: project.document(),
            spaces,
            libraries: libraries.collect(),
            from_json,
            to_json,
            shared,
            done: HashMap::new(),
            source_ix: HashMap::new(),
            target_ix: HashMap::new(),
            function_ix: HashMap::new(),
            model,
        })
    }

    fn wrong<T>(&self, at: Node<'_, '_>, message: impl Into<String>) -> Result<T, ParseError> {
        let place = self.document.text_pos_at(at.range().start);
        Err(ParseError { file: self.file.to_owned(), line: place.row, column: place.col, message: message.into() })
    }

    fn model(
        mut self,
        project: Node<'p, 'p>,
        links: &[Link],
        messages: &Messages,
        files: &BTreeMap<String, String>,
    ) -> Result<Model, ParseError> {
        let fields: Vec<Node<'p, 'p>> =
            named(project, "brick").filter(|b| b.attribute("type") == Some("Dst")).collect();
        let off = |b: &Node<'_, '_>| {
            let mut properties = named(*b, "properties").flat_map(|p| named(p, "property").collect::<Vec<_>>());
            properties.any(|p| p.attribute("name") == Some("switchedOff") && p.text().map(str::trim) == Some("true"))
        };
        let switched_off: HashSet<&str> =
            fields.iter().filter(|b| off(b)).filter_map(|b| b.attribute("path")).collect();
        let is_off = |path: &str| {
            switched_off.contains(path) || path.match_indices('/').any(|(at, _)| switched_off.contains(&path[..at]))
        };
        for field in fields {
            let text = field.attribute("path").unwrap_or("");
            if text.len() > MAX_PATH {
                return self.wrong(field, "the path of a target field is too long");
            }
            if is_off(text) {
                continue;
            }
            let at = self.target(field, text)?;
            let Some(brick) = named(field, "arg").next().and_then(|arg| named(arg, "brick").next().map(|b| (arg, b)))
            else {
                continue;
            };
            let value = self
                .arg(brick.0, brick.1, 0)
                .map_err(|e| ParseError { message: format!("target field {text}: {}", e.message), ..e })?;
            if let Some(target) = self.model.targets.get_mut(at) {
                target.value.get_or_insert(value);
            }
        }
        if self.model.targets.len() == 1 {
            return self.wrong(project, "the mapping maps nothing");
        }
        if self.model.targets.first().is_some_and(|t| t.children.len() > 1) {
            return self.wrong(project, "the mapping has more than one root of its target");
        }
        for at in 0..self.model.targets.len() {
            let elements = |c: &usize| self.model.targets.get(*c).is_some_and(|t| !t.step.attribute);
            let structure = self.model.targets.get(at).is_some_and(|t| t.children.iter().any(elements));
            if let Some(target) = self.model.targets.get_mut(at) {
                target.structure |= structure;
            }
        }
        let mut remarks = Vec::new();
        let mut shapes = schema::arrange(&mut self.model.targets, links, messages, files, &mut remarks);
        if let Some(shapes) = &mut shapes {
            // Types of values come from the schema where the source has types.
            shapes.typed = self.from_json;
        }
        self.model.to_json = shapes.filter(|_| self.to_json);
        self.model.remarks = remarks;
        let prefixes: HashSet<&str> = self.model.targets.iter().map(|t| t.step.prefix.as_str()).collect();
        let declared = |prefix: &str| self.spaces.get(prefix).is_some_and(|space| !space.is_empty());
        let used = self.spaces.iter().filter(|(prefix, _)| prefixes.contains(prefix.as_str()) && declared(prefix));
        let mut used: Vec<(String, String)> = used.map(|(p, s)| (p.clone(), s.clone())).collect();
        used.sort();
        self.model.spaces = used;
        for target in &mut self.model.targets {
            if !declared(&target.step.prefix) && target.step.prefix != "xml" {
                target.step.prefix.clear();
            }
        }
        Ok(self.model)
    }

    /// The target field of a path, with all above it.
    fn target(&mut self, brick: Node<'_, '_>, text: &str) -> Result<usize, ParseError> {
        let steps = path(text, &self.spaces, self.to_json).or_else(|why| self.wrong(brick, why))?;
        let mut at = 0;
        for (step, part) in steps.into_iter().zip(text.split('/').skip(1)) {
            let key = (at, step);
            at = match self.target_ix.get(&key) {
                Some(known) => *known,
                None => {
                    let new = self.model.targets.len();
                    let step = key.1.clone();
                    let target = Target { step, name: part.to_owned(), parent: at, ..Target::default() };
                    self.model.targets.push(target);
                    if let Some(parent) = self.model.targets.get_mut(at) {
                        parent.children.push(new);
                    }
                    self.target_ix.insert(key, new);
                    new
                }
            };
        }
        Ok(at)
    }

    /// The source node of a path, with all above it.
    fn source(&mut self, brick: Node<'_, '_>, text: &str) -> Result<Vec<usize>, ParseError> {
        let steps = path(text, &self.spaces, self.from_json).or_else(|why| self.wrong(brick, why))?;
        let mut all = vec![0];
        for step in steps {
            let at = all.last().copied().unwrap_or(0);
            let key = (at, step);
            let next = match self.source_ix.get(&key) {
                Some(known) => *known,
                None => {
                    let new = self.model.sources.len();
                    let step = key.1.clone();
                    if let Some(parent) = self.model.sources.get_mut(at) {
                        let children = if step.attribute { &mut parent.attributes } else { &mut parent.elements };
                        children.entry(step.local.clone()).or_default().push(new);
                    }
                    self.model.sources.push(SourceNode { step, parent: at, ..SourceNode::default() });
                    self.source_ix.insert(key, new);
                    new
                }
            };
            all.push(next);
        }
        Ok(all)
    }

    fn arg(&mut self, arg: Node<'p, 'p>, brick: Node<'p, 'p>, depth: usize) -> Result<Arg, ParseError> {
        let from = arg.attribute("from").and_then(|f| f.trim().parse().ok()).unwrap_or(0);
        let node = self.brick(brick, depth)?;
        if from > 0 {
            let user = self.model.nodes.get(node).and_then(|n| if let Op::User(f) = n.op { Some(f) } else { None });
            let Some(function) = user.filter(|_| from < 100).and_then(|f| self.model.functions.get_mut(f)) else {
                return self.wrong(arg, "it uses an output that the function does not have");
            };
            function.outputs = function.outputs.max(from + 1);
        }
        Ok(Arg { node, from })
    }

    fn brick(&mut self, brick: Node<'p, 'p>, depth: usize) -> Result<usize, ParseError> {
        let uid = brick.attribute("object_uid");
        let brick = match (brick.attribute("type"), uid) {
            (None, Some(uid)) => match self.shared.get(uid) {
                Some(found) => *found,
                None => return self.wrong(brick, format!("it refers to `{uid}`, which is not in it")),
            },
            _ => brick,
        };
        if depth > MAX_DEPTH || self.model.nodes.len() > MAX_NODES {
            return self.wrong(brick, format!("functions are nested more than {MAX_DEPTH} deep"));
        }
        if let Some(uid) = uid {
            match self.done.insert(uid, None) {
                Some(Some(known)) => {
                    self.done.insert(uid, Some(known));
                    return Ok(known);
                }
                Some(None) => return self.wrong(brick, "a function is an argument of itself"),
                None => {}
            }
        }
        let node = match brick.attribute("type") {
            Some("Src") => self.read(brick)?,
            Some("Func") => self.function(brick, depth)?,
            // A variable stands for what is mapped to it.
            Some("Var") => match named(brick, "arg").next().and_then(|a| named(a, "brick").next()) {
                Some(inner) => return self.finish(uid, inner, depth),
                None => return self.wrong(brick, "the variable has no value"),
            },
            other => return self.wrong(brick, format!("a brick of the kind `{}` is not known", other.unwrap_or(""))),
        };
        self.model.nodes.push(node);
        let at = self.model.nodes.len() - 1;
        if let Some(uid) = uid {
            self.done.insert(uid, Some(at));
        }
        Ok(at)
    }

    fn finish(&mut self, uid: Option<&'p str>, inner: Node<'p, 'p>, depth: usize) -> Result<usize, ParseError> {
        let at = self.brick(inner, depth + 1)?;
        if let Some(uid) = uid {
            self.done.insert(uid, Some(at));
        }
        Ok(at)
    }

    fn read(&mut self, brick: Node<'p, 'p>) -> Result<Computed, ParseError> {
        let steps = self.source(brick, brick.attribute("path").unwrap_or(""))?;
        let at = steps.last().copied().unwrap_or(0);
        let mut context = steps.iter().rev().nth(1).copied().unwrap_or(0);
        if let Some(wanted) = brick.attribute("context").filter(|c| !c.is_empty() && *c != "/") {
            let wanted = self.source(brick, wanted)?;
            let shared = steps.iter().zip(&wanted).take_while(|(a, b)| a == b).last();
            context = shared.map_or(0, |(a, _)| *a);
        }
        let as_xml = brick.has_attribute("asXml");
        let op = Op::Source { path: at, context, as_xml };
        Ok(Computed { op, args: Vec::new(), constant: false, pure: true, title: String::new() })
    }

    fn function(&mut self, brick: Node<'p, 'p>, depth: usize) -> Result<Computed, ParseError> {
        let (name, library) = (brick.attribute("fname").unwrap_or(""), brick.attribute("fns").unwrap_or(""));
        let mut pins: BTreeMap<usize, Arg> = BTreeMap::new();
        for arg in named(brick, "arg") {
            let Some(inner) = named(arg, "brick").next() else { continue };
            let pin = arg.attribute("pin").and_then(|p| p.trim().parse().ok()).unwrap_or(0);
            let made = self.arg(arg, inner, depth + 1)?;
            pins.insert(pin, made);
        }
        let count = pins.len();
        if pins.keys().copied().ne(0..count) {
            return self.wrong(brick, format!("the function `{name}` lacks an argument"));
        }
        let args: Vec<Arg> = pins.into_values().collect();
        let all = |held: fn(&Computed) -> bool| args.iter().all(|a| self.model.nodes.get(a.node).is_some_and(held));
        let (constant, pure) = (all(|n| n.constant), all(|n| n.pure));
        let (op, title) = match library {
            "dflt" | "" => {
                let found = standard(name, &params(brick), count).or_else(|why| self.wrong(brick, why))?;
                let Some((op, wanted)) = found else {
                    return self.wrong(brick, format!("the function `{name}` is not available"));
                };
                if wanted != count {
                    let text = format!("the function `{name}` takes {wanted} arguments, and is given {count}");
                    return self.wrong(brick, text);
                }
                (op, name.to_owned())
            }
            library => (Op::User(self.user(brick, library, name, count)?), format!("{library}.{name}")),
        };
        let pure = pure && !matches!(op, Op::User(_) | Op::Counter { .. });
        Ok(Computed { op, args, constant, pure, title })
    }

    fn user(&mut self, brick: Node<'_, '_>, library: &str, name: &str, args: usize) -> Result<usize, ParseError> {
        if library == "usernamespace" {
            return self.wrong(brick, format!("the function `{name}` is Java code of the mapping, which does not run"));
        }
        let key = (library.to_owned(), name.to_owned(), args);
        if let Some(known) = self.function_ix.get(&key) {
            return Ok(*known);
        }
        let Some(path) = self.libraries.get(library).cloned() else {
            return self.wrong(brick, format!("the library `{library}` of the function `{name}` is not there"));
        };
        let function = Function { library: key.0.clone(), path, name: key.1.clone(), args, outputs: 1 };
        self.model.functions.push(function);
        self.function_ix.insert(key, self.model.functions.len() - 1);
        Ok(self.model.functions.len() - 1)
    }
}

/// The properties of a function. Files that were laid out by hand have blanks around values.
fn params(brick: Node<'_, '_>) -> Params {
    fn clean(text: &str) -> &str {
        if text.starts_with(['\n', '\r']) { text.trim() } else { text }
    }
    let mut params = Params { lenient: true, ..Params::default() };
    for param in named(brick, "bindings").flat_map(|b| named(b, "param").collect::<Vec<_>>()) {
        let Some(name) = param.attribute("name") else { continue };
        let Some(value) = named(param, "value").next() else { continue };
        for inner in value.descendants().filter(Node::is_element) {
            match inner.tag_name().name() {
                "property" => {
                    let key = inner.attribute("name").unwrap_or("").to_owned();
                    params.table.push((key, clean(inner.text().unwrap_or("")).to_owned()));
                }
                "sort_comp" => params.comparator = inner.attribute("type").unwrap_or("").to_owned(),
                "sort_order" => params.ascending = inner.attribute("asc").unwrap_or("").to_owned(),
                "le" => params.lenient = inner.text().map(str::trim) != Some("false"),
                _ => {}
            }
        }
        let text: String = value.children().filter(Node::is_text).filter_map(|n| n.text()).collect();
        params.texts.insert(name.to_owned(), clean(&text).to_owned());
    }
    params
}
