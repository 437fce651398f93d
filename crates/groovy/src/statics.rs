//! Static methods and fields, and the functions every script has.
use crate::error::{illegal, throw};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{MapKind, MapObj, R, Value};
use base64::Engine;
use bigdecimal::RoundingMode;

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
    let (mut out, mut c, mut next) = (String::new(), f.chars().peekable(), 0);
    while let Some(x) = c.next() {
        if x != '%' {
            out.push(x);
            continue;
        }
        let mut spec = String::new();
        while let Some(x) = c.peek().copied().filter(|x| "-+ 0,#(.$".contains(*x) || x.is_ascii_digit()) {
            spec.push(x);
            c.next();
        }
        let Some(kind) = c.next() else {
            return Err(throw("java.util.UnknownFormatConversionException", "Conversion = '%'"));
        };
        if kind == '%' || kind == 'n' {
            out.push(if kind == 'n' { '\n' } else { '%' });
            continue;
        }
        let mut index = next;
        let mut rest = spec.as_str();
        if let Some((n, r)) = spec.split_once('$') {
            index = n.parse::<usize>().unwrap_or(1).saturating_sub(1);
            rest = r;
        } else {
            next += 1;
        }
        let flags: String = rest.chars().take_while(|c| "-+ 0,#(".contains(*c)).collect();
        let (width, precision) =
            rest[flags.len()..].split_once('.').map_or((&rest[flags.len()..], None), |(w, p)| (w, Some(p)));
        let width: usize = width.parse().unwrap_or(0).min(100_000);
        let precision: Option<usize> = precision.and_then(|p| p.parse().ok()).map(|p: usize| p.min(1000));
        let Some(v) = args.get(index) else {
            return Err(throw("java.util.MissingFormatArgumentException", format!("Format specifier '%{spec}{kind}'")));
        };
        let mut s = match kind {
            k if !"bBhHsScCdoxXeEfgGaAtT".contains(k) => {
                return Err(throw("java.util.UnknownFormatConversionException", format!("Conversion = '{k}'")));
            }
            'b' | 'B' if v.is_null() => "false".into(),
            _ if v.is_null() => "null".into(),
            's' | 'S' => it.to_text(v)?,
            'd' if matches!(
                v,
                Value::Int(_) | Value::Long(_) | Value::Short(_) | Value::Byte(_) | Value::BigInt(_)
            ) =>
            {
                text(v)
            }
            'o' if ops::is_number(v) => match v {
                Value::Long(n) => format!("{n:o}"),
                v => format!("{:o}", int(Some(v)) as i32),
            },
            'e' | 'E' | 'g' if ops::is_number(v) && !matches!(v, Value::Int(_) | Value::Long(_)) => {
                let s = format!("{:.*e}", precision.unwrap_or(6), ops::to_f64(v).unwrap_or(0.0));
                let (m, e) = s.split_once('e').unwrap_or((&s, "0"));
                let e: i32 = e.parse().unwrap_or(0);
                format!("{m}e{}{:02}", if e < 0 { '-' } else { '+' }, e.abs())
            }
            'h' => format!("{:x}", ops::java_hash(v)),
            'B' => it.to_text(v)?,
            'b' if !matches!(v, Value::Bool(_)) => "true".into(),
            't' | 'T' => {
                let Some(what) = c.next() else {
                    return Err(throw("java.util.UnknownFormatConversionException", "Conversion = '%t'"));
                };
                let pattern = match what {
                    'Y' => "yyyy",
                    'y' => "yy",
                    'm' => "MM",
                    'd' => "dd",
                    'H' => "HH",
                    'M' => "mm",
                    'S' => "ss",
                    'L' => "SSS",
                    'B' => "MMMM",
                    'b' => "MMM",
                    'F' => "yyyy-MM-dd",
                    'T' => "HH:mm:ss",
                    'D' => "MM/dd/yy",
                    _ => {
                        return Err(throw(
                            "java.util.UnknownFormatConversionException",
                            format!("Conversion = 't{what}'"),
                        ));
                    }
                };
                text(&it.invoke(v, "format", vec![Value::str(pattern)])?)
            }
            'f' if ops::is_number(v) && !matches!(v, Value::Int(_) | Value::Long(_)) => ops::to_dec(v).map_or_else(
                || text(v),
                |d| d.with_scale_round(precision.unwrap_or(6) as i64, RoundingMode::HalfUp).to_plain_string(),
            ),
            'x' | 'X' if ops::is_number(v) => match v {
                Value::Long(n) => format!("{n:x}"),
                Value::Byte(n) => format!("{n:x}"),
                v => format!("{:x}", int(Some(v)) as i32),
            },
            'c' | 'b' => text(v),
            _ => {
                return Err(throw(
                    "java.util.IllegalFormatConversionException",
                    format!("{kind} != {}", crate::text::class_of(v)),
                ));
            }
        };
        if kind == 's'
            && let Some(p) = precision
        {
            s = s.chars().take(p).collect();
        }
        if kind.is_uppercase() {
            s = s.to_uppercase();
        }
        if flags.contains(',') {
            s = group(&s);
        }
        if flags.contains('(') && s.starts_with('-') {
            s = format!("({})", &s[1..]);
        }
        if flags.contains('+') && !s.starts_with('-') {
            s.insert(0, '+');
        } else if flags.contains(' ') && !s.starts_with(['-', '(']) && ops::is_number(v) {
            s.insert(0, ' ');
        }
        let missing = width.saturating_sub(s.chars().count());
        if flags.contains('-') {
            s.push_str(&" ".repeat(missing));
        } else if flags.contains('0') {
            let sign = usize::from(s.starts_with(['-', '+']));
            s.insert_str(sign, &"0".repeat(missing));
        } else {
            s.insert_str(0, &" ".repeat(missing));
        }
        out.push_str(&s);
        it.charge(s.len())?;
    }
    Ok(out)
}

