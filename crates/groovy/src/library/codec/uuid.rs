//! `java.util.UUID`.
use crate::error::illegal;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use md5::Digest;
use std::any::Any;

struct Uuid(u128);

/// An object of its bits.
pub(super) fn object(n: u128) -> Value {
    Value::object(Uuid(n))
}

fn of_bytes(mut b: [u8; 16], version: u8) -> Value {
    b[6] = b[6] & 0x0f | version << 4;
    b[8] = b[8] & 0x3f | 0x80;
    object(u128::from_be_bytes(b))
}

/// Static methods.
pub(super) fn call_static(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(match (name, args) {
        ("randomUUID", []) => {
            let mut b = [0; 16];
            it.host.random(&mut b);
            Some(of_bytes(b, 4))
        }
        ("nameUUIDFromBytes", [v]) => {
            let b = super::bytes(it, v)?;
            Some(of_bytes(md5::Md5::digest(&b).into(), 3))
        }
        ("fromString", [s]) => {
            let s = text(s);
            let parts: Vec<&str> = s.split('-').collect();
            if parts.len() != 5 || s.len() > 36 {
                return Err(illegal(format!("Invalid UUID string: {s}")));
            }
            let mut n = 0u128;
            for (p, len) in parts.iter().zip([8, 4, 4, 4, 12]) {
                let v = u128::from_str_radix(p, 16).map_err(|_| crate::error::number_format(p))?;
                n = n << (len * 4) | v & ((1 << (len * 4)) - 1);
            }
            Some(object(n))
        }
        _ => None,
    })
}

impl HostObject for Uuid {
    fn class_name(&self) -> &str {
        "java.util.UUID"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let (high, low) = ((self.0 >> 64) as i64, self.0 as i64);
        Ok(Some(match (name, args) {
            ("getMostSignificantBits", []) => Value::Long(high),
            ("getLeastSignificantBits", []) => Value::Long(low),
            ("version", []) => Value::Int((high >> 12 & 15) as i32),
            ("variant", []) => Value::Int(2),
            ("hashCode", []) => {
                let h = high ^ low;
                Value::Int((h >> 32) as i32 ^ h as i32)
            }
            ("compareTo", [o]) => match o.downcast::<Uuid>() {
                Some(o) => Value::Int((high, low).cmp(&((o.0 >> 64) as i64, o.0 as i64)) as i32),
                None => return Ok(None),
            },
            ("toString", []) => Value::str(self.text()),
            // Texts are what scripts take them for.
            ("equals" | "getClass" | "is" | "with", _) => return Ok(None),
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        let h = format!("{:032x}", self.0);
        format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..])
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(o.downcast::<Uuid>().is_some_and(|o| o.0 == self.0))
    }
    fn compare(&self, o: &Value) -> Option<std::cmp::Ordering> {
        o.downcast::<Uuid>().map(|o| self.0.cmp(&o.0))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
