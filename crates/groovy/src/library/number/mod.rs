//! Numbers: `Math`, the static methods of the number classes, decimals, formats, random numbers.
pub(crate) mod decimal;
pub(crate) mod decimal_format;
pub(crate) mod format;
mod math;
pub(crate) mod message_format;
pub(crate) mod random;

use super::Family;
use crate::interp::Interpreter;
use crate::value::{R, Value};

pub(crate) static FAMILY: Family = Family {
    classes: &[
        ("java.lang", "Math StrictMath Integer Long Short Byte Double Float Boolean Character Number"),
        ("java.math", "BigDecimal BigInteger RoundingMode MathContext"),
        ("java.text", "DecimalFormat NumberFormat DecimalFormatSymbols MessageFormat"),
        ("java.util", "Random"),
        ("java.security", "SecureRandom"),
        ("java.util.concurrent", "ThreadLocalRandom"),
    ],
    parents: &[
        ("java.text.DecimalFormat", "java.text.NumberFormat"),
        ("java.security.SecureRandom", "java.util.Random"),
        ("java.util.concurrent.ThreadLocalRandom", "java.util.Random"),
    ],
    construct,
    call_static,
    get_static,
};

fn construct(it: &mut Interpreter<'_>, class: &str, args: &[Value]) -> R<Option<Value>> {
    match class {
        "java.math.MathContext" => decimal::context(args),
        "java.math.BigDecimal" | "java.math.BigInteger" => decimal::construct(class, args),
        "java.text.DecimalFormat" => decimal_format::construct(args),
        "java.text.DecimalFormatSymbols" => Ok(Some(decimal_format::symbols(args))),
        "java.text.MessageFormat" => Ok(Some(message_format::object(args))),
        "java.util.Random" | "java.security.SecureRandom" => Ok(Some(random::object(it, class, args))),
        _ => Ok(None),
    }
}

fn call_static(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    match class {
        "java.lang.Math" | "java.lang.StrictMath" => math::math(it, name, args),
        "java.math.RoundingMode" => decimal::ROUNDING.call_static(name, args),
        "java.text.NumberFormat" | "java.text.DecimalFormat" => decimal_format::call_static(name, args),
        "java.text.DecimalFormatSymbols" => Ok(Some(decimal_format::symbols(args))),
        "java.text.MessageFormat" => message_format::call_static(it, name, args),
        "java.util.concurrent.ThreadLocalRandom" => Ok(Some(random::object(it, class, &[]))),
        "java.security.SecureRandom" => Ok(Some(random::object(it, class, &[]))),
        c => math::number(it, c, name, args),
    }
}

fn get_static(_it: &mut Interpreter<'_>, class: &str, name: &str) -> R<Option<Value>> {
    Ok(match class {
        "java.math.RoundingMode" => decimal::ROUNDING.named(name),
        "java.math.MathContext" => decimal::context_constant(name),
        c => math::constant(c, name),
    })
}
