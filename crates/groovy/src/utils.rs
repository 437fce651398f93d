//! Static methods of java.util's helpers (Collections, Arrays, Objects), of the wrapper classes, and what classes tell.
use crate::error::{exception, no_method, throw};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::ops;
use crate::text::{class_of, text};
use crate::value::{ListKind, ListObj, MapKind, MapObj, R, Thrown, Value};
use std::rc::Rc;

/// A list that cannot be changed.
fn fixed(items: Vec<Value>) -> Value {
    let l = ListObj::new(ListKind::ArrayList, items);
    l.frozen.set(true);
    Value::List(l)
}

/// A static method of these classes; None if there is none.
pub(crate) fn call_static(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    match class {
        "java.util.Collections" => collections(it, name, args),
        "java.util.Arrays" => arrays(it, name, args),
        "java.util.Objects" => objects(it, name, args),
        "java.util.Optional" => crate::scanner::optional_of(name, args),
        "java.util.stream.Collectors" => Ok(crate::scanner::collector(name, args)),
        "java.util.stream.Stream" if name == "of" => Ok(Some(crate::scanner::stream(args.to_vec()))),
        "java.util.regex.Matcher" if name == "quoteReplacement" => {
            Ok(Some(Value::str(txt(args.first()).replace('\\', "\\\\").replace('$', "\\$"))))
        }
        "org.codehaus.groovy.runtime.StackTraceUtils" => Ok(args.first().cloned()),
        "java.lang.Character" => character(name, args),
        "java.lang.Integer" | "java.lang.Long" | "java.lang.Short" | "java.lang.Byte" => integer(class, name, args),
        "java.lang.Double" | "java.lang.Float" => double(name, args),
        "java.lang.Math" => math(it, name, args),
        "java.lang.Boolean" => Ok(match (name, args) {
            ("toString", [b]) => Some(Value::str(text(b))),
            ("compare", [a, b]) => Some(Value::Int(ops::order(a, b) as i32)),
            ("logicalAnd", [a, b]) => Some(Value::Bool(ops::truth(a) && ops::truth(b))),
            ("logicalOr", [a, b]) => Some(Value::Bool(ops::truth(a) || ops::truth(b))),
            _ => None,
        }),
        "java.lang.Class" if name == "forName" => class_for_name(it, &txt(args.first())).map(Some),
        _ => Ok(None),
    }
}

fn class_for_name(it: &mut Interpreter<'_>, name: &str) -> R {
    let host = it.host.clone();
    if it.class_named(name).is_some() || crate::classes::is_known(name) || host.has_class(name) {
        return Ok(Value::Class(it.class_named(name).map_or_else(|| name.into(), |c| c.decl.name.clone())));
    }
    // Classes the host may bring are not all listed: only what is surely nothing fails.
    if name.split('.').count() < 4 {
        return Err(throw("java.lang.ClassNotFoundException", name));
    }
    Ok(Value::Class(name.into()))
}

/// A constant of these classes.
pub(crate) fn constant(class: &str, name: &str) -> Option<Value> {
    Some(match (class, name) {
        ("java.lang.String", "CASE_INSENSITIVE_ORDER") => crate::gdk::Order::ignoring_case(),
        ("java.lang.Double", "NaN") => Value::Double(f64::NAN),
        ("java.lang.Double", "MIN_VALUE") => Value::Double(5e-324),
        ("java.lang.Double", "POSITIVE_INFINITY") => Value::Double(f64::INFINITY),
        ("java.lang.Double", "NEGATIVE_INFINITY") => Value::Double(f64::NEG_INFINITY),
        ("java.lang.Float", "MAX_VALUE") => Value::Float(f32::MAX),
        ("java.lang.Float", "MIN_VALUE") => Value::Float(1e-45),
        ("java.lang.Float", "NaN") => Value::Float(f32::NAN),
        ("java.lang.Short", "MAX_VALUE") => Value::Short(i16::MAX),
        ("java.lang.Short", "MIN_VALUE") => Value::Short(i16::MIN),
        ("java.lang.Byte", "MAX_VALUE") => Value::Byte(i8::MAX),
        ("java.lang.Byte", "MIN_VALUE") => Value::Byte(i8::MIN),
        ("java.lang.Character", "MAX_VALUE") => Value::Char('\u{ffff}'),
        ("java.lang.Math", "E") => Value::Double(std::f64::consts::E),
        ("java.math.BigInteger", "ZERO" | "ONE" | "TEN") => {
            let n: u32 = match name {
                "ZERO" => 0,
                "ONE" => 1,
                _ => 10,
            };
            Value::BigInt(Rc::new(n.into()))
        }
        ("java.util.Collections", "EMPTY_LIST") => fixed(vec![]),
        ("java.util.Collections", "EMPTY_MAP") => crate::gdk::frozen(&Value::Map(MapObj::new(MapKind::Linked))),
        ("java.util.Map", "Entry") => Value::Class("java.util.Map$Entry".into()),
        ("java.util.regex.Pattern", "COMMENTS") => Value::Int(4),
        ("java.util.regex.Pattern", "UNICODE_CASE") => Value::Int(64),
        ("java.util.regex.Pattern", "LITERAL") => Value::Int(16),
        ("java.io.File", "separator") => Value::str("/"),
        _ => return None,
    })
}

