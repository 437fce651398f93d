//! What library classes share: constants of enums, and arguments.
use crate::interp::Interpreter;
use crate::value::{HostObject, R, Thrown, Value};
use std::any::Any;
use std::cmp::Ordering;

/// Methods of the constants of an enum.
pub(crate) type Methods = fn(&mut Interpreter<'_>, &Constant, &str, &[Value]) -> R<Option<Value>>;

/// A class whose objects are a fixed list of names.
pub(crate) struct EnumClass {
    /// Full name.
    pub(crate) class: &'static str,
    /// Names in order.
    pub(crate) names: &'static [&'static str],
    /// What `toString` gives where it is not the name.
    pub(crate) texts: &'static [&'static str],
    /// Methods besides those of every enum.
    pub(crate) methods: Methods,
}

/// One of them.
pub(crate) struct Constant {
    pub(crate) of: &'static EnumClass,
    pub(crate) at: usize,
}

impl Constant {
    /// Its name.
    pub(crate) fn name(&self) -> &'static str {
        self.of.names.get(self.at).copied().unwrap_or("")
    }
}

impl EnumClass {
    /// The constant at an index.
    pub(crate) fn at(&'static self, at: usize) -> Value {
        Value::object(Constant { of: self, at: at.min(self.names.len().saturating_sub(1)) })
    }
    /// The constant of a name.
    pub(crate) fn named(&'static self, name: &str) -> Option<Value> {
        self.names.iter().position(|n| *n == name).map(|at| self.at(at))
    }
    /// `values()` and `valueOf(name)`.
    pub(crate) fn call_static(&'static self, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("values", []) => {
                let simple = self.class.rsplit('.').next().unwrap_or(self.class);
                Value::array(simple, (0..self.names.len()).map(|i| self.at(i)).collect())
            }
            ("valueOf", [n]) => {
                let n = crate::text::text(n);
                self.named(&n).ok_or_else(|| crate::error::illegal(format!("No enum constant {}.{n}", self.class)))?
            }
            _ => return Ok(None),
        }))
    }
}

/// No methods besides those of every enum.
pub(crate) fn plain(_: &mut Interpreter<'_>, _: &Constant, _: &str, _: &[Value]) -> R<Option<Value>> {
    Ok(None)
}

/// The index of a constant of this class.
pub(crate) fn constant(v: Option<&Value>, of: &'static EnumClass) -> Option<usize> {
    v?.downcast::<Constant>().filter(|c| c.of.class == of.class).map(|c| c.at)
}

impl HostObject for Constant {
    fn class_name(&self) -> &str {
        self.of.class
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("name", []) => Value::str(self.name()),
            ("ordinal", []) => Value::Int(self.at as i32),
            ("toString", []) => Value::str(self.text()),
            ("getDeclaringClass", []) => Value::Class(self.of.class.into()),
            ("compareTo", [o]) if o.downcast::<Constant>().is_some() => {
                Value::Int(self.at as i32 - o.downcast::<Constant>().map_or(0, |c| c.at as i32))
            }
            ("next" | "previous", []) => {
                let n = self.of.names.len().max(1);
                self.of.at(if name == "next" { (self.at + 1) % n } else { (self.at + n - 1) % n })
            }
            _ => return (self.of.methods)(it, self, name, args),
        }))
    }
    fn text(&self) -> String {
        self.of.texts.get(self.at).or_else(|| self.of.names.get(self.at)).map(|s| (*s).to_string()).unwrap_or_default()
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(o.downcast::<Constant>().is_some_and(|c| c.of.class == self.of.class && c.at == self.at))
    }
    fn compare(&self, o: &Value) -> Option<Ordering> {
        o.downcast::<Constant>().filter(|c| c.of.class == self.of.class).map(|c| self.at.cmp(&c.at))
    }
    fn is_a(&self, class: &str) -> bool {
        class == self.of.class || matches!(class, "java.lang.Enum" | "java.lang.Comparable" | "java.lang.Object")
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Bytes of a byte array or a list of numbers.
pub(crate) fn bytes_of(v: &Value) -> Option<Vec<u8>> {
    Some(match v {
        Value::Bytes(b) => b.borrow().clone(),
        Value::List(l) => {
            let d = l.data.borrow();
            d.iter().map(|x| crate::ops::to_i64(x).map(|n| n as u8)).collect::<Option<Vec<u8>>>()?
        }
        _ => return None,
    })
}

/// `UnsupportedOperationException`.
pub(crate) fn unsupported() -> Thrown {
    Thrown::Exception(crate::error::exception("java.lang.UnsupportedOperationException", Value::Null))
}

/// Whether it is text.
pub(crate) fn is_text(v: &Value) -> bool {
    matches!(v, Value::Str(_) | Value::GStr(_))
}
