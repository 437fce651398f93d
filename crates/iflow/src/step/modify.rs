//! Content modifier and filter; the sources of values, which write variables uses too.

use std::ops::Range;

use base::{Scope, Value};
use expr::Template;
use flow::{Filter, FilterBy, Modify, ModifyRow, RowAction, Source, StepKind, Target, ValueKind, ValueSource};

use crate::bpmn::Node;
use crate::ctx::{Ctx, Made};
use crate::table::Row;

/// Most patterns of one row.
const MAX_PATTERNS: usize = 200;

type MakeTarget = fn(&str) -> Target;

fn header(name: &str) -> Target {
    Target::Header(name.to_owned())
}

fn property(name: &str) -> Target {
    Target::Property(name.to_owned())
}

/// A content modifier: headers, then properties, then the body.
pub(super) fn enricher(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let mut modify = Modify::default();
    let tables = [("headerTable", "HEADER_", header as MakeTarget), ("propertyTable", "property_", property)];
    for (table, old, target) in tables {
        let at = Ctx::at(&node.props, table);
        for row in ctx.table(&node.props, table)? {
            modify.rows.extend(self::row(ctx, &row, target, &at)?);
        }
        for (_, text) in node.props.numbered(old) {
            let filled = ctx.fill(&text.value, &text.range);
            modify.rows.extend(self::row(ctx, &old_row(&filled), target, &text.range)?);
        }
    }
    let body = ctx.text(&node.props, "wrapContent").unwrap_or_default();
    let at = Ctx::at(&node.props, "wrapContent");
    if !body.trim().is_empty() {
        let constant = ctx.word(&node.props, "bodyType").eq_ignore_ascii_case("constant");
        let from = match body.trim() {
            "${null}" => Source::Constant(Value::Text(String::new())),
            _ if constant => Source::Constant(Value::Text(body)),
            _ => Source::Expression(ctx.template(&body, &at)?),
        };
        modify.body = Some(ValueSource { from, kind: ValueKind::Any });
    }
    Ok(StepKind::Modify(modify))
}

/// Rows of old versions: `Name:=:a:;Type:=:constant:;Value:=:b:;...`.
fn old_row(text: &str) -> Row {
    let pair = |part: &str| part.split_once(":=:").map(|(k, v)| (k.to_owned(), v.to_owned()));
    Row::of(text.split(":;").filter_map(pair))
}

fn row(ctx: &mut Ctx<'_>, row: &Row, target: MakeTarget, at: &Range<usize>) -> Made<Vec<ModifyRow>> {
    let name = row.named("Name").trim();
    if name.is_empty() {
        return Ok(Vec::new());
    }
    if row.named("Action").eq_ignore_ascii_case("Delete") {
        let (names, keep) = deleted(name);
        let action = || if keep.is_empty() { RowAction::Delete } else { RowAction::DeleteExcept(keep.clone()) };
        return Ok(names.iter().map(|name| ModifyRow { target: target(name), action: action() }).collect());
    }
    let target = target(name);
    // A property that is null is as good as missing; a header is empty then.
    let null = row.named("Type").trim().eq_ignore_ascii_case("expression") && row.named("Value").trim() == "${null}";
    let source = match &target {
        Target::Property(_) if null => ValueSource { from: Source::Constant(Value::Null), kind: ValueKind::Any },
        _ => {
            let [word, value, default, kind] = ["Type", "Value", "Default", "Datatype"].map(|key| row.named(key));
            source(ctx, word, value, default, kind, at)?
        }
    };
    Ok(vec![ModifyRow { target, action: RowAction::Create(source) }])
}

/// A plain name, or `$include=x-*,$exclude=x-y`: what goes, and what stays.
fn deleted(name: &str) -> (Vec<String>, Vec<String>) {
    let Some(rest) = name.strip_prefix("$include=") else { return (vec![name.to_owned()], Vec::new()) };
    let list = |text: &str| {
        let names = text.split(',').map(str::trim).filter(|n| !n.is_empty());
        names.take(MAX_PATTERNS).map(str::to_owned).collect()
    };
    let (include, exclude) = rest.split_once(",$exclude=").unwrap_or((rest, ""));
    (list(include), list(exclude))
}