fn collections(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match (name, args) {
        ("emptyList", []) => fixed(vec![]),
        ("emptyMap", []) => crate::gdk::frozen(&Value::Map(MapObj::new(MapKind::Linked))),
        ("emptySet", []) => crate::gdk::frozen(&MapObj::set_of(MapKind::Linked, [])),
        ("singletonList", [x]) => fixed(vec![x.clone()]),
        ("singleton", [x]) => crate::gdk::frozen(&MapObj::set_of(MapKind::Linked, [x.clone()])),
        ("singletonMap", [k, v]) => {
            let m = MapObj::new(MapKind::Linked);
            m.put(k.clone(), v.clone());
            crate::gdk::frozen(&Value::Map(m))
        }
        ("unmodifiableList" | "unmodifiableMap" | "unmodifiableSet" | "unmodifiableCollection", [v]) => {
            crate::gdk::frozen(v)
        }
        ("synchronizedList" | "synchronizedMap" | "synchronizedSet", [v]) => v.clone(),
        ("nCopies", [n, x]) => {
            let n = int(Some(n)).max(0) as usize;
            it.charge(n.saturating_mul(24))?;
            fixed(vec![x.clone(); n])
        }
        ("max" | "min", [c, ..]) => it.invoke(c, name, args[1..].to_vec())?,
        ("frequency", [c, x]) => Value::Int(it.items_of(c)?.iter().filter(|y| ops::java_equals(x, y)).count() as i32),
        ("disjoint", [a, b]) => it.invoke(a, "disjoint", vec![b.clone()])?,
        ("addAll", [c, more @ ..]) => {
            for x in more {
                it.invoke(c, "add", vec![x.clone()])?;
            }
            Value::Bool(!more.is_empty())
        }
        ("reverseOrder", []) => crate::gdk::Order::reversed(None),
        ("reverseOrder", [c]) => crate::gdk::Order::reversed(Some(c.clone())),
        ("sort" | "reverse" | "shuffle" | "swap", [Value::List(l), rest @ ..]) => {
            let mut items = l.data.borrow().clone();
            match (name, rest) {
                ("sort", rest) => {
                    let s = it.invoke(&args[0], "toSorted", rest.to_vec())?;
                    items = it.items_of(&s)?;
                }
                ("swap", [a, b]) => {
                    let (a, b) = (int(Some(a)) as usize, int(Some(b)) as usize);
                    if a < items.len() && b < items.len() {
                        items.swap(a, b);
                    }
                }
                ("shuffle", _) => {
                    let mut random = [0u8; 8];
                    for i in (1..items.len()).rev() {
                        it.tick()?;
                        it.host.random(&mut random);
                        items.swap(i, (u64::from_le_bytes(random) % (i as u64 + 1)) as usize);
                    }
                }
                _ => items.reverse(),
            }
            let old = l.data.replace(items);
            drop(old);
            Value::Null
        }
        ("enumeration", [c]) => crate::objects::iterator(it.items_of(c)?),
        ("list", [c]) => Value::list(it.items_of(c)?),
        _ => return Ok(None),
    }))
}

