//! Functions that make one value of one value of each argument.

use std::cmp::Ordering;
use std::rc::Rc;

use super::{Comparison, DateOrder, Missing, Single, date, number};
use crate::{Host, Value};

/// Calls a function. What is suppressed in an argument is suppressed in the result.
pub(crate) fn single(function: &Single, args: &[&Value], host: &mut dyn Host) -> Result<Value, String> {
    if args.contains(&&Value::Suppress) && !matches!(function, Single::CreateIf | Single::ReplaceValue(_)) {
        return Ok(Value::Suppress);
    }
    let arg = |i: usize| args.get(i).map_or("", |v| v.as_str());
    Ok(match function {
        Single::Arithmetic(kind) => Value::text(&number::arithmetic(*kind, &|i| number::parse(arg(i)))?),
        Single::Compare(kind) => {
            let order = number::parse(arg(0))?.cmp(&number::parse(arg(1))?);
            truth(match kind {
                Comparison::Less => order == Ordering::Less,
                Comparison::Greater => order == Ordering::Greater,
                Comparison::Equal => order == Ordering::Equal,
            })
        }
        Single::FormatNumber(format) => Value::text(&format.write(&number::parse(arg(0))?)?),
        Single::And => truth(is_true(arg(0)) && is_true(arg(1))),
        Single::Or => truth(is_true(arg(0)) || is_true(arg(1))),
        Single::Not => truth(!is_true(arg(0))),
        Single::Same(wanted) => truth((is_true(arg(0)) == is_true(arg(1))) == *wanted),
        Single::TextEquals => truth(arg(0) == arg(1)),
        Single::Concat(between) => Value::text(&[arg(0), between, arg(1)].concat()),
        Single::Substring(start, count) => {
            let count = if *count == 0 { usize::MAX } else { *count };
            Value::text(&arg(0).chars().skip(*start).take(count).collect::<String>())
        }
        Single::IndexOf => {
            let from = args.get(2).map_or(Ok(0), |v| position(v.as_str()))?;
            let rest = skip(arg(0), from);
            Value::text(&match rest.and_then(|r| r.find(arg(1)).map(|at| (r, at))) {
                Some((rest, at)) => (rest[..at].chars().count() + from).to_string(),
                None => "-1".to_owned(),
            })
        }
        Single::LastIndexOf => {
            let upto = args.get(2).map_or(Ok(usize::MAX), |v| position(v.as_str()))?;
            Value::text(&last_index(arg(0), arg(1), upto).map_or_else(|| "-1".to_owned(), |i| i.to_string()))
        }
        Single::CompareTexts => Value::text(&compare(arg(0), arg(1)).to_string()),
        Single::Replace if arg(1).is_empty() => Value::text(arg(0)),
        Single::Replace => {
            let (text, from, to) = (arg(0), arg(1), arg(2));
            let made = text.matches(from).count().saturating_mul(to.len());
            if made > MAX_TEXT {
                return Err("the text would get too long".to_owned());
            }
            Value::text(&text.replace(from, to))
        }
        Single::Length => Value::text(&arg(0).chars().count().to_string()),
        Single::EndsWith => truth(arg(0).ends_with(arg(1))),
        Single::StartsWith => {
            let from = args.get(2).map_or(Ok(0), |v| position(v.as_str()))?;
            truth(skip(arg(0), from).is_some_and(|rest| rest.starts_with(arg(1))))
        }
        Single::Upper => Value::text(&arg(0).to_uppercase()),
        Single::Lower => Value::text(&arg(0).to_lowercase()),
        Single::Trim => Value::text(arg(0).trim_matches(|c: char| c <= ' ')),
        Single::FixValues { table, missing } => match table.get(arg(0)) {
            Some(value) => Value::text(value),
            None => absent(missing, arg(0), "is not in the table")?,
        },
        Single::ValueMap { source, target, missing } => {
            let (from, to) = ((source.0.as_str(), source.1.as_str()), (target.0.as_str(), target.1.as_str()));
            match host.map_value(from, arg(0), to) {
                Some(value) => Value::text(&value),
                None => {
                    let what = format!("has no value mapping from {}/{} to {}/{}", from.0, from.1, to.0, to.1);
                    absent(missing, arg(0), &what)?
                }
            }
        }
        Single::Transform { from, to } => Value::text(&to.write(&from.read(arg(0))?)),
        Single::CompareDates { first, second, wanted } => {
            let order = first.read(arg(0))?.instant().cmp(&second.read(arg(1))?.instant());
            match wanted {
                DateOrder::Before => truth(order == Ordering::Less),
                DateOrder::After => truth(order == Ordering::Greater),
                DateOrder::Number => Value::text(&(order as i8).to_string()),
            }
        }
        Single::CurrentDate(pattern) => Value::text(&pattern.write(&date::Moment::of(host.now()))),
        Single::CreateIf if args.first() == Some(&&Value::Suppress) || !is_true(arg(0)) => Value::Suppress,
        Single::CreateIf => Value::text(""),
        Single::IsNil => truth(args.first() == Some(&&Value::Nil)),
        Single::Nil => Value::Nil,
        Single::ReplaceValue(_) if args.first() == Some(&&Value::Suppress) => Value::Suppress,
        Single::ReplaceValue(value) => Value::text(value),
        Single::Header => Value::Text(Rc::from(host.header(arg(0)).unwrap_or_default())),
        Single::Property => Value::Text(Rc::from(host.property(arg(0)).unwrap_or_default())),
        Single::NamedHeader(name) => Value::Text(Rc::from(host.header(name).unwrap_or_default())),
    })
}

/// The longest text that a function makes of a short one.
const MAX_TEXT: usize = 64 << 20;

/// Whether a text means true.
pub(crate) fn is_true(text: &str) -> bool {
    text == "1" || text.eq_ignore_ascii_case("true")
}

fn truth(value: bool) -> Value {
    Value::text(if value { "true" } else { "false" })
}

fn absent(missing: &Missing, key: &str, what: &str) -> Result<Value, String> {
    match missing {
        Missing::Default(value) => Ok(Value::text(value)),
        Missing::Key => Ok(Value::text(key)),
        Missing::Fails => Err(format!("`{}` {what}", shown(key))),
    }
}

/// A value for messages.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

fn position(text: &str) -> Result<usize, String> {
    text.trim().parse().map_err(|_| format!("`{}` is no position in a text", shown(text)))
}

/// The text from a character on.
fn skip(text: &str, chars: usize) -> Option<&str> {
    if chars == 0 {
        return Some(text);
    }
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(chars).and_then(|at| text.get(at..))
}

fn last_index(text: &str, part: &str, upto: usize) -> Option<usize> {
    let end = text.char_indices().nth(upto).map_or(text.len(), |(at, _)| at.saturating_add(part.len()));
    let end = (end.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let at = text[..end].rfind(part)?;
    Some(text[..at].chars().count())
}

/// Java's `compareTo`: the difference of the first units that differ, or of the lengths.
fn compare(a: &str, b: &str) -> i64 {
    let mut units = a.encode_utf16().zip(b.encode_utf16());
    match units.find(|(a, b)| a != b) {
        Some((a, b)) => i64::from(a) - i64::from(b),
        None => {
            let length = |text: &str| i64::try_from(text.encode_utf16().count()).unwrap_or(i64::MAX);
            length(a) - length(b)
        }
    }
}
