//! `groovy.time`: `TimeCategory` and the spans of time it makes.
use super::calendar;
use super::date::{Date, date, millis_of};
use super::zone::{Zone, zone};
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::value::{HostObject, R, Value};
use std::any::Any;

/// A span of time: years, months, days, hours, minutes, seconds, milliseconds.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Span {
    parts: [i64; 7],
    /// It depends on the calendar: it has years or months, or came from `2.months`.
    datum: bool,
    clock: bool,
}

const NAMES: [&str; 7] = ["years", "months", "days", "hours", "minutes", "seconds", "millis"];
const UNITS: [i64; 7] = [365 * 86_400_000, 30 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1000, 1];
const FIELDS: [usize; 7] = [1, 2, 5, 11, 12, 13, 14];

/// `groovy.time.TimeCategory`'s methods; None if it has none of this name.
pub(crate) fn call(it: &mut Interpreter<'_>, receiver: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    let name = match name.strip_prefix("get") {
        Some(p) => crate::members::decapitalize(p),
        None => name.to_string(),
    };
    if let (Value::Int(n), []) = (receiver, args) {
        let plural = if name.ends_with('s') { name.clone() } else { format!("{name}s") };
        let (unit, times) = match plural.as_str() {
            "weeks" => ("days", 7),
            "milliseconds" => ("millis", 1),
            p => (p, 1),
        };
        let Some(i) = NAMES.iter().position(|u| *u == unit) else { return Ok(None) };
        let mut parts = [0; 7];
        parts[i] = i64::from(*n) * times;
        return Ok(Some(Value::object(Span { parts, datum: i < 2, clock: i > 2 })));
    }
    let Some(t) = receiver.downcast::<Date>().map(|d| d.0.get()) else { return Ok(None) };
    let own = zone(&it.host.time_zone());
    Ok(Some(match (name.as_str(), args) {
        ("plus" | "minus", [s]) if s.downcast::<Span>().is_some() => {
            let Some(s) = s.downcast::<Span>() else { return Ok(None) };
            date(apply(s, t, name == "minus", &own)?)
        }
        ("minus", [o]) => match millis_of(o) {
            Some(o) => Value::object(between(t.saturating_sub(o))),
            None => return Ok(None),
        },
        _ => return Ok(None),
    }))
}

/// A span of so many milliseconds.
fn between(ms: i64) -> Span {
    let mut rest = ms;
    let mut parts = [0; 7];
    for i in 2..7 {
        parts[i] = rest / UNITS[i];
        rest %= UNITS[i];
    }
    Span { parts, datum: false, clock: true }
}

/// A date and a span.
pub(crate) fn apply(s: &Span, t: i64, minus: bool, z: &Zone) -> R<i64> {
    let mut t = t;
    for (n, f) in s.parts.iter().zip(FIELDS) {
        if *n != 0 {
            t = calendar::add(f, if minus { n.saturating_neg() } else { *n }, t, z)?;
        }
    }
    Ok(t)
}

/// `TimeCategory.minus(a, b)` and constructors of spans.
pub(super) fn call_static(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    match args {
        [recv, rest @ ..] => call(it, recv, name, rest),
        _ => Ok(None),
    }
}

/// `new TimeDuration(…)`.
pub(super) fn construct(class: &str, args: &[Value]) -> Option<Value> {
    let from = match class.rsplit('.').next()? {
        "TimeDuration" if args.len() == 4 => 3,
        "TimeDuration" if args.len() == 5 => 2,
        "Duration" if args.len() == 5 => 2,
        "DatumDependentDuration" if args.len() == 7 => 0,
        _ => return None,
    };
    let mut parts = [0; 7];
    for (i, a) in args.iter().enumerate() {
        parts[from + i] = int(Some(a));
    }
    Some(Value::object(Span { parts, datum: from == 0, clock: class.ends_with("TimeDuration") }))
}

impl HostObject for Span {
    fn class_name(&self) -> &str {
        match (self.datum, self.clock) {
            (true, false) => "groovy.time.DatumDependentDuration",
            (true, true) => "groovy.time.TimeDatumDependentDuration",
            (_, true) => "groovy.time.TimeDuration",
            _ => "groovy.time.Duration",
        }
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let other = args.first().and_then(|a| a.downcast::<Span>());
        let own = zone(&it.host.time_zone());
        Ok(Some(match (name, args, other) {
            ("plus" | "minus", [_], Some(o)) => {
                let sign = if name == "plus" { 1 } else { -1 };
                let mut parts = self.parts;
                parts.iter_mut().zip(o.parts).for_each(|(a, b)| *a = a.saturating_add(b.saturating_mul(sign)));
                Value::object(Span { parts, datum: self.datum || o.datum, clock: self.clock || o.clock })
            }
            ("plus", [d], _) if d.downcast::<Date>().is_some() => {
                date(apply(self, millis_of(d).unwrap_or(0), false, &own)?)
            }
            ("toMilliseconds", [], _) => Value::Long(self.millis()),
            ("getAgo", [], _) => {
                let t = apply(self, it.host.now_millis(), true, &own)?;
                date(if self.clock { t } else { calendar::midnight(t, &own)? })
            }
            ("getFrom", [], _) => Value::object(From(*self)),
            ("compareTo", [_], Some(o)) => Value::Int(self.millis().cmp(&o.millis()) as i32),
            (g, [], _) => {
                match NAMES.iter().position(|n| Some(*n) == g.strip_prefix("get").map(str::to_lowercase).as_deref()) {
                    Some(i) => Value::Int(self.parts[i] as i32),
                    None => return Ok(None),
                }
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        let mut out: Vec<String> =
            self.parts.iter().zip(NAMES).take(5).filter(|(n, _)| **n != 0).map(|(n, u)| format!("{n} {u}")).collect();
        let (s, ms) = (self.parts[5], self.parts[6]);
        if s != 0 || ms != 0 {
            let all = s.saturating_mul(1000).saturating_add(ms);
            out.push(format!("{}{}.{:03} seconds", if all < 0 { "-" } else { "" }, all.abs() / 1000, all.abs() % 1000));
        }
        if out.is_empty() { "0".into() } else { out.join(", ") }
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(o.downcast::<Span>() == Some(self))
    }
    fn compare(&self, o: &Value) -> Option<std::cmp::Ordering> {
        o.downcast::<Span>().map(|o| self.millis().cmp(&o.millis()))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Span {
    fn millis(&self) -> i64 {
        self.parts.iter().zip(UNITS).fold(0, |sum, (n, u)| n.saturating_mul(u).saturating_add(sum))
    }
}

/// `2.days.from`, of which `now` is asked.
struct From(Span);

impl HostObject for From {
    fn class_name(&self) -> &str {
        "groovy.time.BaseDuration$From"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        let own = zone(&it.host.time_zone());
        let t = it.host.now_millis();
        Ok(Some(match name {
            "getNow" => {
                let t = apply(&self.0, t, false, &own)?;
                date(if self.0.clock { t } else { calendar::midnight(t, &own)? })
            }
            "getToday" => date(calendar::midnight(apply(&self.0, t, false, &own)?, &own)?),
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
