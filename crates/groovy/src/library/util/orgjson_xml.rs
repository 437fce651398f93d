//! XML to `org.json` objects and back.
use super::orgjson::{Array, MAX_DEPTH, Object, array, object};
use super::orgjson_text::{fail, word};
use crate::free::Held;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{R, Value};

pub(super) fn escape_xml(s: &str) -> String {
    s.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
}

/// The name as written, with its prefix.
pub(super) fn name_of(n: roxmltree::Node<'_, '_>, s: &str) -> String {
    let rest = s.get(n.range().start + 1..).unwrap_or("");
    rest.chars().take_while(|c| !c.is_whitespace() && *c != '>' && *c != '/').collect()
}

pub(super) fn of_xml(n: roxmltree::Node<'_, '_>, strings: bool, depth: u32) -> R {
    if depth > MAX_DEPTH {
        return Err(fail("the XML is nested too deeply"));
    }
    let s = n.document().input_text();
    let value = |t: &str| if strings { Value::str(t) } else { word(t) };
    let mut out: indexmap::IndexMap<String, Value> = indexmap::IndexMap::new();
    let mut add = |k: String, v: Value| match out.get_mut(&k) {
        None => drop(out.insert(k, v)),
        Some(old) => match old.downcast::<Array>() {
            Some(a) => a.0.borrow_mut().push(Held(v)),
            None => *old = array(vec![old.clone(), v]),
        },
    };
    for ns in n.namespaces().filter(|ns| n.parent().is_none_or(|p| !p.namespaces().any(|o| o == *ns))) {
        add(ns.name().map_or("xmlns".into(), |p| format!("xmlns:{p}")), value(ns.uri()));
    }
    for a in n.attributes() {
        add(a.name().into(), value(a.value()));
    }
    for c in n.children() {
        if c.is_element() {
            let v = of_xml(c, strings, depth + 1)?;
            add(name_of(c, s), v);
        } else if c.is_text()
            && let Some(t) = c.text().map(str::trim).filter(|t| !t.is_empty())
        {
            add("content".into(), value(t));
        }
    }
    Ok(match (out.len(), out.get("content")) {
        (0, _) => Value::str(""),
        (1, Some(v)) if v.downcast::<Array>().is_none() => v.clone(),
        _ => object(out.into_iter().collect()),
    })
}

pub(super) fn to_xml(it: &mut Interpreter<'_>, v: &Value, tag: Option<&str>, out: &mut String, depth: u32) -> R<()> {
    if depth > MAX_DEPTH {
        return Err(fail("the value is nested too deeply"));
    }
    it.tick()?;
    it.charge(64)?;
    if let Some(a) = v.downcast::<Array>() {
        let items: Vec<Value> = a.0.borrow().iter().map(|h| h.0.clone()).collect();
        for x in items {
            to_xml(it, &x, Some(tag.unwrap_or("array")), out, depth + 1)?;
        }
        return Ok(());
    }
    if let Some(t) = tag {
        out.push_str(&format!("<{t}>"));
    }
    match v.downcast::<Object>() {
        Some(o) => {
            for (k, x) in o.0.entries() {
                let k = text(&k);
                if k == "content" {
                    out.push_str(&escape_xml(&text(&x)))
                } else {
                    to_xml(it, &x, Some(&k), out, depth + 1)?
                }
            }
        }
        None => out.push_str(&escape_xml(&text(v))),
    }
    if let Some(t) = tag {
        out.push_str(&format!("</{t}>"));
    }
    Ok(())
}
