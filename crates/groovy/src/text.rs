//! Values as text: Java's `toString`, Groovy's form inside strings, class names.
use crate::value::{ClosureCode, ListKind, MapKind, Value};
use bigdecimal::BigDecimal;

const MAX_DEPTH: u32 = 60;
/// What is inside lists and maps is left out beyond so many bytes: a list may hold itself twice.
const MAX_TEXT: usize = 16 << 20;

/// The full Java class name.
pub fn class_of(v: &Value) -> String {
    match v {
        Value::Null => "org.codehaus.groovy.runtime.NullObject",
        Value::Bool(_) => "java.lang.Boolean",
        Value::Byte(_) => "java.lang.Byte",
        Value::Short(_) => "java.lang.Short",
        Value::Int(_) => "java.lang.Integer",
        Value::Long(_) => "java.lang.Long",
        Value::BigInt(_) => "java.math.BigInteger",
        Value::Dec(_) => "java.math.BigDecimal",
        Value::Float(_) => "java.lang.Float",
        Value::Double(_) => "java.lang.Double",
        Value::Char(_) => "java.lang.Character",
        Value::Str(_) => "java.lang.String",
        Value::GStr(_) => "org.codehaus.groovy.runtime.GStringImpl",
        Value::List(l) => match &l.kind {
            ListKind::ArrayList => "java.util.ArrayList",
            ListKind::LinkedList => "java.util.LinkedList",
            ListKind::Tuple2 => "groovy.lang.Tuple2",
            ListKind::NodeList => "groovy.util.NodeList",
            ListKind::Fixed => "java.util.Arrays$ArrayList",
            ListKind::EmptyRange => "groovy.lang.EmptyRange",
            ListKind::Array(t) => return array_class(t),
        },
        Value::Map(m) => match m.kind {
            MapKind::Linked => "java.util.LinkedHashMap",
            MapKind::Hash => "java.util.HashMap",
            MapKind::Tree | MapKind::IgnoreCase | MapKind::Compared => "java.util.TreeMap",
            MapKind::Lazy => "groovy.json.internal.LazyMap",
        },
        Value::Set(m) => match m.kind {
            MapKind::Hash => "java.util.HashSet",
            MapKind::Tree | MapKind::Compared => "java.util.TreeSet",
            _ => "java.util.LinkedHashSet",
        },
        Value::Range(r) => match r.from {
            Value::Int(_) => "groovy.lang.IntRange",
            _ => "groovy.lang.ObjectRange",
        },
        Value::Bytes(_) => "[B",
        Value::Entry(_) => "java.util.LinkedHashMap$Entry",
        Value::Closure(c) => match c.code {
            ClosureCode::Method { .. } => "org.codehaus.groovy.runtime.MethodClosure",
            ClosureCode::Curried { .. } => "org.codehaus.groovy.runtime.CurriedClosure",
            ClosureCode::Composed { .. } => "org.codehaus.groovy.runtime.ComposedClosure",
            ClosureCode::Trampoline { .. } => "groovy.lang.TrampolineClosure",
            ClosureCode::Memo { .. } => "org.codehaus.groovy.runtime.memoize.Memoize$MemoizeFunction",
            ClosureCode::Block { ref decl, .. } => return decl.class.to_string(),
            _ => "groovy.lang.Closure$1",
        },
        Value::Class(_) => "java.lang.Class",
        Value::Instance(i) => return i.class.decl.name.to_string(),
        Value::Exception(e) => return e.class.to_string(),
        Value::Object(o) => return o.class_name().to_string(),
    }
    .to_string()
}

/// `Class.getName()`: arrays in Java's form.
pub(crate) fn class_name(c: &str) -> String {
    match c.strip_suffix("[]") {
        Some(of) if of.ends_with("[]") => format!("[{}", class_name(of)),
        Some(of) => array_class(of),
        None => c.to_string(),
    }
}

/// A class as source has it: arrays with brackets.
pub(crate) fn plain_class(c: &str) -> String {
    let Some(of) = c.strip_prefix('[') else { return c.to_string() };
    let of = match of {
        "I" => "int".into(),
        "J" => "long".into(),
        "C" => "char".into(),
        "B" => "byte".into(),
        "D" => "double".into(),
        "F" => "float".into(),
        "Z" => "boolean".into(),
        "S" => "short".into(),
        o if o.starts_with('[') => plain_class(o),
        o => o.trim_start_matches('L').trim_end_matches(';').to_string(),
    };
    format!("{of}[]")
}

/// `Class.getSimpleName()`.
pub(crate) fn simple_class(c: &str) -> String {
    let plain = plain_class(c);
    plain.rsplit(['.', '$']).next().unwrap_or(c).to_string()
}

