//! `java.util.Base64`.
use crate::error::illegal;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use std::any::Any;

#[derive(Clone, Copy)]
struct Codec {
    encoder: bool,
    url: bool,
    mime: bool,
    padding: bool,
    line: usize,
}

/// `getEncoder()` and its like.
pub(super) fn call_static(name: &str, args: &[Value]) -> Option<Value> {
    let kind = name.strip_prefix("get")?;
    let encoder = kind.ends_with("Encoder");
    let which = kind.strip_suffix("Encoder").or(kind.strip_suffix("Decoder"))?;
    let line = args.first().map_or(76, |n| crate::gdk::int(Some(n)).clamp(0, 100_000) as usize / 4 * 4);
    matches!(which, "" | "Url" | "Mime")
        .then(|| Value::object(Codec { encoder, url: which == "Url", mime: which == "Mime", padding: true, line }))
}

fn engine(url: bool) -> GeneralPurpose {
    let alphabet = if url { &base64::alphabet::URL_SAFE } else { &base64::alphabet::STANDARD };
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config)
}

impl Codec {
    fn encode(self, b: &[u8]) -> String {
        let mut s = engine(self.url).encode(b);
        if !self.padding {
            s.truncate(s.trim_end_matches('=').len());
        }
        if self.mime && self.line > 0 {
            let mut out = String::with_capacity(s.len() + s.len() / 38);
            for (i, c) in s.chars().enumerate() {
                if i > 0 && i % self.line == 0 {
                    out.push_str("\r\n");
                }
                out.push(c);
            }
            return out;
        }
        s
    }
    fn decode(self, s: &str) -> R<Vec<u8>> {
        let clean: String = if self.mime {
            s.chars().filter(|c| c.is_ascii_alphanumeric() || "+/=".contains(*c)).collect()
        } else {
            s.to_string()
        };
        if !self.mime {
            let plain = clean.trim_end_matches('=');
            let fine =
                |c: char| c.is_ascii_alphanumeric() || if self.url { "-_".contains(c) } else { "+/".contains(c) };
            if let Some(c) = plain.chars().find(|c| !fine(*c)) {
                return Err(illegal(format!("Illegal base64 character {:x}", c as u32)));
            }
            if plain.len() % 4 == 1 {
                return Err(illegal("Last unit does not have enough valid bits"));
            }
            if clean.len() != plain.len() && !clean.len().is_multiple_of(4) {
                return Err(illegal("Input byte array has wrong 4-byte ending unit"));
            }
        }
        engine(self.url).decode(clean).map_err(|_| illegal("Input byte array has wrong 4-byte ending unit"))
    }
}

impl HostObject for Codec {
    fn class_name(&self) -> &str {
        if self.encoder { "java.util.Base64$Encoder" } else { "java.util.Base64$Decoder" }
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(match (name, args) {
            ("encodeToString" | "encode", [v]) if self.encoder => match super::only_bytes(it, Some(v))? {
                Some(b) => {
                    it.charge(b.len() * 2)?;
                    let s = self.encode(&b);
                    Some(if name == "encode" { Value::bytes(s.into_bytes()) } else { Value::str(s) })
                }
                None => None,
            },
            ("withoutPadding", []) => Some(Value::object(Codec { padding: false, ..*self })),
            ("decode", [v]) if !self.encoder => {
                if v.is_null() {
                    return Err(crate::error::null_pointer("the text to decode is null"));
                }
                let s = match v {
                    Value::Bytes(b) => b.borrow().iter().map(|b| char::from(*b)).collect(),
                    v => text(v),
                };
                it.charge(s.len())?;
                Some(Value::bytes(self.decode(&s)?))
            }
            _ => None,
        })
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
