//! Numbers.
use super::int;
use crate::ast::BinOp;
use crate::cast::number_as;
use crate::error::arithmetic;
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{R, Value};

pub(super) fn call(it: &mut Interpreter<'_>, recv: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    let a0 = args.first();
    let op = match name {
        "plus" | "add" => Some(BinOp::Add),
        "minus" | "subtract" => Some(BinOp::Sub),
        "multiply" => Some(BinOp::Mul),
        "div" => Some(BinOp::Div),
        "mod" | "remainder" => Some(BinOp::Rem),
        "power" => Some(BinOp::Pow),
        _ => None,
    };
    if let (Some(op), [b]) = (op, args) {
        if ops::is_number(b) {
            return ops::arith(op, recv, b);
        }
        return Ok(None);
    }
    let target = match name {
        "intValue" | "toInteger" => "java.lang.Integer",
        "longValue" | "toLong" => "java.lang.Long",
        "doubleValue" | "toDouble" => "java.lang.Double",
        "floatValue" | "toFloat" => "java.lang.Float",
        "shortValue" => "java.lang.Short",
        "byteValue" => "java.lang.Byte",
        "toBigDecimal" => "java.math.BigDecimal",
        "toBigInteger" => "java.math.BigInteger",
        _ => "",
    };
    if !target.is_empty() {
        return Ok(number_as(recv, target));
    }
    Ok(Some(match (name, args.len()) {
        ("times", 1) | ("upto" | "downto", 2) | ("step", 3) => {
            let from = ops::to_i64(recv).unwrap_or(0);
            let (mut i, end, step, f) = match name {
                "times" => (0, from.saturating_sub(1), 1, a0),
                "upto" => (from, int(a0), 1, args.get(1)),
                "downto" => (from, int(a0), -1, args.get(1)),
                _ => {
                    let s = int(args.get(1));
                    (from, int(a0).saturating_sub(s.signum()), s, args.get(2))
                }
            };
            let long = matches!(recv, Value::Long(_));
            let f = f.cloned().unwrap_or(Value::Null);
            while step != 0 && if step > 0 { i <= end } else { i >= end } {
                it.invoke(&f, "call", vec![if long { Value::Long(i) } else { Value::Int(i as i32) }])?;
                let Some(next) = i.checked_add(step) else { break };
                i = next;
            }
            Value::Null
        }
        ("intdiv", 1) => {
            let (a, b) = (ops::to_i64(recv).unwrap_or(0), int(a0));
            if b == 0 {
                return Err(arithmetic("/ by zero"));
            }
            let q = a.wrapping_div(b);
            if matches!((recv, a0), (Value::Int(_), Some(Value::Int(_)))) {
                Value::Int(q as i32)
            } else {
                Value::Long(q)
            }
        }
        ("abs", 0) => {
            if ops::compare_numbers(recv, &Value::Int(0)).is_some_and(|o| o.is_lt()) {
                ops::negate(recv)?
            } else {
                recv.clone()
            }
        }
        ("negate" | "unaryMinus", 0) => ops::negate(recv)?,
        ("next", 0) => ops::arith(BinOp::Add, recv, &Value::Int(1))?.unwrap_or(Value::Null),
        ("previous", 0) => ops::arith(BinOp::Sub, recv, &Value::Int(1))?.unwrap_or(Value::Null),
        ("toString", 1) => match (recv, a0) {
            // `5.toString(2)` is the static method of Integer: the text of its argument.
            (Value::Int(_) | Value::Long(_), Some(x)) => Value::str(text(x)),
            _ => return Ok(None),
        },
        ("and" | "or" | "xor" | "leftShift" | "rightShift" | "rightShiftUnsigned", 1) => {
            let op = match name {
                "and" => BinOp::BitAnd,
                "or" => BinOp::BitOr,
                "xor" => BinOp::BitXor,
                "leftShift" => BinOp::Shl,
                "rightShift" => BinOp::Shr,
                _ => BinOp::UShr,
            };
            return ops::bits(op, recv, &args[0]);
        }
        ("signum", 0) => Value::Int(ops::order(recv, &Value::Int(0)) as i32),
        ("max" | "min", 1) => {
            let o = ops::order(recv, &args[0]);
            if (name == "max") == o.is_ge() { recv.clone() } else { args[0].clone() }
        }
        ("isNaN", 0) => Value::Bool(ops::to_f64(recv).is_some_and(f64::is_nan)),
        ("compareTo", 1) => Value::Int(it.compare(recv, &args[0])? as i32),
        ("toString", 0) => Value::str(text(recv)),
        ("round" | "trunc" | "floor" | "ceil", n @ (0 | 1)) => match recv {
            Value::Double(_) | Value::Float(_) => {
                let p = 10f64.powi(int(a0).clamp(-300, 300) as i32);
                let x = ops::to_f64(recv).unwrap_or(0.0) * p;
                let r = match name {
                    "round" => (x + 0.5).floor(),
                    "trunc" => x.trunc(),
                    "floor" => x.floor(),
                    _ => x.ceil(),
                } / p;
                let float = matches!(recv, Value::Float(_));
                match (n == 0 && name == "round", float) {
                    (true, true) => Value::Int(r as i32),
                    (true, false) => Value::Long(r as i64),
                    (false, true) if name != "floor" && name != "ceil" => Value::Float(r as f32),
                    _ => Value::Double(r),
                }
            }
            Value::Dec(_) if n == 0 && name == "round" => {
                return Err(crate::error::null_pointer("Cannot read field \"precision\" because \"mc\" is null"));
            }
            _ => return Ok(None),
        },
        _ => return Ok(None),
    }))
}