fn array_class(t: &str) -> String {
    match t {
        "int" => "[I".into(),
        "long" => "[J".into(),
        "char" => "[C".into(),
        "byte" => "[B".into(),
        "double" => "[D".into(),
        "float" => "[F".into(),
        "boolean" => "[Z".into(),
        "short" => "[S".into(),
        t if t.starts_with('[') => format!("[{t}"),
        t => format!("[L{};", crate::classes::known(t).unwrap_or(t)),
    }
}

/// Groovy's text of a value, as in a GString or from `toString()` of a list.
pub fn text(v: &Value) -> String {
    let mut s = String::new();
    write(v, &mut s, 0, false);
    s
}

/// Text with strings in quotes, as `inspect()` has it.
pub fn inspect(v: &Value) -> String {
    let mut s = String::new();
    write(v, &mut s, 0, true);
    s
}

/// After so many characters arguments are left out in the text of a MissingMethodException.
const MAX_SHOWN: usize = 60;

/// The arguments in the text of a MissingMethodException. Single texts are never cut.
pub fn inspect_args(args: &[Value]) -> String {
    shown(args.iter().map(|a| shown_value(a, 0)))
}

fn shown_value(v: &Value, depth: u32) -> String {
    match v {
        Value::List(l) if depth < 8 && l.kind != ListKind::Array("char".into()) => match l.data.try_borrow() {
            Ok(items) => shown(items.iter().map(|x| shown_value(x, depth + 1))),
            Err(_) => text(v),
        },
        Value::Set(m) if depth < 8 => shown(m.keys().iter().map(|x| shown_value(x, depth + 1))),
        Value::Map(m) if depth < 8 && m.kind != MapKind::Lazy && !m.is_empty() => {
            let entries = m.entries();
            shown(entries.iter().map(|(k, x)| format!("{}:{}", text(k), shown_value(x, depth + 1))))
        }
        Value::Bytes(b) => shown(b.borrow().iter().map(|x| (*x as i8).to_string())),
        v => text(v),
    }
}

/// Items in brackets, until they are enough.
fn shown(items: impl Iterator<Item = String>) -> String {
    let (mut out, mut long) = (String::from("["), 1);
    for (i, item) in items.enumerate() {
        out.push_str(if i > 0 { ", " } else { "" });
        long += if i > 0 { 2 } else { 0 };
        if long > MAX_SHOWN {
            out.push_str("...");
            break;
        }
        // The number that tells objects apart has one digit here and eight there.
        long += item.chars().count() + if item.ends_with("@1") { 7 } else { 0 };
        out.push_str(&item);
    }
    out.push(']');
    out
}

fn write(v: &Value, out: &mut String, depth: u32, quoted: bool) {
    let holds = matches!(v, Value::List(_) | Value::Map(_) | Value::Set(_) | Value::Entry(_));
    if depth > MAX_DEPTH || holds && out.len() > MAX_TEXT {
        out.push_str("...");
        return;
    }
    match v {
        Value::Null => out.push_str("null"),
        Value::Str(s) | Value::GStr(s) => {
            if quoted {
                out.push('\'');
                out.push_str(&s.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"));
                out.push('\'');
            } else {
                out.push_str(s);
            }
        }
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Byte(n) => out.push_str(&n.to_string()),
        Value::Short(n) => out.push_str(&n.to_string()),
        Value::Int(n) => out.push_str(&n.to_string()),
        Value::Long(n) => out.push_str(&n.to_string()),
        Value::BigInt(n) => out.push_str(&n.to_string()),
        Value::Dec(d) => out.push_str(&decimal(d)),
        Value::Float(f) => out.push_str(&float(&format!("{f:e}"), f64::from(*f))),
        Value::Double(f) => out.push_str(&float(&format!("{f:e}"), *f)),
        Value::Char(c) => out.push(*c),
        Value::List(l) if l.kind == ListKind::Array("char".into()) => {
            l.data.borrow().iter().for_each(|c| write(c, out, depth + 1, false));
        }
        Value::List(l) => match l.data.try_borrow() {
            Ok(d) => seq(d.iter(), out, depth, quoted),
            Err(_) => out.push_str("[...]"),
        },
        Value::Set(m) => seq(m.keys().iter(), out, depth, quoted),
        Value::Bytes(b) => {
            let items: Vec<Value> = b.borrow().iter().map(|x| Value::Byte(*x as i8)).collect();
            seq(items.iter(), out, depth, quoted);
        }
        Value::Range(r) => {
            if !quoted {
                match crate::ops::range_items(r) {
                    Ok(items) => return seq(items.iter(), out, depth, false),
                    Err(_) => out.push_str("[...]"),
                }
                return;
            }
            write(&r.from, out, depth + 1, quoted);
            out.push_str("..");
            let to = if r.inclusive { r.to.clone() } else { crate::ops::range_end(r) };
            write(&to, out, depth + 1, quoted);
        }
        Value::Map(m) => {
            let e = m.entries();
            if e.is_empty() {
                out.push_str("[:]");
                return;
            }
            out.push('[');
            for (i, (k, x)) in e.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write(k, out, depth + 1, quoted);
                out.push(':');
                if x.same(v) { out.push_str("(this Map)") } else { write(x, out, depth + 1, quoted) }
            }
            out.push(']');
        }
        Value::Entry(e) => {
            // An entry is Java's and writes what it holds as Java does.
            write(&e.0, out, depth + 1, quoted);
            out.push('=');
            match e.value() {
                x @ (Value::Map(_) | Value::List(_)) if !quoted => nested(&x, out, depth + 1),
                x => write(&x, out, depth + 1, quoted),
            }
        }
        Value::Class(c) => {
            let kind = if crate::classes::is_interface(c) && !c.ends_with(']') {
                "interface "
            } else if crate::parser_primitives().contains(&&**c) {
                ""
            } else {
                "class "
            };
            out.push_str(kind);
            out.push_str(&class_name(c));
        }
        Value::Exception(e) => {
            out.push_str(&e.class);
            if !e.message.is_null() {
                out.push_str(": ");
                write(&e.message, out, depth + 1, false);
            }
        }
        Value::Object(o) => out.push_str(&o.text()),
        Value::Closure(_) | Value::Instance(_) => {
            out.push_str(&class_of(v));
            out.push_str("@1");
        }
    }
}