fn arrays(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let kind = |v: &Value| match v {
        Value::List(l) => l.kind.clone(),
        _ => ListKind::Array("Object".into()),
    };
    Ok(Some(match (name, args) {
        ("asList", [a]) if crate::call::array(a) => fixed(it.items_of(a)?),
        ("asList", _) => fixed(args.to_vec()),
        ("toString" | "deepToString", [a]) => Value::str(if a.is_null() { "null".into() } else { it.array_text(a)? }),
        ("equals" | "deepEquals", [a, b]) => Value::Bool(ops::equal(a, b)),
        ("hashCode", [a]) => Value::Int(ops::java_hash(&Value::list(it.items_of(a)?))),
        ("stream", [a]) => crate::scanner::stream(it.items_of(a)?),
        ("sort", [Value::List(l), rest @ ..]) => {
            let items = Value::list(l.data.borrow().clone());
            let s = it.invoke(&items, "toSorted", rest.to_vec())?;
            let s = it.items_of(&s)?;
            let old = l.data.replace(s);
            drop(old);
            Value::Null
        }
        ("fill", [Value::List(l), x]) => {
            let n = l.data.borrow().len();
            let old = l.data.replace(vec![x.clone(); n]);
            drop(old);
            Value::Null
        }
        ("fill", [Value::Bytes(b), x]) => {
            b.borrow_mut().fill(int(Some(x)) as u8);
            Value::Null
        }
        ("copyOf" | "copyOfRange", [a, rest @ ..]) => {
            let (from, to) = match rest {
                [n] => (0, int(Some(n))),
                [a, b, ..] => (int(Some(a)), int(Some(b))),
                [] => return Ok(None),
            };
            if from < 0 || to < from {
                return Err(crate::error::illegal(format!("{from} > {to}")));
            }
            let n = (to - from) as usize;
            it.charge(n.saturating_mul(24))?;
            match a {
                Value::Bytes(b) => {
                    let mut out: Vec<u8> = b.borrow().iter().skip(from as usize).take(n).copied().collect();
                    out.resize(n, 0);
                    Value::bytes(out)
                }
                a => {
                    let mut out: Vec<Value> = it.items_of(a)?.into_iter().skip(from as usize).take(n).collect();
                    out.resize(n, Value::Null);
                    Value::List(ListObj::new(kind(a), out))
                }
            }
        }
        ("binarySearch", [a, x]) => {
            let items = it.items_of(a)?;
            let at = items.partition_point(|y| ops::order(y, x).is_lt());
            let hit = items.get(at).is_some_and(|y| ops::order(y, x).is_eq());
            Value::Int(if hit { at as i32 } else { -(at as i32) - 1 })
        }
        _ => return Ok(None),
    }))
}

fn objects(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match (name, args) {
        ("equals", [a, b]) => Value::Bool(ops::java_equals(a, b)),
        ("isNull", [a]) => Value::Bool(a.is_null()),
        ("nonNull", [a]) => Value::Bool(!a.is_null()),
        ("hash", _) => Value::Int(ops::java_hash(&Value::list(args.to_vec()))),
        ("hashCode", [a]) => Value::Int(ops::java_hash(a)),
        ("toString", [Value::Null, default]) => default.clone(),
        ("toString", [a, ..]) => Value::str(it.to_text(a)?),
        ("requireNonNull", [Value::Null]) => {
            return Err(Thrown::Exception(exception("java.lang.NullPointerException", Value::Null)));
        }
        ("requireNonNull", [Value::Null, m]) => return Err(crate::error::null_pointer(text(m))),
        ("requireNonNull", [a, ..]) => a.clone(),
        _ => return Ok(None),
    }))
}

fn character(name: &str, args: &[Value]) -> R<Option<Value>> {
    let c = match args.first() {
        Some(Value::Int(n)) => char::from_u32(*n as u32),
        v => txt(v).chars().next(),
    };
    let (Some(c), 1) = (c, args.len()) else { return Ok(None) };
    let int = matches!(args[0], Value::Int(_));
    let same = |c: char| if int { Value::Int(c as i32) } else { Value::Char(c) };
    Ok(Some(match name {
        "isDigit" => Value::Bool(c.is_ascii_digit()),
        "isLetter" | "isAlphabetic" => Value::Bool(c.is_alphabetic()),
        "isLetterOrDigit" => Value::Bool(c.is_alphanumeric()),
        "isWhitespace" | "isSpaceChar" => Value::Bool(c.is_whitespace()),
        "isUpperCase" => Value::Bool(c.is_uppercase()),
        "isLowerCase" => Value::Bool(c.is_lowercase()),
        "isISOControl" => Value::Bool(c.is_control()),
        "toUpperCase" => same(c.to_uppercase().next().unwrap_or(c)),
        "toLowerCase" => same(c.to_lowercase().next().unwrap_or(c)),
        "getNumericValue" | "digit" => Value::Int(c.to_digit(36).map_or(-1, |d| d as i32)),
        "valueOf" => Value::Char(c),
        "toString" => Value::str(c.to_string()),
        "toChars" => Value::array("char", vec![Value::Char(c)]),
        _ => return Ok(None),
    }))
}

