//! The functions that XSLT adds to XPath, SAP's functions on the message, and the stylesheet's own.

use std::rc::Rc;

use expr::xpath::cast::type_name;
use expr::xpath::eval::{Eval, Focus, context};
use expr::xpath::functions;
use expr::xpath::node::NodeRef;
use expr::xpath::tree::Kind;
use expr::xpath::value::{Item, R, Seq, fail};

use super::out::Out;
use super::{Cx, Dynamic, Machine, format_number, parse, types};
use crate::compile::names::{Builtin, OWN};
use crate::output;

/// Numbers to functions, in the order of [`Builtin`].
const ALL: [Builtin; OWN] = [
    Builtin::Current,
    Builtin::CurrentGroup,
    Builtin::CurrentGroupingKey,
    Builtin::RegexGroup,
    Builtin::Key,
    Builtin::GenerateId,
    Builtin::SystemProperty,
    Builtin::FormatNumber,
    Builtin::FunctionAvailable,
    Builtin::ElementAvailable,
    Builtin::NodeSet,
    Builtin::ParseXml,
    Builtin::ParseXmlFragment,
    Builtin::Serialize,
    Builtin::SetHeader,
    Builtin::SetProperty,
    Builtin::GetHeader,
    Builtin::GetProperty,
    Builtin::NoUri,
    Builtin::Nothing,
    Builtin::False,
    Builtin::Trace,
    Builtin::NamespaceUriForPrefix,
    Builtin::InScopePrefixes,
];