fn group(s: &str) -> String {
    let (sign, s) = s.strip_prefix('-').map_or(("", s), |r| ("-", r));
    let (whole, frac) = s.split_once('.').map_or((s, None), |(a, b)| (a, Some(b)));
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    format!("{sign}{out}{}", frac.map(|f| format!(".{f}")).unwrap_or_default())
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
                let s = format(self, &text(f), rest)?;
                self.host.print(&s);
                Value::Null
            }
            ("sprintf", [f, rest @ ..]) => Value::str(format(self, &text(f), rest)?),
            ("sleep", _) => Value::Null,
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

    /// `C.p`; None if there is none.
    pub(crate) fn static_property(&mut self, class: &str, name: &str) -> R<Option<Value>> {
        let host = self.host.clone();
        if let Some(v) = host.get_static(self, class, name)? {
            return Ok(Some(v));
        }
        if let Some(f) = crate::library::family_of(class)
            && let Some(v) = (f.get_static)(self, class, name)?
        {
            return Ok(Some(v));
        }
        if let Some(v) = crate::utils::constant(class, name) {
            return Ok(Some(v));
        }
        Ok(Some(match (class, name) {
            (_, "class") => Value::Class(class.into()),
            ("groovy.lang.Closure", "IDENTITY") => Value::Closure(std::rc::Rc::new(crate::value::ClosureObj {
                code: crate::value::ClosureCode::Identity,
                delegate: Default::default(),
                delegate_first: Default::default(),
            })),
            ("groovy.lang.Closure", "OWNER_ONLY") => Value::Int(2),
            ("groovy.lang.Closure", "TO_SELF") => Value::Int(4),
            ("java.lang.Integer" | "int", "MAX_VALUE") => Value::Int(i32::MAX),
            ("java.lang.Integer" | "int", "MIN_VALUE") => Value::Int(i32::MIN),
            ("java.lang.Long", "MAX_VALUE") => Value::Long(i64::MAX),
            ("java.lang.Long", "MIN_VALUE") => Value::Long(i64::MIN),
            ("java.lang.Double", "MAX_VALUE") => Value::Double(f64::MAX),
            ("java.lang.Boolean", "TRUE") => Value::Bool(true),
            ("java.lang.Boolean", "FALSE") => Value::Bool(false),
            ("java.lang.Math", "PI") => Value::Double(std::f64::consts::PI),
            ("java.math.BigDecimal", "ZERO" | "ONE" | "TEN") => Value::dec(
                match name {
                    "ZERO" => 0,
                    "ONE" => 1,
                    _ => 10,
                }
                .into(),
            ),
            ("java.math.BigDecimal", n) if n.starts_with("ROUND_") => Value::str(n),
            ("java.math.RoundingMode", n) => Value::str(n),
            ("java.nio.charset.StandardCharsets", n) => Value::str(n.replace('_', "-")),
            ("groovy.lang.Closure", "DELEGATE_FIRST") => Value::Int(1),
            ("groovy.lang.Closure", "DELEGATE_ONLY") => Value::Int(3),
            ("groovy.lang.Closure", "OWNER_FIRST") => Value::Int(0),
            ("java.util.regex.Pattern", "CASE_INSENSITIVE") => Value::Int(2),
            ("java.util.regex.Pattern", "MULTILINE") => Value::Int(8),
            ("java.util.regex.Pattern", "DOTALL") => Value::Int(32),
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
                    return Ok(Some(Value::list(
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
                let locale = usize::from(args.len() > 1 && !matches!(a0, Value::Str(_) | Value::GStr(_)));
                let f = txt(args.get(locale));
                Value::str(format(self, &f, args.get(locale + 1..).unwrap_or(&[]))?)
            }
            ("java.lang.String", "join", 2..) => {
                let parts = if args.len() == 2 && !matches!(args[1], Value::Str(_) | Value::GStr(_)) {
                    self.items_of(&args[1])?
                } else {
                    args[1..].to_vec()
                };
                Value::str(parts.iter().map(text).collect::<Vec<_>>().join(&text(&a0)))
            }
            (
                c @ ("java.lang.Integer" | "java.lang.Long" | "java.lang.Short" | "java.lang.Byte"),
                "parseInt" | "valueOf" | "parseLong" | "decode" | "parseShort" | "parseByte",
                n @ (1 | 2),
            ) => {
                if ops::is_number(&a0) {
                    return Ok(crate::cast::number_as(&a0, c));
                }
                let s = text(&a0);
                if n == 2 {
                    let radix = int(args.get(1)).clamp(2, 36) as u32;
                    let v = i64::from_str_radix(&s, radix).map_err(|_| crate::error::number_format(&s))?;
                    return Ok(crate::cast::number_as(&Value::Long(v), c));
                }
                crate::cast::parse_number(&s, c)?
            }
            ("java.lang.Integer" | "java.lang.Long", "toString", 1) => Value::str(text(&a0)),
            (c @ ("java.lang.Double" | "java.lang.Float"), "parseDouble" | "parseFloat" | "valueOf", 1) => {
                match crate::cast::number_as(&a0, c) {
                    Some(v) => v,
                    None => crate::cast::parse_number(&text(&a0), c)?,
                }
            }
            ("java.lang.Boolean", "parseBoolean" | "valueOf", 1) => Value::Bool(text(&a0).eq_ignore_ascii_case("true")),
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
            ("java.lang.System", "lineSeparator", 0) => Value::str("\n"),
            ("java.lang.Thread", "sleep", _) => Value::Null,
            ("java.lang.Math", _, _) => return math(name, args),
            ("java.util.TimeZone", "getTimeZone", 1) => Value::str(text(&a0)),
            ("java.util.Date", "parse", 2) => {
                let f = crate::date::formatter(&text(&a0), &self.host.time_zone());
                self.invoke(&f, "parse", vec![args[1].clone()])?
            }
            ("java.util.UUID", "randomUUID", 0) => {
                let mut b = [0u8; 16];
                self.host.random(&mut b);
                b[6] = b[6] & 0x0f | 0x40;
                b[8] = b[8] & 0x3f | 0x80;
                let h: String = b.iter().map(|x| format!("{x:02x}")).collect();
                Value::str(format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..]))
            }
            ("java.net.URLEncoder", "encode", _) => Value::str(
                text(&a0)
                    .bytes()
                    .map(|b| match b {
                        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => {
                            char::from(b).to_string()
                        }
                        b' ' => "+".into(),
                        b => format!("%{b:02X}"),
                    })
                    .collect::<String>(),
            ),
            ("java.net.URLDecoder", "decode", _) => {
                let (s, mut out, mut i) = (text(&a0).into_bytes(), Vec::new(), 0);
                while let Some(b) = s.get(i) {
                    if *b == b'%' {
                        let h = s
                            .get(i + 1..i + 3)
                            .and_then(|h| std::str::from_utf8(h).ok())
                            .and_then(|h| u8::from_str_radix(h, 16).ok());
                        out.push(h.ok_or_else(|| illegal("URLDecoder: Illegal hex characters in escape (%) pattern"))?);
                        i += 2;
                    } else {
                        out.push(if *b == b'+' { b' ' } else { *b });
                    }
                    i += 1;
                }
                Value::str(String::from_utf8_lossy(&out))
            }
            ("java.util.regex.Pattern", "compile", _) => crate::regex::with_flags(&text(&a0), int(args.get(1)))?,
            ("java.util.regex.Pattern", "matches", 2) => Value::Bool(crate::regex::full_match(self, &args[1], &a0)?),
            ("java.util.regex.Pattern", "quote", 1) => Value::str(format!("\\Q{a0}\\E", a0 = text(&a0))),
            ("java.nio.charset.Charset", "forName", 1) => Value::str(text(&a0)),
            ("groovy.json.JsonOutput", "toJson", 1) => Value::str(crate::json::write(self, &a0)?),
            ("groovy.json.JsonOutput", "prettyPrint", 1) => Value::str(crate::json::pretty(&text(&a0))),
            ("groovy.xml.XmlUtil", "escapeXml", 1) | ("org.apache.commons.lang.StringEscapeUtils", "escapeXml", 1) => {
                Value::str(
                    text(&a0)
                        .replace('&', "&amp;")
                        .replace('<', "&lt;")
                        .replace('>', "&gt;")
                        .replace('"', "&quot;")
                        .replace('\'', "&apos;"),
                )
            }
            _ => return Ok(None),
        }))
    }
}

