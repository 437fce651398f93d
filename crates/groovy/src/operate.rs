//! Operators, equality, order, `in` and `instanceof`, where they may run methods of the script.
use crate::ast::BinOp;
use crate::error::illegal;
use crate::gstring::is_lazy;
use crate::interp::Interpreter;
use crate::ops;
use crate::text::{class_of, text};
use crate::value::{MapKind, R, Value};

impl Interpreter<'_> {
    /// A binary operator.
    pub(crate) fn binary(&mut self, op: BinOp, a: Value, b: Value) -> R {
        use BinOp::*;
        if op == Add
            && let Some(v) = self.plus_text(&a, &b)?
        {
            return Ok(v);
        }
        let (char, also) = (matches!(a, Value::Char(_)), matches!(b, Value::Char(_)));
        let bits = matches!(op, BitAnd | BitOr | BitXor | Shl | Shr | UShr);
        if (char || also)
            && (bits || matches!(op, Add | Sub | Mul | Div) || op == Rem && char)
            && (char || ops::is_number(&a))
            && (also || ops::is_number(&b))
        {
            return self.binary(op, ops::code(&a), ops::code(&b));
        }
        Ok(Value::Bool(match op {
            Eq => self.equals(&a, &b)?,
            Ne => !self.equals(&a, &b)?,
            Is => a.same(&b),
            IsNot => !a.same(&b),
            Lt => self.compare(&a, &b)?.is_lt(),
            Le => self.compare(&a, &b)?.is_le(),
            Gt => self.compare(&a, &b)?.is_gt(),
            Ge => self.compare(&a, &b)?.is_ge(),
            Cmp => return Ok(Value::Int(self.compare_number(&a, &b)?)),
            In => self.is_case(&b, &a)?,
            Find => {
                let (a, b) = (self.settled(&a)?, self.settled(&b)?);
                return crate::regex::find(self, &a, &b);
            }
            Match => {
                let (a, b) = (self.settled(&a)?, self.settled(&b)?);
                crate::regex::full_match(self, &a, &b)?
            }
            Add | Sub | Mul | Div | Rem | Pow if ops::is_number(&a) && ops::is_number(&b) => {
                return ops::arith(op, &a, &b)?.ok_or_else(|| illegal("this does not work on numbers"));
            }
            BitAnd | BitOr | BitXor | Shl | Shr | UShr => {
                if let Some(v) = ops::bits(op, &a, &b)? {
                    return Ok(v);
                }
                let name = match op {
                    BitAnd => "and",
                    BitOr => "or",
                    BitXor => "xor",
                    Shl => "leftShift",
                    Shr => "rightShift",
                    _ => "rightShiftUnsigned",
                };
                return self.invoke(&a, name, vec![b]);
            }
            _ => {
                let name = match op {
                    Add => "plus",
                    Sub => "minus",
                    Mul => "multiply",
                    Div => "div",
                    Rem => "mod",
                    _ => "power",
                };
                if a.is_null() {
                    let sign = match op {
                        Add => "+",
                        Sub => "-",
                        Mul => "*",
                        Div => "/",
                        Rem => "%",
                        _ => "**",
                    };
                    return match self.settled(&b)?.as_str() {
                        Some(s) if op == Add => Ok(Value::str(format!("null{s}"))),
                        _ if op == Add => {
                            Err(crate::error::null_pointer(format!("Cannot execute null{sign}{}", text(&b))))
                        }
                        _ => Err(crate::error::null_pointer(format!("Cannot invoke method {name}() on null object"))),
                    };
                }
                if b.is_null() && ops::is_number(&a) && !matches!(name, "mod" | "power") {
                    let types: &[&str] = match op {
                        Add => &["java.lang.Character", "java.lang.String", "java.lang.Number"],
                        _ => &["java.lang.Character", "java.lang.Number"],
                    };
                    return Err(crate::error::ambiguous(&class_of(&a), name, types));
                }
                return self.invoke(&a, name, vec![b]);
            }
        }))
    }

    /// `==`.
    pub(crate) fn equals(&mut self, a: &Value, b: &Value) -> R<bool> {
        if is_lazy(a) || is_lazy(b) {
            return Ok(a.same(b) || ops::equal(&self.settled(a)?, &self.settled(b)?));
        }
        if let Value::Instance(i) = a
            && !b.is_null()
            && !i.class.methods("equals").is_empty()
        {
            let v = self.invoke(a, "equals", vec![b.clone()])?;
            return Ok(ops::truth(&v));
        }
        // An element of a document is equal to its text, but no text is equal to an element.
        if !matches!(a, Value::Object(_)) && crate::library::xml::is_path(b) {
            return Ok(false);
        }
        Ok(ops::equal(a, b))
    }

    /// `<`, `>` and sorting.
    pub(crate) fn compare(&mut self, a: &Value, b: &Value) -> R<std::cmp::Ordering> {
        if is_lazy(a) || is_lazy(b) {
            let (a, b) = (self.settled(a)?, self.settled(b)?);
            return self.compare(&a, &b);
        }
        if let Some(o) = ops::compare(a, b) {
            return Ok(o);
        }
        if let Value::Instance(i) = a {
            if !i.class.methods("compareTo").is_empty() {
                let v = self.invoke(a, "compareTo", vec![b.clone()])?;
                return Ok(ops::to_i64(&v).unwrap_or(0).cmp(&0));
            }
            if let (Some(x), Value::Instance(j)) = (i.fields.borrow().get("$ordinal"), b) {
                return Ok(ops::order(x, j.fields.borrow().get("$ordinal").unwrap_or(&Value::Null)));
            }
        }
        if self.equals(a, b)? {
            return Ok(std::cmp::Ordering::Equal);
        }
        // A text of one character counts as that character.
        let one = |v: &Value| {
            let s = v.as_str()?;
            let mut c = s.chars();
            c.next().filter(|_| c.next().is_none())
        };
        if let (Some(c), true) = (one(a), ops::is_number(b)) {
            return Ok(ops::order(&Value::Int(c as i32), b));
        }
        if let (Some(c), true) = (one(b), ops::is_number(a)) {
            return Ok(ops::order(a, &Value::Int(c as i32)));
        }
        let compares = match a {
            Value::Str(_) | Value::GStr(_) | Value::Char(_) | Value::Bool(_) => true,
            Value::Object(_) => self.instance_of(a, "java.lang.Comparable") || class_of(a).starts_with("java.time."),
            a => ops::is_number(a),
        };
        if !compares {
            let text = format!(
                "Cannot compare {} with value '{}' and {} with value '{}'",
                class_of(a),
                text(a),
                class_of(b),
                text(b)
            );
            return Err(crate::error::throw("groovy.lang.GroovyRuntimeException", text));
        }
        let to = match class_of(a) {
            c if c == "java.time.LocalDate" => "java.time.chrono.ChronoLocalDate".into(),
            c if c == "java.time.LocalDateTime" => "java.time.chrono.ChronoLocalDateTime".into(),
            c if c == "java.time.ZonedDateTime" => "java.time.chrono.ChronoZonedDateTime".into(),
            c => c,
        };
        Err(crate::error::class_cast(&class_of(b), &to))
    }

    fn compare_number(&mut self, a: &Value, b: &Value) -> R<i32> {
        Ok(self.compare(a, b)? as i32)
    }

    /// `switch` and `in`.
    pub(crate) fn is_case(&mut self, case: &Value, v: &Value) -> R<bool> {
        if is_lazy(case) || is_lazy(v) && !matches!(case, Value::Closure(_)) {
            let (case, v) = (self.settled(case)?, self.settled(v)?);
            return self.is_case(&case, &v);
        }
        Ok(match case {
            Value::Null => v.is_null(),
            Value::Class(c) => self.instance_of(v, &c.clone()),
            Value::Closure(f) => {
                let r = self.call_closure(f, vec![v.clone()])?;
                self.truth(&r)?
            }
            Value::Range(r) => {
                let (lo, hi) = if ops::order(&r.from, &r.to).is_le() { (&r.from, &r.to) } else { (&r.to, &r.from) };
                if ops::is_number(v) && ops::is_number(lo) {
                    let within = ops::order(v, lo).is_ge() && ops::order(v, hi).is_le();
                    within
                        && (r.inclusive || !ops::equal(v, &r.to))
                        && (!matches!(v, Value::Dec(_) | Value::Double(_))
                            || ops::range_items(r)?.iter().any(|x| ops::equal(x, v)))
                } else {
                    ops::range_items(r)?.iter().any(|x| ops::equal(x, v))
                }
            }
            Value::List(l) => l.data.borrow().iter().any(|x| ops::java_equals(v, x)),
            Value::Set(m) => m.data.borrow().contains_key(&crate::value::Key(v.clone())),
            Value::Map(m) => m.get(v).is_some(),
            Value::Object(o) if o.class_name() == "java.util.regex.Pattern" => crate::regex::full_match(self, v, case)?,
            Value::Str(s) | Value::GStr(s) => v.as_str().is_some_and(|t| t == *s) || ops::equal(case, v),
            Value::Instance(i) if !i.class.methods("isCase").is_empty() => {
                let r = self.invoke(case, "isCase", vec![v.clone()])?;
                self.truth(&r)?
            }
            _ => self.equals(case, v)?,
        })
    }

    /// What `for` and the collection methods walk over.
    pub(crate) fn items_of(&mut self, v: &Value) -> R<Vec<Value>> {
        Ok(match v {
            Value::Null => vec![],
            Value::List(l) => l.data.borrow().clone(),
            Value::Set(m) => m.keys(),
            Value::Map(m) => m.entries().iter().map(|(k, v)| crate::gdk::entry(m, k, v)).collect(),
            Value::Range(r) if matches!(r.from, Value::Object(_) | Value::Instance(_)) => {
                let (mut out, mut at) = (Vec::new(), r.from.clone());
                let up = self.compare(&r.from, &r.to)?.is_le();
                let step = if up { "next" } else { "previous" };
                while if up { self.compare(&at, &r.to)?.is_le() } else { self.compare(&at, &r.to)?.is_ge() } {
                    self.charge(64)?;
                    if out.len() >= 1_000_000 {
                        return Err(crate::value::Thrown::Limit("a range is too long".into()));
                    }
                    out.push(at.clone());
                    let last = self.equals(&at, &r.to)?;
                    if last {
                        break;
                    }
                    at = self.invoke(&at, step, vec![])?;
                }
                if !r.inclusive {
                    out.pop();
                }
                out
            }
            Value::Range(r) => ops::range_items(r)?,
            Value::Str(s) | Value::GStr(s) => s.chars().map(|c| Value::str(c.to_string())).collect(),
            Value::Bytes(b) => b.borrow().iter().map(|b| Value::Byte(*b as i8)).collect(),
            Value::Object(_) if is_lazy(v) => {
                let v = self.settled(v)?;
                self.items_of(&v)?
            }
            Value::Object(o) => match crate::regex::matches(self, v)? {
                Some(found) => found,
                None => o.items().unwrap_or_else(|| vec![v.clone()]),
            },
            Value::Instance(i) if !i.class.methods("iterator").is_empty() => {
                let it = self.invoke(v, "iterator", vec![])?;
                return self.items_of(&it);
            }
            Value::Class(c) if self.class_named(c).is_some_and(|c| c.decl.is_enum) => {
                self.call_static(&c.clone(), "values", &[])?.map_or(Ok(vec![]), |v| self.items_of(&v))?
            }
            other => vec![other.clone()],
        })
    }

    /// `instanceof`.
    pub fn instance_of(&mut self, v: &Value, class: &str) -> bool {
        let class = crate::classes::boxed(class).unwrap_or(class);
        match v {
            Value::Null => false,
            Value::Instance(i) => {
                let mut at = Some(i.class.clone());
                while let Some(c) = at {
                    let named = &*c.decl.name == class && c.env.is_none();
                    if named
                        || c.decl
                            .interfaces
                            .iter()
                            .any(|t| *t.name == *class || class.rsplit('.').next() == Some(&*t.name))
                        || c.env.is_some() && c.decl.parent.as_ref().is_some_and(|p| *p.name == *class)
                    {
                        return true;
                    }
                    if c.parent.is_none() {
                        return crate::classes::is_subclass(&c.base, class);
                    }
                    at = c.parent.clone();
                }
                false
            }
            Value::Object(o) => o.is_a(class) || class == "java.lang.Object",
            Value::List(l) if matches!(l.kind, crate::value::ListKind::Array(_)) => {
                class == "java.lang.Object" || class.ends_with("[]")
            }
            Value::Bytes(_) => matches!(class, "byte[]" | "java.lang.Object"),
            Value::Map(m) if matches!(m.kind, MapKind::Tree | MapKind::Compared) => {
                matches!(class, "java.util.SortedMap" | "java.util.NavigableMap")
                    || crate::classes::is_subclass("java.util.TreeMap", class)
            }
            v => crate::classes::is_subclass(&class_of(v), class),
        }
    }
}
