//! commons-lang, commons-codec and commons-io by frequency, and `DatatypeConverter`.
use super::{crypto, escape, hex, only_bytes, unhex};
use crate::error::{illegal, throw};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::library::support::bytes_of;
use crate::ops;
use crate::text::text;
use crate::value::{R, Value};

/// Static methods.
pub(super) fn call_static(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    let a0 = args.first();
    match class.rsplit('.').next().unwrap_or("") {
        "StringEscapeUtils" => {
            if a0.is_some_and(Value::is_null) {
                return Ok(Some(Value::Null));
            }
            let s = txt(a0);
            it.charge(s.len() * 2)?;
            Ok(escape::call(name, &s, class.starts_with("org.apache.commons.lang.")).map(Value::str))
        }
        "StringUtils" => strings(it, name, args),
        "Hex" => Ok(match (name, a0) {
            ("encodeHexString", Some(v)) => bytes_of(v).map(|b| Value::str(hex(&b))),
            ("encodeHex", Some(v)) => {
                bytes_of(v).map(|b| Value::array("char", hex(&b).chars().map(Value::Char).collect()))
            }
            ("decodeHex", Some(v)) => match unhex(&text(v)) {
                Some(b) => Some(Value::bytes(b)),
                None => {
                    return Err(throw("org.apache.commons.codec.DecoderException", "Illegal hexadecimal character"));
                }
            },
            _ => None,
        }),
        "Base64" => {
            let Some(v) = a0 else { return Ok(None) };
            let b = super::bytes(it, v)?;
            Ok(match name {
                "encodeBase64String" | "encodeBase64URLSafeString" | "encodeBase64" | "encodeToString" => {
                    let mut s = crate::statics::base64(&b);
                    if name.contains("URL") {
                        s = s.replace('+', "-").replace('/', "_").trim_end_matches('=').into();
                    }
                    Some(if name == "encodeBase64" { Value::bytes(s.into_bytes()) } else { Value::str(s) })
                }
                "decodeBase64" | "decode" => {
                    Some(Value::bytes(crate::statics::unbase64(&String::from_utf8_lossy(&b))?))
                }
                "isBase64" => {
                    Some(Value::Bool(b.iter().all(|c| c.is_ascii_alphanumeric() || b"+/=-_\r\n\t ".contains(c))))
                }
                _ => None,
            })
        }
        "DigestUtils" => {
            let Some(v) = a0 else { return Ok(None) };
            let b = super::bytes(it, v)?;
            it.charge(b.len() * 4)?;
            let (alg, as_hex) = name.strip_suffix("Hex").map_or((name, false), |n| (n, true));
            let alg = if alg == "sha" { "sha1" } else { alg };
            Ok(crypto::digest(alg, &b).map(|d| if as_hex { Value::str(hex(&d)) } else { Value::bytes(d) }))
        }
        "HmacUtils" => {
            let (Some(k), Some(v)) = (a0, args.get(1)) else { return Ok(None) };
            let (k, b) = (super::bytes(it, k)?, super::bytes(it, v)?);
            it.charge(b.len() * 4)?;
            let (alg, as_hex) = name.strip_suffix("Hex").map_or((name, false), |n| (n, true));
            Ok(crypto::mac(alg, &k, &b).map(|d| if as_hex { Value::str(hex(&d)) } else { Value::bytes(d) }))
        }
        "IOUtils" => match (name, args) {
            ("toString", [v, ..]) => {
                let b = match v {
                    Value::Object(_) => return it.invoke(v, "getText", vec![]).map(Some),
                    v => super::bytes(it, v)?,
                };
                crate::objects::decode(&b, &txt(args.get(1))).map(|s| Some(Value::str(s)))
            }
            ("toByteArray", [v, ..]) => Ok(Some(Value::bytes(super::bytes(it, v)?))),
            ("toInputStream", [v, ..]) => {
                it.construct("java.io.ByteArrayInputStream", vec![Value::bytes(text(v).into_bytes())]).map(Some)
            }
            ("copy", [from, to, ..]) => {
                let b = super::bytes(it, from)?;
                let n = b.len();
                it.invoke(to, "write", vec![Value::bytes(b)])?;
                Ok(Some(Value::Int(n as i32)))
            }
            ("readLines", [v, ..]) => {
                let t = it.invoke(v, "getText", vec![])?;
                it.invoke(&t, "readLines", vec![]).map(Some)
            }
            ("closeQuietly", _) => Ok(Some(Value::Null)),
            _ => Ok(None),
        },
        "DatatypeConverter" => {
            let t = || txt(a0);
            Ok(match name {
                "printBase64Binary" => only_bytes(it, a0)?.map(|b| Value::str(crate::statics::base64(&b))),
                "parseBase64Binary" => Some(Value::bytes(crate::statics::unbase64(&t())?)),
                "printHexBinary" => only_bytes(it, a0)?.map(|b| Value::str(hex(&b).to_uppercase())),
                "parseHexBinary" => match unhex(&t()) {
                    Some(b) => Some(Value::bytes(b)),
                    None => return Err(illegal(format!("contains illegal character for hexBinary: {}", t()))),
                },
                "parseDateTime" | "parseDate" => {
                    let s = t();
                    let p = [
                        "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
                        "yyyy-MM-dd'T'HH:mm:ssXXX",
                        "yyyy-MM-dd'T'HH:mm:ss.SSS",
                        "yyyy-MM-dd'T'HH:mm:ss",
                        "yyyy-MM-dd",
                    ];
                    let z = crate::library::time::zone::zone(&it.host.time_zone());
                    let at = p.iter().find_map(|p| crate::library::time::format::read(it, p, &s, &z).ok());
                    Some(crate::library::time::calendar::object(at.ok_or_else(|| illegal(s))?, z))
                }
                "printDateTime" => match a0 {
                    Some(c) => Some(it.invoke(c, "format", vec![Value::str("yyyy-MM-dd'T'HH:mm:ss.SSSXXX")])?),
                    None => None,
                },
                "parseInt" | "parseLong" | "parseBoolean" | "parseDouble" | "parseDecimal" => {
                    let class = match name {
                        "parseInt" => "java.lang.Integer",
                        "parseLong" => "java.lang.Long",
                        "parseDouble" => "java.lang.Double",
                        "parseBoolean" => return Ok(Some(Value::Bool(matches!(t().trim(), "true" | "1")))),
                        _ => "java.math.BigDecimal",
                    };
                    Some(crate::cast::parse_number(t().trim(), class)?)
                }
                _ => None,
            })
        }
        _ => Ok(None),
    }
}

