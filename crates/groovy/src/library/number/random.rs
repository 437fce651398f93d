//! `java.util.Random`, with Java's own sequence for a seed.
use crate::error::illegal;
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::Cell;

const MULTIPLIER: i64 = 0x5_DEEC_E66D;
const MASK: i64 = (1 << 48) - 1;

struct Random {
    class: &'static str,
    seed: Cell<i64>,
    /// Every number comes from the host.
    secure: bool,
    spare: Cell<Option<f64>>,
}

/// A source of random numbers.
pub(super) fn object(it: &mut Interpreter<'_>, class: &str, args: &[Value]) -> Value {
    let class = match class {
        "java.security.SecureRandom" => "java.security.SecureRandom",
        "java.util.concurrent.ThreadLocalRandom" => "java.util.concurrent.ThreadLocalRandom",
        _ => "java.util.Random",
    };
    let secure = class == "java.security.SecureRandom";
    let seed = match args.first().filter(|a| ops::is_number(a)) {
        Some(s) => int(Some(s)),
        None => {
            let mut b = [0; 8];
            it.host.random(&mut b);
            i64::from_le_bytes(b)
        }
    };
    Value::object(Random { class, seed: Cell::new((seed ^ MULTIPLIER) & MASK), secure, spare: Cell::new(None) })
}

impl Random {
    fn next(&self, it: &Interpreter<'_>, bits: u32) -> i32 {
        if self.secure {
            let mut b = [0; 4];
            it.host.random(&mut b);
            return ((u32::from_le_bytes(b)) >> (32 - bits)) as i32;
        }
        let s = self.seed.get().wrapping_mul(MULTIPLIER).wrapping_add(0xB) & MASK;
        self.seed.set(s);
        (s >> (48 - bits)) as i32
    }
    fn long(&self, it: &Interpreter<'_>) -> i64 {
        (i64::from(self.next(it, 32)) << 32).wrapping_add(i64::from(self.next(it, 32)))
    }
    fn double(&self, it: &Interpreter<'_>) -> f64 {
        let n = (i64::from(self.next(it, 26)) << 27) + i64::from(self.next(it, 27));
        n as f64 / (1u64 << 53) as f64
    }
    fn below(&self, it: &Interpreter<'_>, bound: i32) -> i32 {
        if bound & (bound - 1) == 0 {
            return ((i64::from(bound) * i64::from(self.next(it, 31))) >> 31) as i32;
        }
        // A hundred tries are enough for any bound.
        for _ in 0..100 {
            let bits = self.next(it, 31);
            let v = bits % bound;
            if bits.wrapping_sub(v).wrapping_add(bound - 1) >= 0 {
                return v;
            }
        }
        0
    }
}

impl HostObject for Random {
    fn class_name(&self) -> &str {
        self.class
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("nextInt", []) => Value::Int(self.next(it, 32)),
            ("nextInt", [n]) => {
                let n = int(Some(n));
                if n <= 0 {
                    return Err(illegal("bound must be positive"));
                }
                Value::Int(self.below(it, n.min(i64::from(i32::MAX)) as i32))
            }
            ("nextInt" | "nextLong", [a, b]) => {
                let (a, b) = (int(Some(a)), int(Some(b)));
                if a >= b {
                    return Err(illegal("bound must be greater than origin"));
                }
                let v = a.wrapping_add((self.long(it) as u64 % (b.wrapping_sub(a)) as u64) as i64);
                if name == "nextInt" { Value::Int(v as i32) } else { Value::Long(v) }
            }
            ("nextLong", []) => Value::Long(self.long(it)),
            ("nextDouble", []) => Value::Double(self.double(it)),
            ("nextFloat", []) => Value::Float(self.next(it, 24) as f32 / (1 << 24) as f32),
            ("nextBoolean", []) => Value::Bool(self.next(it, 1) != 0),
            ("nextGaussian", []) => {
                if let Some(s) = self.spare.take() {
                    return Ok(Some(Value::Double(s)));
                }
                for _ in 0..1000 {
                    let (a, b) = (2.0 * self.double(it) - 1.0, 2.0 * self.double(it) - 1.0);
                    let s = a * a + b * b;
                    if s < 1.0 && s != 0.0 {
                        let m = (-2.0 * s.ln() / s).sqrt();
                        self.spare.set(Some(b * m));
                        return Ok(Some(Value::Double(a * m)));
                    }
                }
                Value::Double(0.0)
            }
            ("nextBytes", [Value::Bytes(b)]) => {
                let len = b.borrow().len();
                let mut out = Vec::with_capacity(len);
                while out.len() < len {
                    let n = self.next(it, 32).to_le_bytes();
                    out.extend(n.iter().take(len - out.len()));
                }
                b.replace(out);
                Value::Null
            }
            ("setSeed", [s]) => {
                self.seed.set((int(Some(s)) ^ MULTIPLIER) & MASK);
                self.spare.set(None);
                Value::Null
            }
            ("generateSeed", [n]) => {
                let mut b = vec![0; int(Some(n)).clamp(0, 10_000) as usize];
                it.host.random(&mut b);
                Value::bytes(b)
            }
            ("ints", [n, a, b]) => {
                let (n, a, b) = (int(Some(n)).clamp(0, 100_000), int(Some(a)), int(Some(b)));
                it.charge(n as usize * 32)?;
                if a >= b {
                    return Err(illegal("bound must be greater than origin"));
                }
                Value::list(
                    (0..n)
                        .map(|_| {
                            Value::Int(
                                (a + i64::from(self.below(it, b.saturating_sub(a).min(i64::from(i32::MAX)) as i32)))
                                    as i32,
                            )
                        })
                        .collect(),
                )
            }
            ("getAlgorithm", []) => Value::str("NativePRNG"),
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
