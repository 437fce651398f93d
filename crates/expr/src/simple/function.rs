//! One `${...}`: which function it is, and what it gives on a message.

use std::borrow::Cow;

use base::Value;

use super::access::{self, Access};
use super::date_call::DateCall;
use super::kind::Kind;
use super::{as_text, excerpt};
use crate::{EvalError, JsonPath, Namespaces, ParseError, Scope, XPath};

/// The longest name of a header or property.
pub(super) const MAX_NAME: usize = 512;

/// Where both SAP and Semel keep the message's id, if nobody sets it otherwise.
const MESSAGE_ID: &str = "SAP_MessageProcessingLogID";

/// A function with what follows it.
#[derive(Debug)]
pub(super) struct Call {
    function: Function,
    then: Vec<Access>,
    /// What `++` or `--` behind the function adds; 0 without one.
    pub(super) step: i64,
}

#[derive(Debug)]
enum Function {
    Body,
    BodyAs(Kind),
    MandatoryBodyAs(Kind),
    Header(String),
    HeaderAs(String, Kind),
    Property(String),
    ExceptionMessage,
    ExceptionStack,
    MessageId,
    Flow,
    Date(DateCall),
    XPath(XPath),
    JsonPath(JsonPath),
    File(FilePart),
}

/// A part of the file name that a file channel left in the header `CamelFileName`.
#[derive(Clone, Copy, Debug)]
pub(super) enum FilePart {
    Name,
    NameNoExt,
    OnlyName,
    OnlyNameNoExt,
    Ext,
}

/// What may follow `file:`.
pub(super) const FILE_PARTS: [(&str, FilePart); 5] = [
    ("name", FilePart::Name),
    ("name.noext", FilePart::NameNoExt),
    ("name.ext", FilePart::Ext),
    ("onlyname", FilePart::OnlyName),
    ("onlyname.noext", FilePart::OnlyNameNoExt),
];

/// What `${...}` can start with, for "did you mean".
pub(super) const KNOWN: [&str; 19] = [
    "body",
    "bodyAs",
    "mandatoryBodyAs",
    "header",
    "headers",
    "headerAs",
    "property",
    "exchangeProperty",
    "exception.message",
    "exception.stacktrace",
    "exchangeId",
    "id",
    "camelId",
    "date",
    "date-with-timezone",
    "xpath",
    "jsonpath",
    "file",
    "in",
];

/// Functions of Camel that are left out on purpose, and what to do instead.
pub(super) const REFUSED: [(&str, &str, &str); 10] = [
    ("random", "random values are not available in expressions", "use a number range or a script"),
    ("uuid", "random values are not available in expressions", "use a number range or a script"),
    ("sys", "system properties are not available in expressions", "use a parameter: {{name}}"),
    ("sysenv", "environment variables are not available in expressions", "use a parameter: {{name}}"),
    ("env", "environment variables are not available in expressions", "use a parameter: {{name}}"),
    ("messageHistory", "the message history is not available in expressions", "it is in the message log"),
    ("bean", "Java beans are not available in expressions", "use a script"),
    ("ref", "Java beans are not available in expressions", "use a script"),
    ("type", "Java types are not available in expressions", "use a script"),
    ("properties", "properties of Camel are not available in expressions", "use a parameter: {{name}}"),
];

impl Call {
    /// Compiles what stands between the braces.
    pub(super) fn parse(text: &str, namespaces: &Namespaces) -> Result<Self, ParseError> {
        let trimmed = text.trim();
        let at = text.len() - text.trim_start().len();
        if trimmed.is_empty() {
            return Err(ParseError::new(0..0, "`${}` is empty").help("write for example ${body} or ${header.name}"));
        }
        if let Some(i) = text.find("${") {
            return Err(ParseError::new(i..i + 2, "a function cannot stand inside another function")
                .help("set a property to the inner value first, then use the property"));
        }
        let (function, rest) = function(trimmed, at, namespaces)?;
        let rest_at = at + trimmed.len() - rest.len();
        // Names in brackets, and lists and maps behind an index, have parts.
        let keys = matches!(function, Function::Header(_) | Function::Property(_));
        let then = access::parse(rest, rest_at, keys)?;
        Ok(Call { function, then, step: 0 })
    }