fn strings(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let a0 = args.first().cloned().unwrap_or(Value::Null);
    let null = a0.is_null();
    let s = if null || matches!(a0, Value::List(_)) { String::new() } else { it.to_text(&a0)? };
    it.charge(s.len() * 2)?;
    let t = txt(args.get(1));
    let n = int(args.get(1));
    let b = |x: bool| Ok(Some(Value::Bool(x)));
    let str = |x: String| Ok(Some(Value::str(x)));
    let blank = s.trim().is_empty();
    let every = |f: fn(char) -> bool| Ok(Some(Value::Bool(!s.is_empty() && s.chars().all(f))));
    let part = |x: Option<&str>| Ok(Some(Value::str(x.unwrap_or(""))));
    if name.ends_with("Pad") || name == "center" {
        it.charge(n.clamp(0, 1_000_000) as usize)?;
    }
    let pad = || {
        let with = args.get(2).map_or(" ".to_string(), text);
        let missing = (n.clamp(0, 1_000_000) as usize).saturating_sub(s.chars().count());
        let fill: String = with.chars().cycle().take(if with.is_empty() { 0 } else { missing }).collect();
        fill
    };
    match name {
        "isEmpty" => return b(s.is_empty()),
        "isNotEmpty" => return b(!s.is_empty()),
        "isBlank" => return b(blank),
        "isNotBlank" => return b(!blank),
        "isNumeric" => return every(|c| c.is_numeric()),
        "isAlpha" => return every(char::is_alphabetic),
        "isAlphanumeric" => return every(char::is_alphanumeric),
        "isAllUpperCase" => return every(char::is_uppercase),
        "isAllLowerCase" => return every(char::is_lowercase),
        "equals" => return b(ops::equal(&a0, args.get(1).unwrap_or(&Value::Null))),
        "equalsIgnoreCase" => {
            return b(null == args.get(1).is_none_or(Value::is_null) && s.to_lowercase() == t.to_lowercase());
        }
        "trimToEmpty" | "defaultString" | "stripToEmpty" if null => {
            return str(if name == "defaultString" { t } else { String::new() });
        }
        "trimToNull" | "stripToNull" if blank => return Ok(Some(Value::Null)),
        "defaultIfEmpty" | "defaultIfBlank" => {
            let use_it = if name == "defaultIfEmpty" { s.is_empty() } else { blank };
            return Ok(Some(if use_it { args.get(1).cloned().unwrap_or(Value::Null) } else { a0 }));
        }
        "length" => return Ok(Some(Value::Int(s.encode_utf16().count() as i32))),
        "join" => {
            let items = it.items_of(&a0)?;
            let parts: Vec<String> = items.iter().map(|v| if v.is_null() { String::new() } else { text(v) }).collect();
            return str(parts.join(&t));
        }
        "contains" | "startsWith" | "endsWith" | "containsIgnoreCase" | "startsWithIgnoreCase" if null => {
            return b(false);
        }
        "countMatches" => {
            return Ok(Some(Value::Int(if t.is_empty() { 0 } else { s.matches(&t).count() as i32 })));
        }
        "indexOf" if null => return Ok(Some(Value::Int(-1))),
        _ if null => return Ok(Some(Value::Null)),
        _ => {}
    }
    match name {
        "trim" | "trimToEmpty" | "trimToNull" => str(s.trim_matches(|c| c <= ' ').into()),
        "stripStart" | "stripEnd" if args.len() == 2 => {
            let gone = |c: char| t.contains(c);
            str(if name == "stripStart" { s.trim_start_matches(gone) } else { s.trim_end_matches(gone) }.into())
        }
        "strip" | "stripToEmpty" | "stripToNull" => str(s.trim().into()),
        "defaultString" => str(s),
        "upperCase" => str(s.to_uppercase()),
        "lowerCase" => str(s.to_lowercase()),
        "swapCase" => str(s
            .chars()
            .map(|c| if c.is_uppercase() { c.to_lowercase().to_string() } else { c.to_uppercase().to_string() })
            .collect()),
        "contains" => b(s.contains(&t)),
        "containsIgnoreCase" => b(s.to_lowercase().contains(&t.to_lowercase())),
        "startsWith" => b(s.starts_with(&t)),
        "endsWith" => b(s.ends_with(&t)),
        "startsWithIgnoreCase" => b(s.to_lowercase().starts_with(&t.to_lowercase())),
        "containsAny" => b(t.chars().any(|c| s.contains(c))),
        "leftPad" => str(pad() + &s),
        "rightPad" => str(s.clone() + &pad()),
        "center" => {
            let fill = pad();
            let left = fill.chars().count() / 2;
            str(fill.chars().take(left).collect::<String>() + &s + &fill.chars().skip(left).collect::<String>())
        }
        "left" => str(s.chars().take(n.max(0) as usize).collect()),
        "right" => str(s.chars().skip(s.chars().count().saturating_sub(n.max(0) as usize)).collect()),
        "mid" => str(s.chars().skip(n.max(0) as usize).take(int(args.get(2)).max(0) as usize).collect()),
        "substring" => {
            let len = s.chars().count() as i64;
            let at = |i: i64| (if i < 0 { i + len } else { i }).clamp(0, len) as usize;
            let (from, to) = (at(n), args.get(2).map_or(len as usize, |e| at(int(Some(e)))));
            str(s.chars().skip(from).take(to.saturating_sub(from)).collect())
        }
        "substringBefore" => str(s.split_once(&*t).filter(|_| !t.is_empty()).map_or(s.as_str(), |x| x.0).into()),
        "substringAfter" => part(s.split_once(&*t).map(|x| x.1)),
        "substringBeforeLast" => str(s.rsplit_once(&*t).map_or(s.as_str(), |x| x.0).into()),
        "substringAfterLast" => part(s.rsplit_once(&*t).map(|x| x.1)),
        "substringBetween" => {
            let end = args.get(2).map_or(t.clone(), text);
            Ok(Some(s.split_once(&*t).and_then(|x| x.1.split_once(&*end)).map_or(Value::Null, |x| Value::str(x.0))))
        }
        "replace" | "replaceIgnoreCase" => {
            let by = txt(args.get(2));
            let r = if t.is_empty() { s } else { s.replace(&t, &by) };
            it.charge(r.len())?;
            str(r)
        }
        "replaceOnce" => str(s.replacen(&t, &txt(args.get(2)), 1)),
        "replaceChars" => {
            let by: Vec<char> = txt(args.get(2)).chars().collect();
            str(s
                .chars()
                .filter_map(|c| match t.chars().position(|x| x == c) {
                    Some(i) => by.get(i).copied(),
                    None => Some(c),
                })
                .collect())
        }
        "remove" => str(if t.is_empty() { s } else { s.replace(&t, "") }),
        "removeStart" => str(s.strip_prefix(&*t).unwrap_or(&s).into()),
        "removeEnd" => str(s.strip_suffix(&*t).unwrap_or(&s).into()),
        "deleteWhitespace" => str(s.split_whitespace().collect()),
        "normalizeSpace" => str(s.split_whitespace().collect::<Vec<_>>().join(" ")),
        "reverse" => str(s.chars().rev().collect()),
        "repeat" => {
            let n = n.clamp(0, 10_000_000) as usize;
            it.charge(s.len().saturating_mul(n))?;
            str(s.repeat(n))
        }
        "chomp" => str(s.strip_suffix("\r\n").or(s.strip_suffix('\n')).or(s.strip_suffix('\r')).unwrap_or(&s).into()),
        "chop" => str(s.chars().take(s.chars().count().saturating_sub(1)).collect()),
        "capitalize" | "uncapitalize" | "indexOf" | "lastIndexOf" => {
            crate::gdk::call(it, &Value::str(s), name, &args[1..])
        }
        "abbreviate" => {
            let n = n.max(4) as usize;
            str(if s.chars().count() <= n { s } else { s.chars().take(n - 3).collect::<String>() + "..." })
        }
        "split" | "splitByWholeSeparator" => {
            let any = |c: char| if t.is_empty() { c.is_whitespace() } else { t.contains(c) };
            let parts: Vec<Value> = if name == "split" {
                s.split(any).filter(|p| !p.is_empty()).map(Value::str).collect()
            } else {
                s.split(&*t).filter(|p| !p.is_empty()).map(Value::str).collect()
            };
            Ok(Some(Value::array("String", parts)))
        }
        _ => Ok(None),
    }
}