impl<'a> Machine<'a> {
    pub(super) fn function(
        &self,
        ev: &mut Eval<'a>,
        number: usize,
        mut args: Vec<Seq<'a>>,
        focus: Focus<'_, 'a>,
    ) -> R<Seq<'a>> {
        let Some(builtin) = ALL.get(number).copied() else { return self.own(ev, number - OWN, args) };
        match builtin {
            Builtin::Current => ev.copy(self.dynamic.borrow().current.as_slice()),
            Builtin::CurrentGroup => {
                let group = self.dynamic.borrow().group.clone();
                group.map_or(Ok(Vec::new()), |g| ev.copy(&g.items))
            }
            Builtin::CurrentGroupingKey => {
                let group = self.dynamic.borrow().group.clone();
                group.map_or(Ok(Vec::new()), |g| ev.copy(&g.key))
            }
            Builtin::RegexGroup => {
                let number = text(ev, &args, 0)?.parse::<usize>().unwrap_or(usize::MAX);
                let captures = self.dynamic.borrow().captures.clone();
                let found = captures.and_then(|c| c.get(number).cloned()).unwrap_or_default();
                ev.charge_text(found.len())?;
                Ok(vec![Item::string(found)])
            }
            Builtin::Key => self.key_function(ev, args, focus),
            Builtin::GenerateId => {
                let node = match args.first() {
                    None => node(&[context(focus)?.clone()])?,
                    Some(items) => node(items)?,
                };
                let id = node.map(|n| {
                    let (tree, at, kind, place) = n.key();
                    if kind == 0 { format!("d{tree}e{at}") } else { format!("d{tree}e{at}n{place}") }
                });
                Ok(vec![Item::string(id.unwrap_or_default())])
            }
            Builtin::SystemProperty => {
                let name = text(ev, &args, 0)?;
                Ok(vec![Item::string(match name.rsplit(':').next().unwrap_or("") {
                    "version" => {
                        if ev.compat {
                            "1.0"
                        } else {
                            "3.0"
                        }
                    }
                    "vendor" | "product-name" => "Semel",
                    "vendor-url" => "",
                    "is-schema-aware"
                    | "supports-higher-order-functions"
                    | "supports-streaming"
                    | "supports-dynamic-evaluation" => "no",
                    "supports-serialization" | "supports-backwards-compatibility" | "supports-namespace-axis" => "yes",
                    "xpath-version" => "3.1",
                    _ => "",
                })])
            }
            Builtin::FormatNumber => format_number::format(self.sheet, ev, &args),
            Builtin::FunctionAvailable => {
                let name = text(ev, &args, 0)?;
                let local = name.rsplit(':').next().unwrap_or("");
                let own = self.sheet.functions.iter().any(|f| f.shown == name);
                Ok(vec![Item::bool(own || functions::find(local).is_some())])
            }
            Builtin::ElementAvailable => {
                let name = text(ev, &args, 0)?;
                Ok(vec![Item::bool(crate::compile::is_known(name.rsplit(':').next().unwrap_or("")))])
            }
            Builtin::NodeSet | Builtin::Trace => Ok(args.first_mut().map(std::mem::take).unwrap_or_default()),
            Builtin::ParseXml | Builtin::ParseXmlFragment => {
                if args.first().is_none_or(Vec::is_empty) {
                    return Ok(Vec::new());
                }
                let text = text(ev, &args, 0)?;
                ev.charge(text.len() as u64 / 4)?;
                let tree = parse::text(&text, builtin == Builtin::ParseXmlFragment)?;
                let tree = self.keep(ev, tree)?;
                Ok(vec![Item::Node(NodeRef::Built(tree, 0))])
            }
            Builtin::Serialize => self.serialize(ev, &args),
            Builtin::SetHeader | Builtin::SetProperty => {
                let (name, value) = (text(ev, &args, 1)?, text(ev, &args, 2)?);
                ev.charge(100 + name.len() as u64)?;
                self.keep_bytes(name.len() + value.len())?;
                let list = if builtin == Builtin::SetHeader { &self.headers } else { &self.properties };
                let mut list = list.borrow_mut();
                let count = list.len();
                match list.iter_mut().find(|(n, _)| *n == name) {
                    Some(known) => known.1 = value,
                    None if count >= 10_000 => {
                        return fail("a stylesheet can set at most 10,000 headers and properties");
                    }
                    None => list.push((name, value)),
                }
                Ok(Vec::new())
            }
            Builtin::GetHeader | Builtin::GetProperty => {
                let name = text(ev, &args, 1)?;
                let list = if builtin == Builtin::GetHeader { &self.headers } else { &self.properties };
                ev.charge(1 + list.borrow().len() as u64 / 16)?;
                let set = list.borrow().iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone());
                let given =
                    if builtin == Builtin::GetHeader { ev.scope.header(&name) } else { ev.scope.property(&name) };
                let found = set.or_else(|| given.map(ToString::to_string));
                ev.charge_text(found.as_ref().map_or(0, String::len))?;
                Ok(found.map(Item::string).into_iter().collect())
            }
            Builtin::NoUri => Ok(vec![Item::string("")]),
            Builtin::Nothing => Ok(Vec::new()),
            Builtin::False => Ok(vec![Item::bool(false)]),
            Builtin::NamespaceUriForPrefix | Builtin::InScopePrefixes => {
                let place = usize::from(builtin == Builtin::NamespaceUriForPrefix);
                let element = node(args.get(place).map_or(&[], Vec::as_slice))?;
                let Some(NodeRef::Built(tree, at)) = element else { return Ok(Vec::new()) };
                ev.charge(tree.scope_depth(at))?;
                if builtin == Builtin::InScopePrefixes {
                    let prefixes = tree.in_scope(at).map(|s| Item::string(s.prefix.to_string()));
                    return Ok(prefixes.chain([Item::string("xml")]).collect());
                }
                let prefix = text(ev, &args, 0)?;
                Ok(tree.uri_of(at, &prefix).map(Item::string).into_iter().collect())
            }
            Builtin::Last => Ok(Vec::new()),
        }
    }

    fn key_function(&self, ev: &mut Eval<'a>, args: Vec<Seq<'a>>, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let name = text(ev, &args, 0)?;
        let (root, top) = match args.get(2) {
            Some(items) => match node(items)? {
                Some(top) => (top.root(), Some(top)),
                None => return Ok(Vec::new()),
            },
            None => match (focus.item, self.source) {
                (Some(Item::Node(node)), _) => (node.root(), None),
                (_, Some(source)) => (source, None),
                _ => return fail("key() has no document to look into"),
            },
        };
        let found = self.key(ev, name.trim(), args.get(1).map_or(&[], Vec::as_slice), root)?;
        let Some(NodeRef::Built(tree, top)) = top else { return Ok(found) };
        let inside =
            |item: &Item<'a>| matches!(item, Item::Node(NodeRef::Built(_, at)) if (top..tree.end(top)).contains(at));
        Ok(found.into_iter().filter(inside).collect())
    }

    /// `serialize()`: as XML, with `method`, `indent` and `omit-xml-declaration` of an `output:serialization-parameters`
    /// element.
    fn serialize(&self, ev: &mut Eval<'a>, args: &[Seq<'a>]) -> R<Seq<'a>> {
        let mut settings = crate::model::Output { no_declaration: true, ..Default::default() };
        if let Some(Item::Node(node)) = args.get(1).and_then(|a| a.first()) {
            let top = if node.kind() == Kind::Document { node.first_child().unwrap_or(*node) } else { *node };
            let mut child = top.first_child();
            while let Some(setting) = child {
                let value = setting.attribute("", "value").unwrap_or("");
                match setting.local() {
                    "method" if value == "text" => settings.method = Some(crate::model::Method::Text),
                    "indent" => settings.indent = Some(value == "yes"),
                    "omit-xml-declaration" => settings.no_declaration = value != "no",
                    _ => {}
                }
                child = setting.next_sibling();
            }
        }
        let mut out = Out::tree();
        for item in args.first().map_or(&[][..], Vec::as_slice) {
            out.item(self, ev, item.clone())?;
        }
        let tree = out.finish_tree(self)?;
        let text = output::text(&settings, &tree, self.most_bytes)?;
        ev.charge_text(text.len() * 2)?;
        Ok(vec![Item::string(text)])
    }

    /// A function of the stylesheet.
    fn own(&self, ev: &mut Eval<'a>, number: usize, args: Vec<Seq<'a>>) -> R<Seq<'a>> {
        let Some(function) = self.sheet.functions.get(number) else { return Ok(Vec::new()) };
        ev.charge(5)?;
        let outer = self.dynamic.replace(Dynamic::default());
        let result = self.deeper(|| {
            self.frame(ev, |ev| {
                for (value, of) in args.into_iter().zip(&function.params) {
                    let value = match of {
                        Some(of) => types::convert(ev, value, of)?,
                        None => value,
                    };
                    ev.locals.push(Rc::new(value));
                }
                let cx = Cx { item: None, position: 0, size: 0, rule: None, mode: 0, tunnel: None };
                let mut out = Out::items();
                self.body(ev, &function.body, &cx, &mut out)?;
                match &function.of {
                    Some(of) => types::convert(ev, out.finish_items(self), of),
                    None => Ok(out.finish_items(self)),
                }
            })
        });
        self.dynamic.replace(outer);
        if result.is_err() && self.failed.get().is_none() {
            self.failed.set(Some(function.at));
        }
        result.map_err(|mut error| {
            // Told once, where it went wrong first.
            if error.0.starts_with("the type ") {
                error.0 = format!("{}(): {}", function.shown, error.0);
            }
            error
        })
    }
}

fn text<'a>(ev: &mut Eval<'a>, args: &[Seq<'a>], i: usize) -> R<String> {
    match args.get(i).and_then(|a| a.first()) {
        Some(item) => ev.text(item).map(|t| t.into_owned()),
        None => Ok(String::new()),
    }
}

fn node<'a>(items: &[Item<'a>]) -> R<Option<NodeRef<'a>>> {
    match items.first() {
        None => Ok(None),
        Some(Item::Node(node)) => Ok(Some(*node)),
        Some(Item::Atom(atom)) => fail(format!("a function of nodes got {}", type_name(atom))),
    }
}