fn math(name: &str, args: &[Value]) -> R<Option<Value>> {
    let (Some(a), b) = (args.first(), args.get(1)) else { return Ok(None) };
    let f = ops::to_f64(a).unwrap_or(f64::NAN);
    Ok(Some(match (name, b) {
        ("max" | "min", Some(b)) => {
            if matches!(a, Value::Dec(_)) != matches!(b, Value::Dec(_)) {
                return Err(throw(
                    "groovy.lang.GroovyRuntimeException",
                    format!("Ambiguous method overloading for method java.lang.Math#{name}."),
                ));
            }
            if (name == "max") == ops::order(a, b).is_ge() { a.clone() } else { b.clone() }
        }
        ("abs", None) => {
            if f < 0.0 {
                ops::negate(a)?
            } else {
                a.clone()
            }
        }
        ("round", None) => Value::Long((f + 0.5).floor() as i64),
        ("floor", None) => Value::Double(f.floor()),
        ("ceil", None) => Value::Double(f.ceil()),
        ("sqrt", None) => Value::Double(f.sqrt()),
        ("pow", Some(b)) => Value::Double(f.powf(ops::to_f64(b).unwrap_or(f64::NAN))),
        ("log10", None) => Value::Double(f.log10()),
        ("log", None) => Value::Double(f.ln()),
        _ => return Ok(None),
    }))
}