    /// The value on a message.
    pub(super) fn value<'s>(&self, scope: &Scope<'s>) -> Result<Cow<'s, Value>, EvalError> {
        let mut value = self.function.value(scope)?;
        for access in &self.then {
            value = access.apply(value)?;
        }
        match self.step {
            0 => Ok(value),
            step => count(&value, step).map(|n| Cow::Owned(Value::Int(n))),
        }
    }

    /// XPath alone as a condition has XPath's own idea of truth: a node that exists is true.
    pub(super) fn xpath(&self) -> Option<&XPath> {
        match &self.function {
            Function::XPath(xpath) if self.then.is_empty() && self.step == 0 => Some(xpath),
            _ => None,
        }
    }
}

fn count(value: &Value, step: i64) -> Result<i64, EvalError> {
    if matches!(value, Value::Null) {
        return Err(EvalError("there is nothing to count: set the value to 0 first".to_owned()));
    }
    let number = value.to_int().or_else(|| as_text(value).trim().parse().ok());
    match number {
        Some(n) => n.checked_add(step).ok_or_else(|| EvalError(format!("{n} is too large to count on"))),
        None => Err(EvalError(format!("{} is not a whole number", excerpt(&as_text(value))))),
    }
}

/// Which function a text starts with, and what follows it.
fn function<'t>(text: &'t str, at: usize, namespaces: &Namespaces) -> Result<(Function, &'t str), ParseError> {
    let message = text.strip_prefix("in.").unwrap_or(text);
    let start = at + text.len() - message.len();
    let len = message.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(message.len());
    let (word, rest) = message.split_at(len);
    let rest_at = start + len;
    let inside = message.len() < text.len();
    let part = |rest: &'t str| match rest.chars().next() {
        Some(':' | '.') if rest.len() > 1 => Ok((&rest[1..], rest_at + 1)),
        _ => Err(ParseError::new(start..rest_at, format!("`{word}` needs more")).help(example(word))),
    };
    let whole = |f| Ok((f, rest));
    match word {
        "body" => whole(Function::Body),
        "header" | "headers" => {
            let (name, rest) = name(rest, rest_at, word)?;
            Ok((Function::Header(name), rest))
        }
        "id" => whole(Function::MessageId),
        _ if inside => Err(unknown(&text[..rest_at - at], at, text)),
        "bodyAs" | "mandatoryBodyAs" => {
            let ([kind], rest) = args(rest, rest_at, word)?;
            let kind = Kind::parse(&kind, rest_at + 1)?;
            Ok((if word == "bodyAs" { Function::BodyAs(kind) } else { Function::MandatoryBodyAs(kind) }, rest))
        }
        "headerAs" => {
            let ([name, kind], after) = args(rest, rest_at, word)?;
            let kind_at = rest_at + rest.rfind(kind.as_str()).unwrap_or(0);
            Ok((Function::HeaderAs(name, Kind::parse(&kind, kind_at)?), after))
        }
        "property" | "exchangeProperty" => {
            let (name, rest) = name(rest, rest_at, word)?;
            Ok((Function::Property(name), rest))
        }
        "exception" => {
            let (part, part_at) = part(rest)?;
            for (name, make) in [("message", Function::ExceptionMessage), ("stacktrace", Function::ExceptionStack)] {
                let after = part.strip_prefix(name);
                if let Some(after) = after.filter(|a| a.is_empty() || a.starts_with(['.', '?', '['])) {
                    return Ok((make, after));
                }
            }
            let error =
                ParseError::new(part_at..part_at + part.len(), format!("an exception has no {}", excerpt(part)));
            Err(error.help("use ${exception.message} or ${exception.stacktrace}"))
        }
        "exchangeId" => whole(Function::MessageId),
        "camelId" => whole(Function::Flow),
        "date" | "date-with-timezone" => {
            let (part, part_at) = part(rest)?;
            DateCall::parse(part, part_at, word != "date").map(|d| (Function::Date(d), ""))
        }
        "xpath" => {
            let (part, part_at) = part(rest)?;
            let xpath = XPath::parse(part, namespaces).map_err(|e| shifted(e, part_at))?;
            Ok((Function::XPath(xpath), ""))
        }
        "jsonpath" => {
            let (part, part_at) = part(rest)?;
            let path = JsonPath::parse(part).map_err(|e| shifted(e, part_at))?;
            Ok((Function::JsonPath(path), ""))
        }
        "file" => {
            let (part, part_at) = part(rest)?;
            match FILE_PARTS.iter().find(|(name, _)| *name == part) {
                Some((_, found)) => Ok((Function::File(*found), "")),
                None => Err(ParseError::new(part_at..part_at + part.len(), format!("a file has no {}", excerpt(part)))
                    .help("use name, name.noext, name.ext, onlyname or onlyname.noext")),
            }
        }
        _ => Err(unknown(word, start, text)),
    }
}

