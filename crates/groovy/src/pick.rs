//! Which of several methods of one name is meant: the nearest by the types of the arguments at run time.
use crate::ast::{MethodDecl, Param, TypeRef};
use crate::classes::{boxed, is_known};
use crate::interp::Interpreter;
use crate::text::class_of;
use crate::value::{ListKind, Value};
use std::sync::Arc;

/// What a number may become when it is an argument, nearest first.
fn widened(from: &str) -> &'static [&'static str] {
    const AFTER_LONG: &[&str] =
        &["java.math.BigInteger", "java.lang.Float", "java.lang.Double", "java.math.BigDecimal", "java.lang.Number"];
    match from {
        "java.lang.Byte" => &["java.lang.Short", "java.lang.Integer", "java.lang.Long", "java.lang.Double"],
        "java.lang.Short" => &["java.lang.Integer", "java.lang.Long", "java.lang.Double", "java.lang.Number"],
        "java.lang.Integer" => &[
            "java.lang.Long",
            "java.math.BigInteger",
            "java.lang.Float",
            "java.lang.Double",
            "java.math.BigDecimal",
            "java.lang.Number",
        ],
        "java.lang.Long" => AFTER_LONG,
        "java.math.BigInteger" => &["java.lang.Float", "java.lang.Double", "java.math.BigDecimal", "java.lang.Number"],
        "java.lang.Float" => &["java.lang.Double", "java.math.BigDecimal", "java.lang.Number"],
        "java.lang.Double" => &["java.math.BigDecimal", "java.lang.Number"],
        "java.math.BigDecimal" => &["java.lang.Number", "java.lang.Double", "java.lang.Float"],
        _ => &[],
    }
}

/// How far an argument is from a parameter without a type.
const ANY: u32 = 100;

impl Interpreter<'_> {
    /// How far an argument is from a parameter's type; None if it does not fit.
    fn distance(&mut self, ty: Option<&TypeRef>, a: &Value) -> Option<u32> {
        let Some(t) = ty else { return Some(if a.is_null() { 0 } else { ANY }) };
        let stands_for = crate::gstring::is_lazy(a).then(|| Value::GStr("".into()));
        let a = stands_for.as_ref().unwrap_or(a);
        if t.dims > 0 {
            return match a {
                Value::Null => Some(2),
                Value::Bytes(_) => (&*t.name == "byte" && t.dims == 1).then_some(0),
                Value::List(l) => match &l.kind {
                    ListKind::Array(k) if **k == *t.name => Some(0),
                    ListKind::Array(k) => (boxed(k).is_none() && boxed(&t.name).is_none()).then_some(3),
                    _ => None,
                },
                Value::Object(_) => Some(ANY),
                _ => None,
            };
        }
        let name = self.type_name(t);
        if matches!(a, Value::Object(o) if o.class_name() == &*name) {
            return Some(1);
        }
        if &*name == "java.lang.Object" {
            return Some(if a.is_null() { 0 } else { ANY });
        }
        let full = boxed(&name);
        if a.is_null() {
            return if full.is_some() { None } else { Some(1) };
        }
        let want: &str = full.unwrap_or(&name);
        let class = class_of(a);
        if class == want {
            return Some(u32::from(full.is_none()));
        }
        if let Some(n) = widened(&class).iter().position(|w| *w == want) {
            return Some(n as u32 + 2);
        }
        if full.is_some() {
            return None;
        }
        match a {
            Value::GStr(_) if want == "java.lang.String" => return Some(3),
            Value::GStr(_) if want == "groovy.lang.GString" => return Some(1),
            Value::Closure(_) if want == "groovy.lang.Closure" => return Some(1),
            // A closure stands for any interface with one method.
            Value::Closure(_) if want != "java.lang.String" && want != "java.util.Map" => {
                let class = self.class_named(want);
                let usable = class.is_none_or(|c| c.decl.is_abstract) && !want.starts_with("java.lang.");
                return (usable || crate::classes::is_interface(want)).then_some(ANY - 1);
            }
            _ => {}
        }
        if self.instance_of(a, want) {
            return Some(match want {
                "java.lang.CharSequence" | "java.util.List" | "java.util.Map" | "java.util.Set" => 4,
                "java.util.Collection" => 5,
                "java.lang.Iterable" | "java.lang.Comparable" | "java.io.Serializable" => 6,
                _ => 5,
            });
        }
        // A class nobody here knows may be anything the host brings.
        let unknown = self.class_named(want).is_none() && !is_known(want);
        // A name that is no class at all is a type variable.
        let variable = unknown && !want.contains('.');
        (variable || unknown && matches!(a, Value::Object(_) | Value::Map(_) | Value::Instance(_))).then_some(ANY - 2)
    }

    /// How far arguments are from parameters; None if they do not fit.
    pub(crate) fn fit(&mut self, params: &[Param], args: &[Value]) -> Option<u32> {
        let required = params.iter().filter(|p| p.default.is_none()).count();
        let mut total = 0;
        if args.len() == params.len() || (args.len() >= required && args.len() < params.len()) {
            let given = params.len() - args.len();
            // Parameters that take their defaults are left out, rightmost first.
            let mut left = given;
            let mut taken: Vec<&Param> = Vec::with_capacity(args.len());
            for p in params.iter().rev() {
                if left > 0 && p.default.is_some() {
                    left -= 1;
                } else {
                    taken.push(p);
                }
            }
            let mut all = true;
            for (p, a) in taken.iter().rev().zip(args) {
                let spread =
                    p.varargs.then(|| p.ty.as_ref().map(|t| TypeRef { dims: t.dims + 1, ..t.clone() })).flatten();
                match self.distance(spread.as_ref().or(p.ty.as_ref()), a) {
                    Some(d) => total += d,
                    None => all = false,
                }
            }
            if all {
                return Some(total + given as u32);
            }
        }
        // No argument for one parameter that may be null.
        if args.is_empty() && params.len() == 1 {
            let p = &params[0];
            let primitive = p.ty.as_ref().is_some_and(|t| t.dims == 0 && boxed(&t.name).is_some());
            if !p.varargs && !primitive && p.ty.as_ref().is_none_or(|t| t.dims == 0) {
                return Some(1);
            }
        }
        let last = params.last()?;
        let array = last.varargs || last.ty.as_ref().is_some_and(|t| t.dims > 0);
        let fixed = params.len() - 1;
        let needed = params[..fixed].iter().filter(|p| p.default.is_none()).count();
        if !array || args.len() < needed {
            return None;
        }
        let element =
            last.ty.as_ref().map(|t| TypeRef { dims: if last.varargs { t.dims } else { t.dims - 1 }, ..t.clone() });
        total = 1000;
        for (n, a) in args.iter().enumerate() {
            let ty = if n < fixed { params[n].ty.as_ref() } else { element.as_ref() };
            total += self.distance(ty, a)?;
        }
        Some(total)
    }

    /// The method whose parameters fit best.
    pub(crate) fn pick(&mut self, all: &[Arc<MethodDecl>], args: &[Value]) -> Option<Arc<MethodDecl>> {
        // The usual case: one method, plain parameters.
        if let [m] = all
            && m.params.len() == args.len()
            && m.params.iter().all(|p| p.ty.is_none() && !p.varargs)
        {
            return Some(m.clone());
        }
        let mut best: Option<(u32, &Arc<MethodDecl>)> = None;
        for m in all {
            if let Some(d) = self.fit(&m.params, args)
                && best.is_none_or(|b| d < b.0)
            {
                best = Some((d, m));
            }
        }
        best.map(|b| b.1.clone())
    }
}