fn integer(class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    let n = int(args.first());
    // Negative numbers are shown as two's complement of their size.
    let bits = if class.ends_with("Long") { n as u64 } else { u64::from(n as i32 as u32) };
    let wrap = |n: i64| if class.ends_with("Long") { Value::Long(n) } else { Value::Int(n as i32) };
    Ok(Some(match (name, args) {
        ("parseInt" | "parseLong", [Value::Null]) => {
            return Err(throw("java.lang.NumberFormatException", "null"));
        }
        ("toString", [_, radix]) => Value::str(radix_text(n, int(Some(radix)))),
        ("toBinaryString", [_]) => Value::str(format!("{bits:b}")),
        ("toOctalString", [_]) => Value::str(format!("{bits:o}")),
        ("toHexString", [_]) => Value::str(format!("{bits:x}")),
        ("compare", [a, b]) => Value::Int(ops::order(a, b) as i32),
        ("signum", [_]) => Value::Int(n.signum() as i32),
        ("max", [a, b]) => wrap(int(Some(a)).max(int(Some(b)))),
        ("min", [a, b]) => wrap(int(Some(a)).min(int(Some(b)))),
        ("sum", [a, b]) => wrap(int(Some(a)).wrapping_add(int(Some(b)))),
        ("bitCount", [_]) => Value::Int(bits.count_ones() as i32),
        ("numberOfTrailingZeros", [_]) => Value::Int(bits.trailing_zeros() as i32),
        ("hashCode", [a]) => Value::Int(ops::java_hash(a)),
        _ => return Ok(None),
    }))
}

/// A number in another base, as Java writes it.
pub(crate) fn radix_text(n: i64, radix: i64) -> String {
    let radix = if (2..=36).contains(&radix) { radix as u64 } else { 10 };
    let (mut left, mut out) = (n.unsigned_abs(), Vec::new());
    loop {
        out.push(char::from_digit((left % radix) as u32, 36).unwrap_or('?'));
        left /= radix;
        if left == 0 {
            break;
        }
    }
    if n < 0 {
        out.push('-');
    }
    out.iter().rev().collect()
}

fn double(name: &str, args: &[Value]) -> R<Option<Value>> {
    let f = args.first().and_then(ops::to_f64).unwrap_or(f64::NAN);
    Ok(Some(match (name, args) {
        ("isNaN", [_]) => Value::Bool(f.is_nan()),
        ("isInfinite", [_]) => Value::Bool(f.is_infinite()),
        ("isFinite", [_]) => Value::Bool(f.is_finite()),
        ("compare", [a, b]) => Value::Int(ops::order(a, b) as i32),
        ("toString", [a]) => Value::str(text(a)),
        _ => return Ok(None),
    }))
}

fn math(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let of = |n: usize| args.get(n).and_then(ops::to_f64).unwrap_or(f64::NAN);
    let d = |f: f64| Ok(Some(Value::Double(f)));
    let whole = |long: fn(i64, i64) -> Option<i64>, small: fn(i32, i32) -> Option<i32>| -> R<Option<Value>> {
        match args {
            [Value::Int(a), Value::Int(b)] => {
                small(*a, *b).map(|n| Some(Value::Int(n))).ok_or_else(|| crate::error::arithmetic("integer overflow"))
            }
            [a, b] => long(int(Some(a)), int(Some(b)))
                .map(|n| Some(Value::Long(n)))
                .ok_or_else(|| crate::error::arithmetic("long overflow")),
            _ => Ok(None),
        }
    };
    match (name, args.len()) {
        ("random", 0) => {
            let mut b = [0u8; 8];
            it.host.random(&mut b);
            d((u64::from_le_bytes(b) >> 11) as f64 / (1u64 << 53) as f64)
        }
        ("signum", 1) => d(if of(0) == 0.0 || of(0).is_nan() { of(0) } else { of(0).signum() }),
        ("rint", 1) => d(of(0).round_ties_even()),
        ("exp", 1) => d(of(0).exp()),
        ("cbrt", 1) => d(of(0).cbrt()),
        ("sin", 1) => d(of(0).sin()),
        ("cos", 1) => d(of(0).cos()),
        ("tan", 1) => d(of(0).tan()),
        ("asin", 1) => d(of(0).asin()),
        ("acos", 1) => d(of(0).acos()),
        ("atan", 1) => d(of(0).atan()),
        ("atan2", 2) => d(of(0).atan2(of(1))),
        ("hypot", 2) => d(of(0).hypot(of(1))),
        ("toRadians", 1) => d(of(0).to_radians()),
        ("toDegrees", 1) => d(of(0).to_degrees()),
        ("addExact", 2) => whole(i64::checked_add, i32::checked_add),
        ("subtractExact", 2) => whole(i64::checked_sub, i32::checked_sub),
        ("multiplyExact", 2) => whole(i64::checked_mul, i32::checked_mul),
        ("floorDiv" | "floorMod", 2) if int(args.get(1)) == 0 => Err(crate::error::arithmetic("/ by zero")),
        ("floorDiv", 2) => whole(
            |a, b| Some(a.wrapping_div_euclid(b)),
            |a, b| Some(a.wrapping_div(b) - i32::from(a % b != 0 && (a < 0) != (b < 0))),
        ),
        ("floorMod", 2) => whole(|a, b| Some(a.wrapping_rem(b).wrapping_add(b) % b), |a, b| Some(((a % b) + b) % b)),
        _ => Ok(None),
    }
}