fn shifted(mut error: ParseError, at: usize) -> ParseError {
    error.range = error.range.start + at..error.range.end + at;
    error
}

fn example(word: &str) -> String {
    let more = match word {
        "exception" => ".message",
        "date" => ":now:yyyy-MM-dd",
        "date-with-timezone" => ":now:Europe/Berlin:yyyy-MM-dd HH:mm",
        "xpath" => ":/order/@id",
        "jsonpath" => ":$.order.id",
        "file" => ":name",
        "bodyAs" | "mandatoryBodyAs" => "(String)",
        "headerAs" => "(name, Integer)",
        _ => ".name",
    };
    format!("write for example ${{{word}{more}}}")
}

fn unknown(word: &str, start: usize, text: &str) -> ParseError {
    if let Some((_, message, help)) = REFUSED.iter().find(|(name, _, _)| *name == word) {
        return ParseError::new(start..start + word.len(), *message).help(*help);
    }
    let shown = if word.is_empty() { text } else { word };
    let help = match diag::suggest(shown, KNOWN) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "known are body, header.name, property.name, exception.message, date:now, xpath:..., jsonpath:... and others".to_owned(),
    };
    ParseError::new(start..start + shown.len(), format!("unknown function {}", excerpt(shown))).help(help)
}

/// Exactly `N` arguments in parentheses, and what follows them.
fn args<'t, const N: usize>(text: &'t str, at: usize, word: &str) -> Result<([String; N], &'t str), ParseError> {
    let wrong = |len: usize| {
        let message = format!("`{word}` takes {}", if N == 1 { "a type" } else { "a name and a type" });
        ParseError::new(at - word.len()..at + len, message).help(example(word))
    };
    if !text.starts_with('(') {
        return Err(wrong(0));
    }
    let (args, used) = access::arguments(text, at)?;
    let args = args.try_into().map_err(|_| wrong(used))?;
    Ok((args, &text[used..]))
}

/// The name after `header` or `property`, and what follows it.
fn name<'t>(text: &'t str, at: usize, word: &str) -> Result<(String, &'t str), ParseError> {
    let (name, used) = if text.starts_with('[') {
        access::bracketed(text, at)?
    } else if text.starts_with(['.', ':']) {
        let end = name_end(text);
        (text[1..end].to_owned(), end)
    } else {
        return Err(
            ParseError::new(at - word.len()..at, format!("the name of the {word} is missing")).help(example(word))
        );
    };
    let range = at..at + used;
    if name.is_empty() || name.ends_with('.') {
        return Err(ParseError::new(range, format!("the name of the {word} is missing")).help(example(word)));
    }
    if name.len() > MAX_NAME {
        return Err(ParseError::new(range, format!("the name is longer than {MAX_NAME} bytes")));
    }
    let rest = &text[used..];
    if rest.starts_with('(') {
        // `${header.x.toUperCase()}`: the last word was meant as a method.
        let dot = name.rfind('.').map_or(0, |i| i + 1);
        let method = &name[dot..];
        access::parse(&format!(".{method}()"), at + used - method.len() - 1, false)?;
    }
    match rest.chars().next() {
        None | Some('.' | '[' | '?') => Ok((name, rest)),
        Some(c) => {
            let start = at + used;
            Err(ParseError::new(start..start + c.len_utf8(), format!("`{c}` does not fit into a name"))
                .help(format!("names with other characters stand in brackets: ${{{word}['my name']}}")))
        }
    }
}