fn seq<'a>(items: impl Iterator<Item = &'a Value>, out: &mut String, depth: u32, quoted: bool) {
    out.push('[');
    for (i, x) in items.enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(x, out, depth + 1, quoted);
    }
    out.push(']');
}

/// Java's own `toString()` of maps and lists: `{a=1}`.
pub fn java_text(v: &Value) -> String {
    let mut out = String::new();
    match v {
        Value::Map(_) => nested(v, &mut out, 0),
        _ => write(v, &mut out, 0, false),
    }
    out
}

fn nested(v: &Value, out: &mut String, depth: u32) {
    // What holds itself, or the same thing many times, ends here.
    if depth > MAX_DEPTH || out.len() > MAX_TEXT && matches!(v, Value::Map(_) | Value::List(_)) {
        out.push_str("...");
        return;
    }
    match v {
        Value::Map(m) => {
            out.push('{');
            for (i, (k, x)) in m.entries().iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write(k, out, depth + 1, false);
                out.push('=');
                if x.same(v) { out.push_str("(this Map)") } else { nested(x, out, depth + 1) }
            }
            out.push('}');
        }
        Value::List(l) if l.kind != ListKind::Array("char".into()) => {
            let items = l.data.borrow().clone();
            out.push('[');
            for (i, x) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                if x.same(v) { out.push_str("(this Collection)") } else { nested(x, out, depth + 1) }
            }
            out.push(']');
        }
        v => write(v, out, depth, false),
    }
}

/// `BigDecimal.toString()`.
pub fn decimal(d: &BigDecimal) -> String {
    let (n, scale) = d.as_bigint_and_exponent();
    let neg = n.sign() == bigdecimal::num_bigint::Sign::Minus;
    let digits = n.magnitude().to_string();
    let exp = digits.len() as i64 - 1 - scale;
    let mut s = String::new();
    if neg {
        s.push('-');
    }
    if scale == 0 {
        s.push_str(&digits);
    } else if scale > 0 && exp >= -6 {
        let scale = scale as usize;
        if digits.len() > scale {
            s.push_str(&digits[..digits.len() - scale]);
            s.push('.');
            s.push_str(&digits[digits.len() - scale..]);
        } else {
            s.push_str("0.");
            s.push_str(&"0".repeat(scale - digits.len()));
            s.push_str(&digits);
        }
    } else {
        s.push_str(&digits[..1]);
        if digits.len() > 1 {
            s.push('.');
            s.push_str(&digits[1..]);
        }
        s.push_str(&format!("E{exp:+}"));
    }
    s
}

/// `Double.toString()` from Rust's shortest scientific form.
fn float(sci: &str, f: f64) -> String {
    if f.is_nan() {
        return "NaN".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    let (mantissa, exp) = sci.split_once('e').unwrap_or((sci, "0"));
    let exp: i32 = exp.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |m| ("-", m));
    let digits = mantissa.replace('.', "");
    if f == 0.0 {
        return format!("{sign}0.0");
    }
    if (-3..7).contains(&exp) {
        if exp >= 0 {
            let int_len = exp as usize + 1;
            let padded = format!("{digits:0<int_len$}");
            let frac = if padded.len() > int_len { &padded[int_len..] } else { "0" };
            return format!("{sign}{}.{frac}", &padded[..int_len]);
        }
        return format!("{sign}0.{}{digits}", "0".repeat((-exp - 1) as usize));
    }
    let frac = if digits.len() > 1 { &digits[1..] } else { "0" };
    format!("{sign}{}.{frac}E{exp}", &digits[..1])
}
