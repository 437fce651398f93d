//! `new`: objects of the library, the script and the host.
use crate::error::{exception, throw};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::objects::{buffer, decode};
use crate::ops;
use crate::text::{class_of, text};
use crate::value::{ListKind, ListObj, MapKind, MapObj, R, Value};

impl Interpreter<'_> {
    pub(crate) fn construct(&mut self, name: &str, mut args: Vec<Value>) -> R {
        let class = self.resolve(name).unwrap_or_else(|| name.into());
        if let Some(c) = self.class_named(&class) {
            return self.instantiate(&c, args);
        }
        self.settle(&Value::Null, "<init>", &mut args)?;
        if let Some(v) = crate::shell::construct(&class, &args) {
            return Ok(v);
        }
        let host = self.host.clone();
        if let Some(v) = host.construct(self, &class, &args)? {
            return Ok(v);
        }
        if let Some(f) = crate::library::family_of(&class)
            && let Some(v) = (f.construct)(self, &class, &args)?
        {
            return Ok(v);
        }
        if &*class == "groovy.json.StreamingJsonBuilder"
            && let Some(v) = crate::json_build::streaming(self, &args)?
        {
            return Ok(v);
        }
        let a0 = args.first();
        let kind = match &*class {
            "java.util.HashMap"
            | "java.util.Hashtable"
            | "java.util.Properties"
            | "java.util.concurrent.ConcurrentHashMap"
            | "java.util.HashSet" => MapKind::Hash,
            "java.util.TreeMap" | "java.util.TreeSet" => MapKind::Tree,
            _ => MapKind::Linked,
        };
        Ok(match &*class {
            "java.util.HashMap"
            | "java.util.LinkedHashMap"
            | "java.util.TreeMap"
            | "java.util.Hashtable"
            | "java.util.Properties"
            | "java.util.concurrent.ConcurrentHashMap" => {
                if let Some(by) = a0
                    && kind == MapKind::Tree
                    && !by.downcast::<crate::gdk::Order>().is_some_and(crate::gdk::Order::ignores_case)
                    && crate::gdk::is_comparator(self, by)
                {
                    return Ok(Value::Map(crate::gdk::compared(by.clone())));
                }
                let m = MapObj::new(match a0 {
                    Some(c)
                        if kind == MapKind::Tree
                            && c.downcast::<crate::gdk::Order>().is_some_and(|o| o.ignores_case()) =>
                    {
                        MapKind::IgnoreCase
                    }
                    _ => kind,
                });
                if let Some(Value::Map(o)) = a0 {
                    for (k, v) in o.entries() {
                        m.put(k, v);
                    }
                }
                Value::Map(m)
            }
            "java.util.TreeSet" if a0.is_some_and(|by| crate::gdk::is_comparator(self, by)) => {
                Value::Set(crate::gdk::compared(a0.cloned().unwrap_or(Value::Null)))
            }
            "java.util.HashSet" | "java.util.LinkedHashSet" | "java.util.TreeSet" => {
                let items = match a0 {
                    Some(v) if !ops::is_number(v) => self.items_of(v)?,
                    _ => vec![],
                };
                MapObj::set_of(kind, items)
            }
            "java.util.ArrayList"
            | "java.util.concurrent.CopyOnWriteArrayList"
            | "java.util.Vector"
            | "java.util.Stack"
            | "java.util.LinkedList"
            | "java.util.ArrayDeque" => {
                let items = match a0 {
                    Some(v) if !ops::is_number(v) => self.items_of(v)?,
                    _ => vec![],
                };
                Value::List(ListObj::new(
                    if class.ends_with("LinkedList") || class.ends_with("Deque") {
                        ListKind::LinkedList
                    } else {
                        ListKind::ArrayList
                    },
                    items,
                ))
            }
            "java.lang.StringBuilder" | "java.lang.StringBuffer" => {
                let s = match a0 {
                    Some(Value::Null) => return Err(crate::error::bare("java.lang.NullPointerException")),
                    Some(v) if !ops::is_number(v) => self.to_text(v)?,
                    _ => String::new(),
                };
                buffer(if class.ends_with("Builder") { "java.lang.StringBuilder" } else { "java.lang.StringBuffer" }, s)
            }
            "java.io.StringWriter" => buffer("java.io.StringWriter", String::new()),
            "java.io.PrintWriter"
            | "java.io.BufferedWriter"
            | "java.io.OutputStreamWriter"
            | "java.io.PrintStream"
            | "java.io.BufferedOutputStream"
            | "java.io.DataOutputStream"
                if a0.is_some() =>
            {
                let name = crate::classes::known(class.rsplit('.').next().unwrap_or("")).unwrap_or("java.io.Writer");
                let charset = if class.ends_with("OutputStreamWriter") { txt(args.get(1)) } else { String::new() };
                return Ok(crate::streams::write_to(name, &args[0], &charset)?.unwrap_or_else(|| args[0].clone()));
            }
            "java.io.CharArrayWriter" => buffer("java.io.CharArrayWriter", String::new()),
            "java.io.ByteArrayOutputStream" => crate::streams::sink(),
            "java.io.ByteArrayInputStream" => match a0 {
                Some(Value::Bytes(b)) => crate::streams::source("java.io.ByteArrayInputStream", b.borrow().clone()),
                Some(Value::Null) => return Err(crate::error::bare("java.lang.NullPointerException")),
                v => crate::streams::source("java.io.ByteArrayInputStream", txt(v).into_bytes()),
            },
            "java.io.StringReader" => match a0 {
                None | Some(Value::Null) => return Err(crate::error::bare("java.lang.NullPointerException")),
                Some(v) => crate::streams::source("java.io.StringReader", self.to_text(v)?.into_bytes()),
            },
            "java.io.SequenceInputStream" => {
                let mut all = Vec::new();
                for a in &args {
                    let b = self.invoke(a, "getBytes", vec![])?;
                    if let Value::Bytes(b) = b {
                        all.extend(b.borrow().iter().copied());
                    }
                }
                crate::streams::source("java.io.SequenceInputStream", all)
            }
            "java.io.BufferedReader"
            | "java.io.InputStreamReader"
            | "java.io.BufferedInputStream"
            | "java.io.LineNumberReader"
            | "java.io.PushbackReader"
            | "java.io.DataInputStream"
                if a0.is_some() =>
            {
                let name = crate::classes::known(class.rsplit('.').next().unwrap_or("")).unwrap_or("java.io.Reader");
                let charset = if class.ends_with("InputStreamReader") { txt(args.get(1)) } else { String::new() };
                return Ok(crate::streams::wrap(name, &args[0], &charset)?.unwrap_or_else(|| args[0].clone()));
            }
            "java.lang.Object" => Value::object(Plain("java.lang.Object")),
            "groovy.json.JsonOutput" if args.is_empty() => Value::object(Plain("groovy.json.JsonOutput")),
            "groovy.lang.Tuple" | "groovy.lang.Tuple2" => {
                let items = match (&*class, a0) {
                    ("groovy.lang.Tuple", Some(Value::List(l))) if args.len() == 1 => l.data.borrow().clone(),
                    _ => args,
                };
                let v = ListObj::new(ListKind::Tuple2, items);
                v.frozen.set(true);
                Value::List(v)
            }
            "java.lang.String" => match a0 {
                None => Value::str(""),
                Some(Value::Null) if args.len() == 1 => {
                    return Err(crate::error::ambiguous(
                        "java.lang.String",
                        "<init>",
                        &["[B", "[C", "java.lang.String"],
                    ));
                }
                Some(Value::Null) => return Err(crate::error::bare("java.lang.NullPointerException")),
                Some(v)
                    if args.len() == 1
                        && (ops::is_number(v)
                            || matches!(v, Value::Map(_) | Value::Bool(_) | Value::Range(_) | Value::Set(_))
                            || matches!(v, Value::List(_)) && !crate::call::array(v)) =>
                {
                    return Err(throw(
                        "groovy.lang.GroovyRuntimeException",
                        format!("Could not find matching constructor for: java.lang.String({})", class_of(v)),
                    ));
                }
                Some(Value::Bytes(b)) if args.len() > 2 => {
                    let (off, len) = (int(args.get(1)).max(0) as usize, int(args.get(2)).max(0) as usize);
                    let b = b.borrow();
                    match b.get(off..off.saturating_add(len)) {
                        Some(part) => Value::str(decode(part, &txt(args.get(3)))?),
                        None => {
                            return Err(throw(
                                "java.lang.StringIndexOutOfBoundsException",
                                format!("offset {off}, count {len}, length {}", b.len()),
                            ));
                        }
                    }
                }
                Some(Value::Bytes(b)) => Value::str(decode(&b.borrow(), &txt(args.get(1)))?),
                Some(v @ Value::List(_)) if args.len() == 3 => {
                    let (off, len) = (int(args.get(1)).max(0) as usize, int(args.get(2)).max(0) as usize);
                    Value::str(text(v).chars().skip(off).take(len).collect::<String>())
                }
                Some(v) => Value::str(self.to_text(v)?),
            },
            c @ ("java.lang.Integer"
            | "java.lang.Long"
            | "java.lang.Double"
            | "java.math.BigDecimal"
            | "java.math.BigInteger"
            | "java.lang.Float"
            | "java.lang.Short"
            | "java.lang.Byte") => match a0 {
                Some(Value::Str(s)) if args.len() == 2 && c.ends_with("BigInteger") => {
                    let radix = int(args.get(1)).clamp(2, 36) as u32;
                    let n = bigdecimal::num_bigint::BigInt::parse_bytes(s.as_bytes(), radix).filter(|_| s.len() < 5000);
                    Value::BigInt(n.ok_or_else(|| crate::error::number_format(s))?.into())
                }
                Some(v) if ops::is_number(v) => crate::cast::number_as(v, c).unwrap_or(Value::Null),
                v => crate::cast::parse_number(&txt(v), c)?,
            },
            "java.lang.Boolean" => Value::Bool(txt(a0).eq_ignore_ascii_case("true")),
            "groovy.json.JsonSlurper" | "groovy.json.JsonSlurperClassic" => {
                crate::slurper::Slurper::construct(name.ends_with("Classic"), &args)
            }
            "groovy.json.JsonBuilder" => crate::json_build::builder(a0.cloned()),
            c if crate::classes::is_throwable(c) => {
                let causes = matches!(
                    c.rsplit('.').next(),
                    Some(
                        "Exception"
                            | "RuntimeException"
                            | "IllegalArgumentException"
                            | "IllegalStateException"
                            | "Error"
                    )
                );
                match args.as_slice() {
                    [Value::Null] if causes => {
                        return Err(crate::error::ambiguous(c, "<init>", &["java.lang.Throwable", "java.lang.String"]));
                    }
                    [v] if causes && (ops::is_number(v) || matches!(v, Value::List(_) | Value::Map(_))) => {
                        return Err(throw(
                            "groovy.lang.GroovyRuntimeException",
                            format!("Could not find matching constructor for: {c}({})", class_of(v)),
                        ));
                    }
                    _ => {}
                }
                let e = exception(
                    c,
                    match a0 {
                        None => Value::Null,
                        Some(Value::Exception(_) | Value::Instance(_)) => Value::str(self.to_text(&args[0])?),
                        Some(Value::Null) => Value::Null,
                        Some(v) => Value::str(text(v)),
                    },
                );
                if let Value::Exception(x) = &e
                    && let Some(cause) = args.iter().find(|a| matches!(a, Value::Exception(_) | Value::Instance(_)))
                {
                    x.cause.replace(cause.clone());
                }
                e
            }
            c if crate::classes::is_known(c) || c.contains('.') => {
                let _ = int(a0);
                let types: Vec<String> = args.iter().map(class_of).collect();
                return Err(throw(
                    "groovy.lang.GroovyRuntimeException",
                    format!("Could not find matching constructor for: {c}({})", types.join(", ")),
                ));
            }
            c => return Err(throw("groovy.lang.GroovyRuntimeException", format!("unable to resolve class {c}"))),
        })
    }
}

/// `new Object()`, and objects that only have static methods.
struct Plain(&'static str);

impl crate::value::HostObject for Plain {
    fn class_name(&self) -> &str {
        self.0
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        if self.0 == "java.lang.Object" { Ok(None) } else { it.call_static(self.0, name, args) }
    }
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