/// Where a name ends that starts after one dot or colon: a dot belongs to it unless a method follows.
fn name_end(text: &str) -> usize {
    // Methods stand near the end; looking for each dot's parenthesis anew would cost too much on long names.
    let mut end = 1;
    for (i, c) in text.char_indices().skip(1) {
        let fits = c.is_alphanumeric() || matches!(c, '_' | '-' | ':') || (c == '.' && !access::is_method(&text[i..]));
        if !fits || i > MAX_NAME + 1 {
            break;
        }
        end = i + c.len_utf8();
    }
    end
}

impl Function {
    fn value<'s>(&self, scope: &Scope<'s>) -> Result<Cow<'s, Value>, EvalError> {
        let exception = |f: fn(&crate::ExceptionInfo) -> &String| {
            scope.exception.map_or(Value::Null, |e| Value::Text(f(e).clone()))
        };
        let body = || Value::Bytes(scope.message.body.clone());
        Ok(Cow::Owned(match self {
            Function::Body => body(),
            Function::BodyAs(kind) => kind.convert(&body())?,
            Function::MandatoryBodyAs(_) if scope.message.body.is_empty() => {
                return Err(EvalError("the body is empty".to_owned()));
            }
            Function::MandatoryBodyAs(kind) => kind.convert(&body())?,
            Function::Header(name) => return Ok(named(name, scope, |n| scope.header(n))),
            Function::HeaderAs(name, kind) => kind.convert(&named(name, scope, |n| scope.header(n)))?,
            Function::Property(name) => return Ok(named(name, scope, |n| scope.property(n))),
            Function::ExceptionMessage => exception(|e| &e.message),
            Function::ExceptionStack => exception(|e| &e.stacktrace),
            Function::MessageId => Value::Text(scope.message_id.to_string()),
            Function::Flow => Value::Text(scope.flow.to_owned()),
            Function::Date(date) => date.value(scope)?,
            Function::XPath(xpath) => xpath.value(scope)?,
            Function::JsonPath(path) => path.value(&scope.message.body)?,
            Function::File(part) => scope.header("CamelFileName").map_or(Value::Null, |v| part.of(&as_text(v))),
        }))
    }
}

/// A header or property. A dot in a name that is not set may also lead into a map: `property.map.key`.
fn named<'s>(name: &str, scope: &Scope<'s>, get: impl Fn(&str) -> Option<&'s Value>) -> Cow<'s, Value> {
    if let Some(value) = get(name) {
        return Cow::Borrowed(value);
    }
    if name.eq_ignore_ascii_case(MESSAGE_ID) {
        return Cow::Owned(Value::Text(scope.message_id.to_string()));
    }
    for (dot, _) in name.rmatch_indices('.').take(16) {
        if let Some(value) = get(&name[..dot]) {
            return name[dot + 1..]
                .split('.')
                .try_fold(Cow::Borrowed(value), |value, key| match value {
                    Cow::Borrowed(value) => access::part(value, key),
                    Cow::Owned(_) => None,
                })
                .unwrap_or(Cow::Owned(Value::Null));
        }
    }
    Cow::Owned(Value::Null)
}

impl FilePart {
    fn of(self, name: &str) -> Value {
        let only = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let stem = |text: &str| match only.rfind('.') {
            Some(dot) => text[..text.len() - (only.len() - dot)].to_owned(),
            None => text.to_owned(),
        };
        Value::Text(match self {
            FilePart::Name => name.to_owned(),
            FilePart::NameNoExt => stem(name),
            FilePart::OnlyName => only.to_owned(),
            FilePart::OnlyNameNoExt => stem(only),
            FilePart::Ext => only.rfind('.').map_or_else(String::new, |dot| only[dot + 1..].to_owned()),
        })
    }
}
