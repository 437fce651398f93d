//! Functions on nodes.

use super::super::ast::Axis;
use super::super::cast::type_name;
use super::super::eval::Eval;
use super::super::node::NodeRef;
use super::super::tree::Kind;
use super::super::value::{Item, R, Seq, fail};
use super::{Call, Function, on_context, one_bool, plain};

pub const TABLE: &[Function] = &[
    on_context("name", 1, |_, call| named(&call, |n| n.name().into_owned())),
    on_context("local-name", 1, |_, call| named(&call, |n| n.local().to_owned())),
    on_context("namespace-uri", 1, |_, call| named(&call, |n| n.uri().to_owned())),
    on_context("node-name", 1, node_name),
    on_context("root", 1, root),
    on_context("path", 1, path),
    on_context("has-children", 1, has_children),
    on_context("lang", 2, lang),
    on_context("id", 2, id),
    plain("local-name-from-QName", 1, 1, local_name_from_qname),
    plain("outermost", 1, 1, |ev, call| nested(ev, &call, true)),
    plain("innermost", 1, 1, |ev, call| nested(ev, &call, false)),
];

/// The node in an argument or the context.
fn node<'a>(call: &Call<'_, 'a>, i: usize) -> R<Option<NodeRef<'a>>> {
    match call.item_or_context(i)? {
        None => Ok(None),
        Some(Item::Node(node)) => Ok(Some(*node)),
        Some(Item::Atom(atom)) => fail(format!("{}() takes a node, not {}", call.name, type_name(atom))),
    }
}

fn named<'a>(call: &Call<'_, 'a>, part: fn(NodeRef<'a>) -> String) -> R<Seq<'a>> {
    Ok(vec![Item::string(node(call, 0)?.map(part).unwrap_or_default())])
}

fn node_name<'a>(_: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let name = node(&call, 0)?.map(|n| n.name()).filter(|n| !n.is_empty());
    Ok(name.map(Item::string).into_iter().collect())
}

fn root<'a>(_: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let root = node(&call, 0)?.map(|n| n.root());
    Ok(root.map(Item::Node).into_iter().collect())
}

/// Where a node is, as a path an operator can read: `/order[1]/item[2]/@id`.
fn path<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let mut at = node(&call, 0)?;
    if at.is_none() {
        return Ok(Vec::new());
    }
    let mut steps = Vec::new();
    while let Some(node) = at {
        if let Some(step) = step(ev, node)? {
            steps.push(step);
        }
        at = node.parent();
    }
    steps.reverse();
    super::one_text(ev, format!("/{}", steps.join("/")))
}

fn step<'a>(ev: &mut Eval<'a>, node: NodeRef<'a>) -> R<Option<String>> {
    let kind = node.kind();
    match kind {
        Kind::Attribute | Kind::Namespace => return Ok(Some(format!("@{}", node.name()))),
        Kind::Document => return Ok(None),
        _ => {}
    }
    let name = |n: &NodeRef<'a>| if kind == Kind::Element { (n.uri(), n.local()) } else { ("", "") };
    let alike = |other: &NodeRef<'a>| other.kind() == kind && name(other) == name(&node);
    let mut place = 1;
    node.walk(Axis::PrecedingSibling, &mut |n| {
        ev.charge(1)?;
        place += usize::from(alike(&n));
        Ok(())
    })?;
    let name = match kind {
        Kind::Text => "text()".to_owned(),
        Kind::Comment => "comment()".to_owned(),
        Kind::Instruction => format!("processing-instruction({})", node.local()),
        _ => node.name().into_owned(),
    };
    Ok(Some(format!("{name}[{place}]")))
}

fn has_children<'a>(_: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    one_bool(node(&call, 0)?.is_some_and(|n| n.first_child().is_some()))
}

fn lang<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let wanted = call.text(ev, 0)?.to_lowercase();
    let mut at = node(&call, 1)?;
    while let Some(node) = at {
        ev.charge(1)?;
        if let Some(found) = node.attribute(roxmltree::NS_XML_URI, "lang") {
            let found = found.to_lowercase();
            let more = found.strip_prefix(&wanted);
            return one_bool(more.is_some_and(|m| m.is_empty() || m.starts_with('-')));
        }
        at = node.parent();
    }
    one_bool(false)
}

/// Elements by `xml:id`: without a DTD nothing else is an id.
fn id<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let mut wanted = std::collections::HashSet::new();
    for item in call.arg(0) {
        let text = ev.text(item)?;
        wanted.extend(text.split_ascii_whitespace().map(str::to_owned));
    }
    let Some(root) = node(&call, 1)?.map(|n| n.root()) else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    let mut at = Some(root);
    while let Some(node) = at {
        ev.charge(1)?;
        if node.attribute(roxmltree::NS_XML_URI, "id").is_some_and(|id| wanted.contains(id)) {
            out.push(Item::Node(node));
        }
        at = node.next_below(&root);
    }
    Ok(out)
}

fn local_name_from_qname<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let name = call.text(ev, 0)?;
    let local = name.rsplit(':').next().unwrap_or("").to_owned();
    Ok(if local.is_empty() { Vec::new() } else { vec![Item::string(local)] })
}

/// The given nodes that lie in none of the others (outermost), or contain none of them (innermost).
fn nested<'a>(ev: &mut Eval<'a>, call: &Call<'_, 'a>, outermost: bool) -> R<Seq<'a>> {
    let mut nodes = Vec::new();
    for item in call.arg(0) {
        match item {
            Item::Node(node) => nodes.push(*node),
            Item::Atom(atom) => return fail(format!("{}() takes nodes, not {}", call.name, type_name(atom))),
        }
    }
    ev.sort(&mut nodes)?;
    let keys: std::collections::HashSet<_> = nodes.iter().map(NodeRef::key).collect();
    let (mut inside, mut around) = (std::collections::HashSet::new(), std::collections::HashSet::new());
    for node in &nodes {
        let mut up = node.parent();
        while let Some(above) = up {
            ev.charge(1)?;
            if keys.contains(&above.key()) {
                inside.insert(node.key());
                around.insert(above.key());
            }
            up = above.parent();
        }
    }
    let dropped = if outermost { inside } else { around };
    Ok(nodes.into_iter().filter(|n| !dropped.contains(&n.key())).map(Item::Node).collect())
}
