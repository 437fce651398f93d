//! One `.iflw` becomes one flow: its settings, its processes, its name.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use diag::{Problem, Severity, Source};
use expr::Namespaces;
use flow::{Flow, HeaderFilter, Language, LogLevel, Persistence, ProcessKind, Quality, SenderChannel};
use indexmap::IndexMap;

use crate::bpmn::{self, Diagram};
use crate::bundle::Bundle;
use crate::ctx::Ctx;
use crate::parameters::Parameters;
use crate::report::FlowReport;
use crate::{Imported, Input, channel, process, xml};

/// Most allowed headers.
const MAX_ALLOWED: usize = 200;
/// Most prefixes.
const MAX_NAMESPACES: usize = 500;

/// What one file gave.
pub(crate) struct One {
    pub flow: Option<Flow>,
    pub report: FlowReport,
    pub source: Option<Source>,
}

/// Reads the flow of a file.
pub(crate) fn read(
    bundle: &Bundle,
    file: &str,
    name: String,
    collections: &HashMap<&str, &Bundle>,
    input: &Input,
) -> One {
    let shown = format!("{}{file}", bundle.place);
    let mut report = FlowReport { name: name.clone(), file: shown.clone(), ..FlowReport::default() };
    let broken = |mut report: FlowReport, source, code, title: String, at: usize| {
        let span = diag::Span::new(report.file.clone(), at..at);
        report.problems.push(Problem::error(code, title, span, "the file cannot be read"));
        One { flow: None, report, source }
    };
    let bytes = bundle.files.get(file).map(Vec::as_slice).unwrap_or_default();
    let text = match std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)) {
        Ok(text) => text,
        Err(_) => return broken(report, None, "I0101", "the file is not UTF-8 text".to_owned(), 0),
    };
    let source = Some(Source { file: shown.clone(), text: text.to_owned() });
    let document = match xml::parse(text) {
        Ok(document) => document,
        Err((code, what, at)) => return broken(report, source, code, what, at),
    };
    let diagram = match bpmn::read(&document) {
        Ok(diagram) => diagram,
        Err(what) => return broken(report, source, "I0104", format!("this is no integration flow: {what}"), 0),
    };
    let parameters = Parameters::of(bundle, &input.overrides);
    let mut ctx = Ctx::new(shown, text, &parameters, name, bundle, collections);
    ctx.now = input.now;
    let flow = build(&mut ctx, &diagram, &bundle.package, text);
    report.elements = ctx.elements;
    report.problems = ctx.problems;
    One { flow: Some(flow), report, source }
}

fn build(ctx: &mut Ctx<'_>, diagram: &Diagram, package: &str, text: &str) -> Flow {
    ctx.places.clone_from(&diagram.places);
    ctx.namespaces = namespaces(&ctx.word(&diagram.props, "namespaceMapping"));
    let allowed_headers = allowed_headers(ctx, diagram);
    let return_errors = ctx.flag(&diagram.props, "returnExceptionToSender", false);
    let ends = diagram.processes.iter().flat_map(|p| &p.nodes).filter(|n| n.event == bpmn::Event::Terminate);
    ctx.terminates = ends.map(|n| n.id.clone()).collect();
    ctx.session = match ctx.word(&diagram.props, "httpSessionHandling").as_str() {
        "" | "None" => None,
        word => Some(word.eq_ignore_ascii_case("onExchange")),
    };
    let senders = channel::all(ctx, diagram);
    let processes = process::all(ctx, diagram, senders);
    if !processes.iter().any(|p| matches!(p.kind, ProcessKind::Integration(_))) {
        let help = "a flow needs an HTTPS, ProcessDirect, JMS or data store sender, or a timer; `--stub-unsupported` leaves this one out".to_owned();
        let title = "nothing can start this flow";
        ctx.problem(Severity::Error, "I0203", title, &diagram.range, "no sender that is available", Some(help));
    }
    let mut flow = Flow {
        name: ctx.flow.clone(),
        package: package.to_owned(),
        description: String::new(),
        quality: Quality::BestEffort,
        order_by: None,
        persistence: Persistence::OnError,
        allowed_headers,
        return_errors,
        keep_cookies: ctx.session.is_some(),
        log_level: LogLevel::Info,
        processes,
        receivers: std::mem::take(&mut ctx.receivers),
        scripts: std::mem::take(&mut ctx.scripts),
        value_mappings: Arc::default(),
        number_ranges: IndexMap::new(),
        on_escalated: None,
        fingerprint: 0,
    };
    flow.fingerprint = fingerprint(&flow, text, ctx);
    flow
}