/// What a class tells about itself.
pub(crate) fn class_method(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    let parent = || crate::classes::parent_of(class);
    Ok(Some(match (name, args) {
        ("isAssignableFrom", [Value::Class(c)]) => Value::Bool(it.class_extends(c, class)),
        ("isInterface", []) => Value::Bool(
            crate::classes::is_interface(class) || it.class_named(class).is_some_and(|c| c.decl.is_interface),
        ),
        ("isArray", []) => Value::Bool(class.ends_with("[]") || class.starts_with('[')),
        ("isEnum", []) => Value::Bool(it.class_named(class).is_some_and(|c| c.decl.is_enum)),
        ("getEnumConstants", []) if it.class_named(class).is_some_and(|c| c.decl.is_enum) => {
            let v = it.invoke(&Value::Class(class.into()), "values", vec![])?;
            Value::array(class, it.items_of(&v)?)
        }
        ("getSuperclass", []) => match it.class_named(class) {
            Some(c) => Value::Class(c.parent.as_ref().map_or_else(|| c.base.clone(), |p| p.decl.name.clone())),
            None if class.contains("_closure") => Value::Class("groovy.lang.Closure".into()),
            None => Value::Class(parent().unwrap_or("java.lang.Object").into()),
        },
        ("getPackage", []) => Value::str(class.rsplit_once('.').map_or("", |p| p.0)),
        ("getClassLoader", []) => Value::Null,
        ("getModifiers", []) => Value::Int(1),
        ("getDeclaredMethods" | "getMethods", []) => {
            let Some(c) = it.class_named(class) else { return Ok(Some(Value::array("Method", vec![]))) };
            let named = |n: &str| Value::map(vec![("name".into(), Value::str(n))]);
            Value::array("Method", c.decl.methods.iter().map(|m| named(&m.name)).collect())
        }
        ("getDeclaredFields" | "getFields", []) => {
            let Some(c) = it.class_named(class) else { return Ok(Some(Value::array("Field", vec![]))) };
            let named = |n: &str| Value::map(vec![("name".into(), Value::str(n))]);
            Value::array("Field", c.decl.fields.iter().map(|m| named(&m.name)).collect())
        }
        ("cast", [v]) => {
            if !v.is_null() && !it.instance_of(v, class) {
                return Err(throw("java.lang.ClassCastException", format!("Cannot cast {} to {class}", class_of(v))));
            }
            v.clone()
        }
        ("getMethod" | "getDeclaredMethod" | "getField" | "getDeclaredField" | "getConstructor", _) => {
            return Err(no_method(&Value::Class(class.into()), name, args));
        }
        _ => return Ok(None),
    }))
}

impl Interpreter<'_> {
    /// Whether a class is another or extends it.
    pub(crate) fn class_extends(&self, class: &str, of: &str) -> bool {
        let (class, of) = (crate::classes::boxed(class).unwrap_or(class), crate::classes::boxed(of).unwrap_or(of));
        match self.class_named(class) {
            Some(c) => c.above(of).is_some() || crate::classes::is_subclass(&c.base, of),
            None => crate::classes::is_subclass(class, of),
        }
    }

    /// `Arrays.toString`: arrays inside are written too.
    fn array_text(&mut self, v: &Value) -> R<String> {
        let mut out = Vec::new();
        for x in self.items_of(v)? {
            out.push(self.to_text(&x)?);
        }
        Ok(format!("[{}]", out.join(", ")))
    }
}
