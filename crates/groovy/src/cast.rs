//! Types: `as`, casts, and the conversion a declared type brings.
use crate::ast::TypeRef;
use crate::error::{bad_cast, number_format};
use crate::gstring::is_lazy;
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{ListKind, ListObj, MapKind, MapObj, R, Value};
use std::rc::Rc;

/// The value a typed variable has before anything is assigned.
pub(crate) fn initial(t: &TypeRef) -> Value {
    if t.dims > 0 {
        return Value::Null;
    }
    match &*t.name {
        "int" => Value::Int(0),
        "long" => Value::Long(0),
        "short" => Value::Short(0),
        "byte" => Value::Byte(0),
        "double" => Value::Double(0.0),
        "float" => Value::Float(0.0),
        "boolean" => Value::Bool(false),
        "char" => Value::Char('\0'),
        _ => Value::Null,
    }
}

/// A number as the class says.
pub(crate) fn number_as(v: &Value, class: &str) -> Option<Value> {
    if !ops::is_number(v) {
        return None;
    }
    let l = ops::to_i64(v)?;
    Some(match class {
        "java.lang.Integer" => match v {
            Value::Double(d) => Value::Int(*d as i32),
            _ => Value::Int(l as i32),
        },
        "java.lang.Long" => Value::Long(l),
        "java.lang.Short" => Value::Short(l as i16),
        "java.lang.Byte" => Value::Byte(l as i8),
        "java.lang.Double" => Value::Double(ops::to_f64(v)?),
        "java.lang.Float" => Value::Float(ops::to_f64(v)? as f32),
        "java.math.BigDecimal" => Value::dec(ops::to_dec(v)?),
        "java.math.BigInteger" => Value::BigInt(Rc::new(ops::to_big(v)?)),
        "java.lang.Character" => Value::Char(char::from_u32(l as u32)?),
        "java.lang.Number" => v.clone(),
        _ => return None,
    })
}

/// Text as a number of the class.
pub(crate) fn parse_number(s: &str, class: &str) -> R {
    let bad = || number_format(s);
    let t = s.trim();
    Ok(match class {
        "java.lang.Integer" => Value::Int(s.parse().map_err(|_| bad())?),
        "java.lang.Long" => Value::Long(s.parse().map_err(|_| bad())?),
        "java.lang.Short" => Value::Short(s.parse().map_err(|_| bad())?),
        "java.lang.Byte" => Value::Byte(s.parse().map_err(|_| bad())?),
        "java.lang.Double" | "java.lang.Float" => {
            let core = t.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(t);
            if core.is_empty() {
                return Err(crate::error::throw("java.lang.NumberFormatException", "empty String"));
            }
            let d: f64 = core.parse().map_err(|_| bad())?;
            if class.ends_with("Float") { Value::Float(d as f32) } else { Value::Double(d) }
        }
        "java.math.BigInteger" => {
            let ok = t.len() < 5000;
            Value::BigInt(Rc::new(t.parse().ok().filter(|_| ok).ok_or_else(bad)?))
        }
        _ => Value::dec(ops::parse_decimal(s).ok_or_else(|| crate::error::throw("java.lang.NumberFormatException", if s.is_empty() { "".into() } else { format!("Character {} is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark.", s.chars().find(|c| !c.is_ascii_digit()).unwrap_or('?')) }))?),
    })
}

const NUMBERS: &[&str] = &[
    "java.lang.Integer",
    "java.lang.Long",
    "java.lang.Short",
    "java.lang.Byte",
    "java.lang.Double",
    "java.lang.Float",
    "java.math.BigDecimal",
    "java.math.BigInteger",
];

/// Whether a text stays what it is as a value of this type.
fn stays_text(t: &TypeRef) -> bool {
    t.dims == 0 && matches!(t.name.rsplit('.').next(), Some("Object" | "def" | "GString" | "CharSequence"))
}

