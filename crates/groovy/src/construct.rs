//! `new`: objects of the library, the script and the host.
use crate::error::{exception, throw};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::objects::{Sink, Source, buffer, decode};
use crate::ops;
use crate::text::{class_of, text};
use crate::value::{ListKind, ListObj, MapKind, MapObj, R, Value};
use std::cell::{Cell, RefCell};

impl Interpreter<'_> {
    pub(crate) fn construct(&mut self, name: &str, args: Vec<Value>) -> R {
        let class = self.resolve(name).unwrap_or_else(|| name.into());
        if let Some(c) = self.class_named(&class) {
            return self.instantiate(&c, args);
        }
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
                let m = MapObj::new(kind);
                if let Some(Value::Map(o)) = a0 {
                    for (k, v) in o.entries() {
                        m.put(k, v);
                    }
                }
                Value::Map(m)
            }
            "java.util.HashSet" | "java.util.LinkedHashSet" | "java.util.TreeSet" => {
                let items = match a0 {
                    Some(v) if !ops::is_number(v) => self.items_of(v)?,
                    _ => vec![],
                };
                MapObj::set_of(kind, items)
            }
            "java.util.ArrayList"
            | "java.util.Vector"
            | "java.util.Stack"
            | "java.util.LinkedList"
            | "java.util.ArrayDeque" => {
                let items = match a0 {
                    Some(v) if !ops::is_number(v) => self.items_of(v)?,
                    _ => vec![],
                };
                Value::List(ListObj::new(
                    if class.ends_with("LinkedList") { ListKind::LinkedList } else { ListKind::ArrayList },
                    items,
                ))
            }
            "java.lang.StringBuilder" | "java.lang.StringBuffer" => {
                let s = match a0 {
                    Some(v) if !ops::is_number(v) => self.to_text(v)?,
                    _ => String::new(),
                };
                buffer(if class.ends_with("Builder") { "java.lang.StringBuilder" } else { "java.lang.StringBuffer" }, s)
            }
            "java.io.StringWriter" => buffer("java.io.StringWriter", String::new()),
            "java.io.PrintWriter" | "java.io.BufferedWriter" | "java.io.OutputStreamWriter" if a0.is_some() => {
                args[0].clone()
            }
            "java.io.ByteArrayOutputStream" => Value::object(Sink(RefCell::default())),
            "java.io.ByteArrayInputStream" | "java.io.StringReader" => {
                let bytes = match a0 {
                    Some(Value::Bytes(b)) => b.borrow().clone(),
                    v => txt(v).into_bytes(),
                };
                Value::object(Source {
                    class: if class.ends_with("Reader") {
                        "java.io.StringReader"
                    } else {
                        "java.io.ByteArrayInputStream"
                    },
                    bytes,
                    at: Cell::new(0),
                })
            }
            "java.io.BufferedReader" | "java.io.InputStreamReader" | "java.io.BufferedInputStream" if a0.is_some() => {
                args[0].clone()
            }
            "java.lang.Object" => Value::object(Sink(RefCell::default())),
            "java.lang.String" => match a0 {
                None => Value::str(""),
                Some(Value::Bytes(b)) => Value::str(decode(&b.borrow(), &txt(args.get(1)))?),
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
                Some(Value::Double(d)) if c.ends_with("BigDecimal") => match bigdecimal::BigDecimal::try_from(*d) {
                    Ok(d) => Value::dec(d),
                    Err(_) => return Err(crate::error::number_format(&d.to_string())),
                },
                Some(v) if ops::is_number(v) => crate::cast::number_as(v, c).unwrap_or(Value::Null),
                v => crate::cast::parse_number(&txt(v), c)?,
            },
            "java.lang.Boolean" => Value::Bool(txt(a0).eq_ignore_ascii_case("true")),
            "groovy.xml.MarkupBuilder" if matches!(a0, Some(Value::Object(_))) => {
                crate::markup::builder(args[0].clone())
            }
            "java.util.Date" => match a0 {
                None => crate::date::date(self.host.now_millis()),
                Some(v) => crate::date::date(int(Some(v))),
            },
            "java.text.SimpleDateFormat" => crate::date::formatter(&txt(a0), &self.host.time_zone()),
            "groovy.util.XmlSlurper" | "groovy.xml.XmlSlurper" => {
                let aware = args.get(1).is_none_or(ops::truth);
                Value::object(crate::slurper::XmlSlurper { aware })
            }
            "groovy.json.JsonSlurper" | "groovy.json.JsonSlurperClassic" => Value::object(crate::json::Slurper),
            "groovy.json.JsonBuilder" => crate::json::builder(a0.cloned()),
            "java.util.Random" | "java.security.SecureRandom" => Value::Class("java.util.Random".into()),
            c if crate::classes::is_throwable(c) => {
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