/// `xmlns:p=uri;xmlns:q=uri`, the URI sometimes in quotes.
fn namespaces(text: &str) -> Namespaces {
    let pair = |part: &str| {
        let (prefix, uri) = part.trim().strip_prefix("xmlns:")?.split_once('=')?;
        Some((prefix.trim().to_owned(), uri.trim().trim_matches(['"', '\'']).to_owned()))
    };
    Namespaces::new(text.split(';').filter_map(pair).take(MAX_NAMESPACES))
}

/// Names separated by `|`, each may be a pattern.
fn allowed_headers(ctx: &mut Ctx<'_>, diagram: &Diagram) -> HeaderFilter {
    let text = ctx.word(&diagram.props, "allowedHeaderList");
    let mut good = Vec::new();
    for name in text.split('|').map(str::trim).filter(|n| !n.is_empty()).take(MAX_ALLOWED) {
        let name = name.to_owned();
        match HeaderFilter::new(std::slice::from_ref(&name)) {
            Ok(_) => good.push(name),
            Err((_, why)) => {
                let at = Ctx::at(&diagram.props, "allowedHeaderList");
                let help = "it is left out; other allowed headers stay".to_owned();
                let title = format!("the allowed header `{name}` is not a pattern: {why}");
                ctx.problem(Severity::Warning, "I0402", title, &at, "not a pattern", Some(help));
            }
        }
    }
    HeaderFilter::new(&good).unwrap_or_default()
}

/// FNV-1a over everything that the flow was made from.
fn fingerprint(flow: &Flow, text: &str, ctx: &Ctx<'_>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut feed = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash = hash.wrapping_mul(0x0100_0000_01b3);
    };
    feed(flow.package.as_bytes());
    feed(text.as_bytes());
    for (name, value) in ctx.parameters.values() {
        feed(name.as_bytes());
        feed(value.as_bytes());
    }
    for (path, schema) in ctx.bundle.files.iter().filter(|(path, _)| path.ends_with(".xsd")) {
        feed(path.as_bytes());
        feed(schema);
    }
    let mut seen = HashSet::new();
    for script in flow.scripts.values() {
        feed(script.source.as_bytes());
        // The mappings of an artifact share its schemas, which may be large.
        if script.language == Language::MessageMapping && !seen.insert(Arc::as_ptr(&script.companions)) {
            continue;
        }
        for (path, source) in script.companions.iter() {
            feed(path.as_bytes());
            feed(source.as_bytes());
        }
    }
    hash
}

/// Drops a flow that listens where another one listens already.
pub(crate) fn doors(all: &mut [Imported]) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for imported in all {
        let reports = &mut imported.report.flows;
        imported.flows.retain(|flow: &Arc<Flow>| first_at_its_doors(flow, &mut seen, reports));
    }
}

fn first_at_its_doors(flow: &Flow, seen: &mut BTreeMap<String, String>, reports: &mut [FlowReport]) -> bool {
    let mut good = true;
    for (_, process, sender) in flow.senders() {
        let door = match sender {
            SenderChannel::Http(http) => {
                format!("HTTP path {}{}", http.path.to_lowercase(), if http.subtree { "/*" } else { "" })
            }
            SenderChannel::ProcessDirect(address) => format!("ProcessDirect address {address}"),
            _ => continue,
        };
        let Some(first) = seen.get(&door) else {
            seen.insert(door, flow.name.clone());
            continue;
        };
        good = false;
        let title = format!("two flows listen at the {door}");
        let problem = Problem::error("I0501", title, process.span.clone(), "the second one");
        let help = format!("`{first}` listens there already; this flow is left out");
        if let Some(report) = reports.iter_mut().find(|r| r.name == flow.name) {
            report.problems.push(problem.help(help));
        }
    }
    good
}