/// A source of a value, by SAP's word for it.
pub(super) fn source(
    ctx: &mut Ctx<'_>,
    word: &str,
    value: &str,
    default: &str,
    datatype: &str,
    at: &Range<usize>,
) -> Made<ValueSource> {
    let mut kind = ValueKind::Any;
    let from = match word.trim().to_ascii_lowercase().as_str() {
        "constant" | "external parameter" | "" => Source::Constant(Value::Text(value.to_owned())),
        "expression" => {
            kind = value_kind(datatype);
            match value.trim() {
                "${null}" => Source::Constant(Value::Text(String::new())),
                _ => Source::Expression(ctx.template(value, at)?),
            }
        }
        "xpath" => {
            kind = value_kind(datatype);
            if datatype.to_ascii_lowercase().contains("w3c") {
                ctx.differs("selected nodes are kept as their text, not as XML objects");
            }
            Source::XPath(ctx.xpath(value, at)?)
        }
        "header" => Source::Header(bare(value, "header")),
        "property" => Source::Property(bare(value, "property")),
        "persisted variables" | "local variable" => variable(Scope::Flow(ctx.flow.clone()), value, default),
        "global persisted variables" | "global variable" => variable(Scope::Global, value, default),
        "numberrange" | "number range" => {
            let (name, correlation) = value.split_once(':').unwrap_or((value, ""));
            ctx.differs("the number range begins at 1 unless it is declared");
            let correlation = correlation.trim();
            let correlation = if correlation.is_empty() { None } else { Some(ctx.template(correlation, at)?) };
            Source::NumberRange { name: ctx.template(name.trim(), at)?, correlation }
        }
        other => return Err(format!("the source type `{other}` is not known")),
    };
    Ok(ValueSource { from, kind })
}

fn variable(scope: Scope, name: &str, default: &str) -> Source {
    let default = (!default.is_empty()).then(|| Value::Text(default.to_owned()));
    Source::Variable { scope, name: Template::literal(name.trim()), default }
}

/// The name in `name` or, as some wrongly write, in `${header.name}`.
fn bare(value: &str, word: &str) -> String {
    let value = value.trim();
    let inner = value.strip_prefix("${").and_then(|v| v.strip_suffix('}')).unwrap_or(value);
    inner.strip_prefix(word).and_then(|n| n.strip_prefix('.')).unwrap_or(inner).to_owned()
}

/// Java classes, however they are spelled.
fn value_kind(class: &str) -> ValueKind {
    let class = class.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| class.contains(w));
    match () {
        () if has(&["string"]) => ValueKind::Text,
        () if has(&["integer", "long", "short"]) => ValueKind::Int,
        () if has(&["double", "float", "decimal"]) => ValueKind::Float,
        () if has(&["boolean"]) => ValueKind::Bool,
        () => ValueKind::Any,
    }
}

/// A filter: the XPath stands where other steps keep a body.
pub(super) fn filter(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let path = ctx.word(&node.props, "wrapContent");
    let at = Ctx::at(&node.props, "wrapContent");
    let xpath = ctx.xpath(&path, &at)?;
    // The kind of value is a function around the path; the path alone was checked first, for its place.
    let kind = ctx.word(&node.props, "xpathType").to_ascii_lowercase();
    let around = match kind.as_str() {
        "node" => Some(("(", ")[1]")),
        "string" => Some(("string((", ")[1])")),
        "boolean" => Some(("boolean(", ")")),
        "number" => Some(("number((", ")[1])")),
        "integer" => Some(("string(floor(number((", ")[1])))")),
        _ => None,
    };
    let xpath = match around {
        Some((before, after)) => ctx.xpath(&format!("{before}{}{after}", xpath.source()), &at)?,
        None => xpath,
    };
    Ok(StepKind::Filter(Filter { by: FilterBy::XPath(xpath) }))
}