impl Interpreter<'_> {
    /// What `Type x = v` and `(Type) v` make of a value.
    pub(crate) fn coerce_declared(&mut self, v: Value, t: &TypeRef) -> R {
        if is_lazy(&v) && !stays_text(t) {
            let v = self.settled(&v)?;
            return self.coerce_declared(v, t);
        }
        if t.dims > 0 {
            return self.to_array(v, t);
        }
        let name = self.type_name(t);
        let primitive = crate::classes::boxed(&name);
        let class: &str = primitive.unwrap_or(&name);
        if v.is_null() {
            return match primitive {
                Some("java.lang.Boolean") => Ok(Value::Bool(false)),
                Some(_) => Err(bad_cast(&v, &name)),
                None => Ok(v),
            };
        }
        match class {
            _ if matches!(&v, Value::Object(o) if o.class_name() == class) => Ok(v),
            "java.lang.Object" | "void" => Ok(v),
            "java.util.Comparator" if matches!(v, Value::Closure(_)) => Ok(crate::gdk::Order::by(v)),
            "java.lang.String" => match &v {
                Value::Str(_) => Ok(v),
                _ => Ok(Value::str(self.to_text(&v)?)),
            },
            "java.lang.Boolean" => Ok(Value::Bool(self.truth(&v)?)),
            c if NUMBERS.contains(&c) || c == "java.lang.Character" => {
                if let Some(n) = number_as(&v, c) {
                    return Ok(n);
                }
                let one = match &v {
                    Value::Char(ch) => Some(*ch),
                    Value::Str(s) | Value::GStr(s) => {
                        let mut it = s.chars();
                        it.next().filter(|_| it.next().is_none())
                    }
                    _ => None,
                };
                match one {
                    Some(ch) if c == "java.lang.Character" => Ok(Value::Char(ch)),
                    Some(ch) => number_as(&Value::Int(ch as i32), c).ok_or_else(|| bad_cast(&v, c)),
                    None => Err(bad_cast(&v, if primitive.is_some() { &name } else { c })),
                }
            }
            "java.util.Set"
            | "java.util.HashSet"
            | "java.util.LinkedHashSet"
            | "java.util.TreeSet"
            | "java.util.SortedSet"
                if matches!(v, Value::List(_) | Value::Range(_)) =>
            {
                self.as_type(v, t)
            }
            "java.util.List" | "java.util.ArrayList" | "java.util.Collection" if matches!(&v, Value::List(l) if matches!(l.kind, ListKind::Array(_))) => {
                Ok(Value::list(self.items_of(&v)?))
            }
            "java.util.LinkedList" if matches!(v, Value::List(_)) => {
                Ok(Value::List(ListObj::new(ListKind::LinkedList, self.items_of(&v)?)))
            }
            "java.util.TreeMap" if matches!(&v, Value::Map(m) if !matches!(m.kind, MapKind::Tree | MapKind::IgnoreCase)) => {
                self.as_type(v, t)
            }
            "java.util.HashMap" | "java.util.TreeMap" | "java.util.LinkedHashMap" | "java.util.Map"
                if matches!(v, Value::Map(_)) =>
            {
                Ok(v)
            }
            c if self.class_named(c).is_some() => {
                if self.instance_of(&v, c) {
                    return Ok(v);
                }
                match (&v, self.class_named(c)) {
                    (Value::Map(_) | Value::Closure(_), Some(class)) if class.decl.is_abstract => {
                        self.implement(&class, v)
                    }
                    (Value::Map(_), Some(class)) => self.instantiate(&class, vec![v]),
                    (Value::List(_), Some(class)) => {
                        let args = self.items_of(&v)?;
                        self.instantiate(&class, args)
                    }
                    (Value::Closure(_), _) => Ok(v),
                    (Value::Str(s) | Value::GStr(s), Some(class)) if class.decl.is_enum => {
                        crate::members::find_static(&class, s).ok_or_else(|| bad_cast(&v, c))
                    }
                    _ => Err(bad_cast(&v, c)),
                }
            }
            c if crate::classes::is_known(c)
                && !matches!(v, Value::Object(_) | Value::Closure(_))
                && !self.instance_of(&v, c) =>
            {
                let loose = matches!(
                    c,
                    "java.lang.Comparable" | "java.io.Serializable" | "java.lang.Iterable" | "java.util.Properties"
                ) || c.contains("Exception");
                if loose { Ok(v) } else { Err(bad_cast(&v, c)) }
            }
            _ => Ok(v),
        }
    }

    /// An object of an interface or an abstract class of the script, from a closure or a map of closures.
    fn implement(&mut self, class: &Rc<crate::value::ClassObj>, v: Value) -> R {
        let mut fields = indexmap::IndexMap::new();
        match &v {
            Value::Map(m) => m.entries().into_iter().for_each(|(k, f)| {
                fields.insert(crate::text::text(&k).into(), f);
            }),
            f => {
                fields.insert("$call".into(), f.clone());
            }
        }
        let fields = std::cell::RefCell::new(fields);
        Ok(Value::Instance(Rc::new(crate::value::Instance { class: class.clone(), fields })))
    }

    fn to_array(&mut self, v: Value, t: &TypeRef) -> R {
        match &v {
            Value::Null => return Ok(v),
            Value::Bytes(_) if &*t.name == "byte" => return Ok(v),
            Value::List(l) if matches!(&l.kind, ListKind::Array(k) if *k == t.name) => return Ok(v),
            Value::Str(s) | Value::GStr(s) if &*t.name == "byte" => return Ok(Value::bytes(s.as_bytes().to_vec())),
            Value::List(_) | Value::Set(_) | Value::Range(_) | Value::Str(_) | Value::GStr(_) => {}
            Value::Object(_) => return Ok(v),
            _ => return Err(bad_cast(&v, &format!("{}[]", t.name))),
        }
        let inner = TypeRef { name: t.name.clone(), dims: t.dims - 1 };
        let mut items = Vec::new();
        for x in self.items_of(&v)? {
            items.push(self.coerce_declared(x, &inner)?);
        }
        if &*t.name == "byte" && t.dims == 1 {
            return Ok(Value::bytes(items.iter().map(|b| ops::to_i64(b).unwrap_or(0) as u8).collect()));
        }
        Ok(Value::array(&format!("{}{}", "[".repeat(usize::from(t.dims - 1)), t.name), items))
    }

    /// `v as Type`.
    pub(crate) fn as_type(&mut self, v: Value, t: &TypeRef) -> R {
        if is_lazy(&v) && !stays_text(t) {
            let v = self.settled(&v)?;
            return self.as_type(v, t);
        }
        if v.is_null() {
            if t.dims == 0 && crate::classes::boxed(&t.name).is_some_and(|b| b != "java.lang.Boolean") {
                return Err(bad_cast(&v, &t.name));
            }
            return Ok(v);
        }
        if t.dims > 0 {
            // What holds nothing else is the one element.
            if ops::is_number(&v) || matches!(v, Value::Bool(_) | Value::Char(_)) {
                return self.to_array(Value::list(vec![v]), t);
            }
            if matches!(v, Value::Map(_)) {
                let entries = self.items_of(&v)?;
                return self.to_array(Value::list(entries), t);
            }
            return self.to_array(v, t);
        }
        let name = self.type_name(t);
        let class = crate::classes::boxed(&name).unwrap_or(&name).to_string();
        if let Value::Object(o) = &v
            && let Some(x) = o.clone().call_method(self, &v, "asType", &[Value::Class(class.clone().into())])?
        {
            return Ok(x);
        }
        match class.as_str() {
            c if NUMBERS.contains(&c) => match &v {
                Value::Str(s) | Value::GStr(s) => parse_number(s.trim(), c),
                Value::Object(o) if !o.class_name().starts_with("java") => parse_number(&o.text(), c),
                _ => self.coerce_declared(v, t),
            },
            "java.lang.Boolean" => Ok(Value::Bool(self.truth(&v)?)),
            "java.lang.String" => {
                if let Value::List(l) = &v
                    && l.kind == ListKind::Array("char".into())
                {
                    return Ok(Value::str(crate::text::text(&v)));
                }
                if matches!(v, Value::Map(_)) {
                    return Ok(Value::str(crate::text::text(&v)));
                }
                Ok(Value::str(self.to_text(&v)?))
            }
            "java.util.List" | "java.util.ArrayList" | "java.util.Collection" => match &v {
                Value::List(l) if !matches!(l.kind, ListKind::Array(_)) => Ok(v),
                _ => Ok(Value::list(self.items_of(&v)?)),
            },
            "java.util.LinkedList" => Ok(Value::List(ListObj::new(ListKind::LinkedList, self.items_of(&v)?))),
            "java.util.Set" | "java.util.LinkedHashSet" => Ok(MapObj::set_of(MapKind::Linked, self.items_of(&v)?)),
            "java.util.HashSet" => Ok(MapObj::set_of(MapKind::Hash, self.items_of(&v)?)),
            "java.util.TreeSet" | "java.util.SortedSet" => Ok(MapObj::set_of(MapKind::Tree, self.items_of(&v)?)),
            "java.util.TreeMap" | "java.util.HashMap" | "java.util.LinkedHashMap" => match &v {
                // Already one: the map itself.
                Value::Map(m) if class.ends_with(".HashMap") && matches!(m.kind, MapKind::Linked | MapKind::Hash) => {
                    Ok(v)
                }
                Value::Map(m) => {
                    let kind = match class.as_str() {
                        "java.util.TreeMap" => MapKind::Tree,
                        "java.util.HashMap" => MapKind::Hash,
                        _ => MapKind::Linked,
                    };
                    let out = MapObj::new(kind);
                    m.entries().into_iter().for_each(|(k, v)| {
                        out.put(k, v);
                    });
                    Ok(Value::Map(out))
                }
                _ => self.coerce_declared(v, t),
            },
            "java.util.Comparator" if matches!(v, Value::Closure(_)) => Ok(crate::gdk::Order::by(v)),
            _ if matches!(v, Value::Closure(_) | Value::Map(_)) && self.class_named(&class).is_none() => Ok(v),
            _ => self.coerce_declared(v, t),
        }
    }
}
