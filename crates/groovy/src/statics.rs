//! Static methods and fields, and the functions every script has.
use crate::error::illegal;
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::library::time::locale::Locale;
use crate::ops;
use crate::text::text;
use crate::value::{MapKind, MapObj, R, Value};
use base64::Engine;

pub(crate) fn base64(b: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(b)
}

pub(crate) fn unbase64(s: &str) -> R<Vec<u8>> {
    let clean: String = s
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '=')
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            c => c,
        })
        .collect();
    base64::engine::general_purpose::STANDARD_NO_PAD.decode(clean).map_err(|_| illegal("the text is not Base64"))
}

/// `String.format`.
pub(crate) fn format(it: &mut Interpreter<'_>, f: &str, args: &[Value]) -> R<String> {
    crate::library::number::format::format(it, &Locale::default(), f, args)
}

impl Interpreter<'_> {
    /// Functions of every script: `println` and the like.
    pub(crate) fn script_method(&mut self, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("println", []) | ("println" | "print", [_]) => {
                let s = match args.first() {
                    Some(v) => self.to_text(v)?,
                    None => String::new(),
                };
                self.host.print(&if name == "println" { format!("{s}\n") } else { s });
                Value::Null
            }
            ("printf", [f, rest @ ..]) => {
                let s = self.to_text(f)?;
                let rest = self.spread(rest)?;
                let s = format(self, &s, &rest)?;
                self.host.print(&s);
                Value::Null
            }
            ("sprintf", [f, rest @ ..]) => {
                let s = self.to_text(f)?;
                let rest = self.spread(rest)?;
                Value::str(format(self, &s, &rest)?)
            }
            ("sleep", [n] | [n, _]) if ops::is_number(n) => Value::Null,
            ("with", [f @ Value::Closure(_)]) => self.invoke(f, "call", vec![])?,
            ("getClass", []) => Value::Class(crate::parser::SCRIPT.into()),
            ("use", _) => return crate::meta::use_categories(self, args),
            ("evaluate", [s]) => {
                let s = self.to_text(s)?;
                self.evaluate(&s, None)?
            }
            ("getBinding", []) => crate::shell::own_binding(),
            ("getProperty", [n]) => self.get_property(&Value::Class(crate::parser::SCRIPT.into()), &text(n))?,
            ("setProperty", [n, v]) => {
                self.set_property(&Value::Class(crate::parser::SCRIPT.into()), &text(n), v.clone())?;
                Value::Null
            }
            ("invokeMethod", [n, a]) => {
                let args = if crate::call::array(a) { self.items_of(a)? } else { vec![a.clone()] };
                let env = self.globals.clone();
                self.call_name(&text(n).into(), args, &env)?
            }
            _ => return Ok(None),
        }))
    }

    /// The values of `printf`: one list or array stands for its elements.
    fn spread(&mut self, given: &[Value]) -> R<Vec<Value>> {
        match given {
            [v @ (Value::List(_) | Value::Bytes(_))] => self.items_of(v),
            given => Ok(given.to_vec()),
        }
    }

    /// `C.p`; None if there is none.
    pub(crate) fn static_property(&mut self, class: &str, name: &str) -> R<Option<Value>> {
        let host = self.host.clone();
        if let Some(v) = host.get_static(self, class, name)? {
            return Ok(Some(v));
        }
        let boxed = crate::classes::boxed(class).unwrap_or(class);
        if let Some(f) = crate::library::family_of(boxed)
            && let Some(v) = (f.get_static)(self, boxed, name)?
        {
            return Ok(Some(v));
        }
        if let Some(v) = crate::utils::constant(class, name) {
            return Ok(Some(v));
        }
        Ok(Some(match (class, name) {
            (_, "class") => Value::Class(class.into()),
            ("java.lang.System", "env") => Value::map(vec![]),
            ("java.lang.System", "properties") => Value::map(vec![]),
            ("groovy.lang.GroovySystem", "version") => Value::str("2.4.21"),
            ("groovy.lang.Closure", "IDENTITY") => Value::Closure(std::rc::Rc::new(crate::value::ClosureObj {
                code: crate::value::ClosureCode::Identity,
                delegate: Default::default(),
                delegate_first: Default::default(),
            })),
            ("groovy.lang.Closure", "OWNER_ONLY") => Value::Int(2),
            ("groovy.lang.Closure", "TO_SELF") => Value::Int(4),
            ("groovy.lang.Closure", "DELEGATE_FIRST") => Value::Int(1),
            ("groovy.lang.Closure", "DELEGATE_ONLY") => Value::Int(3),
            ("groovy.lang.Closure", "OWNER_FIRST") => Value::Int(0),
            _ => return Ok(None),
        }))
    }

    /// `C.m(…)`; None if there is none.
    pub(crate) fn call_static(&mut self, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
        let host = self.host.clone();
        if let Some(v) = host.call_static(self, class, name, args)? {
            return Ok(Some(v));
        }
        if let Some(f) = crate::library::family_of(class)
            && let Some(v) = (f.call_static)(self, class, name, args)?
        {
            return Ok(Some(v));
        }
        if let Some(c) = self.class_named(class).filter(|c| c.decl.is_enum) {
            match (name, args) {
                ("values", []) => {
                    return Ok(Some(Value::array(
                        &c.decl.name,
                        c.decl.constants.iter().filter_map(|k| crate::members::find_static(&c, &k.name)).collect(),
                    )));
                }
                ("valueOf", [v]) => {
                    let n = text(v);
                    return match crate::members::find_static(&c, &n) {
                        Some(v) => Ok(Some(v)),
                        None => Err(illegal(format!("No enum constant {class}.{n}"))),
                    };
                }
                _ => {}
            }
        }
        match (class, name) {
            ("java.util.Comparator" | "java.util.Map$Entry" | "java.util.Map.Entry", _) => {
                return Ok(crate::gdk::Order::call_static(name, args));
            }
            ("groovy.util.Eval", _) => return crate::shell::eval(self, name, args),
            (_, "mixin") => return crate::meta::mixin(self, &Value::Class(class.into()), args).map(Some),
            _ => {}
        }
        if let Some(v) = crate::utils::call_static(self, crate::classes::boxed(class).unwrap_or(class), name, args)? {
            return Ok(Some(v));
        }
        let a0 = args.first().cloned().unwrap_or(Value::Null);
        let boxed = crate::classes::boxed(class).unwrap_or(class);
        Ok(Some(match (boxed, name, args.len()) {
            ("java.lang.String", "valueOf" | "copyValueOf", 1) => Value::str(self.to_text(&a0)?),
            ("java.lang.String", "format", _) => {
                let locale = Locale::of(args.first());
                let skip = usize::from(locale.is_some() || a0.is_null() && args.len() > 1);
                let f = txt(args.get(skip));
                let mut rest = args.get(skip + 1..).unwrap_or(&[]).to_vec();
                if let [Value::List(l)] = rest.as_slice()
                    && matches!(l.kind, crate::value::ListKind::Array(_))
                {
                    let items = l.data.borrow().clone();
                    rest = items;
                }
                let locale = locale.unwrap_or_else(Locale::default);
                Value::str(crate::library::number::format::format(self, &locale, &f, &rest)?)
            }
            ("java.lang.String", "join", 1..) => {
                if args.iter().any(ops::is_number) {
                    return Ok(None);
                }
                let parts = if args.len() == 2 && !matches!(args[1], Value::Str(_) | Value::GStr(_)) {
                    self.items_of(&args[1])?
                } else {
                    args[1..].to_vec()
                };
                let parts = parts.iter().map(|p| self.to_text(p)).collect::<R<Vec<_>>>()?;
                Value::str(parts.join(&text(&a0)))
            }
            (
                c @ ("java.lang.Integer" | "java.lang.Long" | "java.lang.Short" | "java.lang.Byte"),
                "parseInt" | "valueOf" | "parseLong" | "decode" | "parseShort" | "parseByte",
                1,
            ) => {
                if ops::is_number(&a0) {
                    return Ok(crate::cast::number_as(&a0, c).filter(|_| name == "valueOf"));
                }
                let s = text(&a0);
                crate::cast::parse_number(&s, c)?
            }
            ("java.lang.Integer" | "java.lang.Long", "toString", 1) => Value::str(text(&a0)),
            (c @ ("java.lang.Double" | "java.lang.Float"), "parseDouble" | "parseFloat" | "valueOf", 1) => {
                if a0.is_null() {
                    return Err(crate::error::bare("java.lang.NullPointerException"));
                }
                match crate::cast::number_as(&a0, c) {
                    Some(_) if name != "valueOf" => return Ok(None),
                    Some(v) => v,
                    None => crate::cast::parse_number(&text(&a0), c)?,
                }
            }
            ("java.lang.Boolean", "parseBoolean" | "valueOf", 1)
                if !ops::is_number(&a0) && !matches!(a0, Value::List(_) | Value::Map(_)) =>
            {
                Value::Bool(text(&a0).eq_ignore_ascii_case("true"))
            }
            (c @ ("java.math.BigDecimal" | "java.math.BigInteger"), "valueOf", 1) => {
                crate::cast::number_as(&a0, c).unwrap_or(Value::Null)
            }
            ("java.lang.System", "currentTimeMillis", 0) => Value::Long(self.host.now_millis()),
            ("java.lang.System", "nanoTime", 0) => Value::Long(self.host.now_millis().wrapping_mul(1_000_000)),
            ("java.lang.System", "getProperty" | "getenv", _) => args.get(1).cloned().unwrap_or(if args.is_empty() {
                Value::Map(MapObj::new(MapKind::Linked))
            } else {
                Value::Null
            }),
            ("groovy.lang.GroovySystem", "getVersion", 0) => Value::str("2.4.21"),
            ("java.lang.System", "lineSeparator", 0) => Value::str("\n"),
            ("java.util.regex.Pattern", "compile", _) => crate::regex::with_flags(&text(&a0), int(args.get(1)))?,
            ("java.util.regex.Pattern", "matches", 2) => Value::Bool(crate::regex::full_match(self, &args[1], &a0)?),
            ("java.util.regex.Pattern", "quote", 1) => Value::str(format!("\\Q{a0}\\E", a0 = text(&a0))),
            ("groovy.json.JsonOutput", "toJson", 1) => Value::str(crate::json::write(self, &a0)?),
            ("groovy.json.JsonOutput", "unescaped", 1) => a0,
            ("groovy.json.JsonOutput", "prettyPrint", 1) => Value::str(crate::json::pretty(self, &text(&a0))?),
            _ => return Ok(None),
        }))
    }
}
