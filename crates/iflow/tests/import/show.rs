//! A flow as short text, so that tests can say what they expect.

use base::{Scope, format_duration};
use flow::{
    Conversion, End, EnrichBy, EntryIds, FilterBy, Flow, Gather, Otherwise, ProcessKind, ReceiverChannel, RowAction,
    Schedule, SchemaSource, SenderChannel, Source, SplitBy, StepIx, StepKind, Target, ValueSource, When,
};

fn names(names: Option<&flow::JsonNames>) -> String {
    names.map_or_else(String::new, |n| {
        format!(" names {:?} {:?}", n.separator, n.prefixes)
            + match n.others {
                flow::OtherNames::Bare => "",
                flow::OtherNames::Kept => " others kept",
                flow::OtherNames::Refused => " others refused",
            }
    })
}

fn scope(scope: &Scope) -> &'static str {
    if *scope == Scope::Global { "global" } else { "local" }
}

fn value(value: &ValueSource) -> String {
    let from = match &value.from {
        Source::Constant(base::Value::Null) => "null".to_owned(),
        Source::Constant(v) => format!("'{v}'"),
        Source::Expression(t) => format!("`{}`", t.source()),
        Source::XPath(x) => format!("xpath {}", x.source()),
        Source::JsonPath(_) => "jsonpath".to_owned(),
        Source::Header(n) => format!("header {n}"),
        Source::Property(n) => format!("property {n}"),
        Source::Variable { scope: s, name, default } => {
            format!("{} variable {} or {:?}", scope(s), name.source(), default.as_ref().map(ToString::to_string))
        }
        Source::NumberRange { name, correlation } => {
            format!("range {} for {:?}", name.source(), correlation.as_ref().map(|c| c.source().to_owned()))
        }
    };
    match value.kind {
        flow::ValueKind::Any => from,
        kind => format!("{from} as {kind:?}"),
    }
}

pub(crate) fn step(flow: &Flow, kind: &StepKind, to: impl Fn(Option<StepIx>) -> String) -> String {
    let process = |ix: usize| flow.processes[ix].name.clone();
    match kind {
        StepKind::Modify(modify) => {
            let row = |row: &flow::ModifyRow| {
                let target = match &row.target {
                    Target::Header(n) => format!("header {n}"),
                    Target::Property(n) => format!("property {n}"),
                };
                match &row.action {
                    RowAction::Create(source) => format!("{target} = {}", value(source)),
                    RowAction::Delete => format!("no {target}"),
                    RowAction::DeleteExcept(keep) => format!("no {target} but {}", keep.join(" and ")),
                }
            };
            let mut all: Vec<String> = modify.rows.iter().map(row).collect();
            all.extend(modify.body.as_ref().map(|b| format!("body = {}", value(b))));
            format!("set {}", all.join(", "))
        }
        StepKind::Script(call) => {
            format!("script {} {} {:?}", call.script, call.function, flow.scripts[&call.script].language)
        }
        StepKind::Transform(flow::Transform::File(mapping)) => format!("xslt {}", mapping.path),
        StepKind::Transform(flow::Transform::Header(by)) => format!("xslt by header {}", by.header),
        StepKind::Route(router) => {
            let mut all: Vec<String> = Vec::new();
            for route in &router.routes {
                let when = match &route.when {
                    When::Simple(c) => format!("when {}", c.source()),
                    When::XPath(x) => format!("xpath {}", x.source()),
                };
                all.push(format!("{when} -> {}", to(route.to)));
            }
            all.push(match router.otherwise {
                Otherwise::To(step) => format!("else -> {}", to(step)),
                Otherwise::Fail => "else fail".to_owned(),
            });
            format!("route {}", all.join(", "))
        }
        StepKind::Split(split) => {
            let by = match &split.by {
                SplitBy::XPath { path, envelope } => format!("xpath {} envelope {envelope:?}", path.source()),
                SplitBy::JsonPath(_) => "jsonpath".to_owned(),
                SplitBy::Line { header } => format!("line{}", if *header { " header" } else { "" }),
                SplitBy::Element(name) => format!("element {name}"),
                SplitBy::Token(token) => format!("token {token}"),
            };
            let (group, parallel, stop) = (split.group, split.parallel, split.stop_on_error);
            let count = if split.count { " counted" } else { "" };
            format!("split {by} group {group} parallel {parallel} stop {stop}{count} -> {}", to(split.body))
        }
        StepKind::Gather(Gather::Concat) => "gather concat".to_owned(),
        StepKind::Gather(Gather::Xml { root, unwrap }) => format!("gather xml {root} unwrap {unwrap}"),
        StepKind::Gather(Gather::Merge { from, into }) => format!("gather {} into {}", from.source(), into.source()),
        StepKind::Gather(other) => format!("gather {other:?}"),
        StepKind::Join => "join".to_owned(),
        StepKind::Multicast(multicast) => {
            let all: Vec<String> = multicast.branches.iter().map(|b| format!("{} -> {}", b.name, to(b.to))).collect();
            format!("multicast parallel {} {}", multicast.parallel, all.join(", "))
        }
        StepKind::Filter(filter) => match &filter.by {
            FilterBy::XPath(x) => format!("filter {}", x.source()),
            FilterBy::JsonPath(_) => "filter".to_owned(),
        },
        StepKind::Call(ix) => format!("call {}", process(*ix)),
        StepKind::Loop(l) => {
            format!("loop {} while {} max {} fail {}", process(l.process), l.again.source(), l.max, l.fail_at_max)
        }
        StepKind::Once(once) => {
            let keep = format_duration(once.keep);
            format!("once {} id {} skip {} keep {keep}", process(once.process), once.id.source(), once.skip)
        }
        StepKind::Request(name) => format!("request {name}"),
        StepKind::Send(name) => format!("send {name}"),
        StepKind::StoreWrite(w) => format!(
            "write {} {} {:?} alert {} expire {} encrypt {} overwrite {} headers {}",
            scope(&w.scope),
            w.store.source(),
            w.entry.as_ref().map(|e| e.source().to_owned()),
            format_duration(w.alert_after),
            format_duration(w.expire_after),
            w.encrypt,
            w.overwrite,
            w.include_headers
        ),
        StepKind::StoreGet(g) => {
            let entry = g.entry.as_ref().map(|e| e.source().to_owned());
            format!(
                "get {} {} {entry:?} delete {} fail {}",
                scope(&g.scope),
                g.store.source(),
                g.delete,
                g.fail_if_missing
            )
        }
        StepKind::StoreSelect(s) => {
            format!("select {} {} max {} delete {}", scope(&s.scope), s.store.source(), s.max.source(), s.delete)
        }
        StepKind::StoreDelete(d) => {
            let entry = match &d.entry {
                None => "-".to_owned(),
                Some(EntryIds::One(t)) => t.source().to_owned(),
                Some(EntryIds::XPath(x)) => format!("xpath {}", x.source()),
            };
            format!("delete {} {} {entry}", scope(&d.scope), d.store.source())
        }
        StepKind::WriteVariables(rows) => {
            let row =
                |w: &flow::VariableWrite| format!("{} {} = {}", scope(&w.scope), w.name.source(), value(&w.value));
            format!("variables {}", rows.iter().map(row).collect::<Vec<_>>().join(", "))
        }
        StepKind::Convert(Conversion::XmlToJson { keep_root, arrays, names }) => {
            format!("json root {keep_root} arrays {arrays:?}{}", self::names(names.as_ref()))
        }
        StepKind::Convert(Conversion::JsonToXml { root, always, names, strict }) => {
            let always = if *always { " always" } else { "" };
            let strict = if *strict { " strict" } else { "" };
            format!("xml root {root:?}{always}{}{strict}", self::names(names.as_ref()))
        }
        StepKind::Convert(Conversion::CsvToXml(c)) => {
            let skips = if c.skip_first { " skips first" } else { "" };
            let lenient = if c.lenient { " as there are" } else { "" };
            let marked = c.marker.as_ref().map(|m| format!(" marked {m}")).unwrap_or_default();
            let (root, record, columns) = (&c.root, &c.record, &c.columns);
            format!(
                "from csv {:?} header {} {root}/{record} {columns:?}{skips}{lenient}{marked}",
                c.separator, c.header
            )
        }
        StepKind::Enrich(enrich) => match &enrich.by {
            EnrichBy::Combine => format!("enrich {} combine", enrich.receiver),
            EnrichBy::Key { into, from } => {
                let keyed = |k: &flow::Keyed| format!("{} by {}", k.path.source(), k.key.join("/"));
                format!("enrich {} into {} from {}", enrich.receiver, keyed(into), keyed(from))
            }
        },
        StepKind::Validate(validate) => match &validate.schema {
            SchemaSource::Fixed(_) => format!("validate go on {}", validate.go_on),
            SchemaSource::Named(name, all) => {
                let all: Vec<String> = all.iter().map(|(n, s)| format!("{n} {}", s.is_ok())).collect();
                format!("validate by {} of {} go on {}", name.source(), all.join(", "), validate.go_on)
            }
        },
        StepKind::Digest(digest) => {
            let filter = digest.filter.as_ref().map(|x| x.source().to_owned());
            format!("digest {:?} {filter:?} to {}", digest.algorithm, digest.header)
        }
        StepKind::Persist(name) => format!("persist {name}"),
        StepKind::Convert(Conversion::XmlToCsv(c)) => {
            format!("to csv {:?} header {} {}/{}", c.separator, c.header, c.root, c.record)
        }
        StepKind::Convert(other) => format!("{other:?}"),
        StepKind::End(End::Error(Some(text))) => format!("fails: {}", text.source()),
        StepKind::End(End::Error(None)) => "end error".to_owned(),
        StepKind::End(End::Message) => "end".to_owned(),
        StepKind::End(End::Escalation(category)) => format!("end escalation {category}"),
        StepKind::End(End::Terminate) => "end terminate".to_owned(),
    }
}

pub(crate) fn sender(kind: &ProcessKind) -> String {
    match kind {
        ProcessKind::Local => "local".to_owned(),
        ProcessKind::Integration(SenderChannel::Http(h)) => {
            let credential = h.credential.as_deref().unwrap_or("open");
            format!("http {}{} limit {} {credential}", h.path, if h.subtree { "/*" } else { "" }, h.body_limit >> 20)
        }
        ProcessKind::Integration(SenderChannel::ProcessDirect(address)) => format!("direct {address}"),
        ProcessKind::Integration(SenderChannel::Queue(q)) => format!(
            "queue {} exclusive {} x{} retry {} * {} to {} dead {}",
            q.queue,
            q.exclusive,
            q.concurrency,
            format_duration(q.retry.interval),
            q.retry.backoff,
            format_duration(q.retry.max_interval),
            q.dead_letter
        ),
        ProcessKind::Integration(SenderChannel::DataStore(d)) => format!("store {} {}", scope(&d.scope), d.store),
        ProcessKind::Integration(SenderChannel::Timer(t)) => match &t.schedule {
            Schedule::OnDeployment => "timer once".to_owned(),
            Schedule::Cron(_, text) => format!("timer {text} {}", t.zone),
            other => format!("timer {other:?}"),
        },
        ProcessKind::Integration(SenderChannel::Alerts(_)) => "alerts".to_owned(),
    }
}

pub(crate) fn receiver(channel: &ReceiverChannel) -> String {
    match channel {
        ReceiverChannel::Http(h) => format!(
            "http {} {} ? {:?} headers {:?} in {} throw {} {:?}{}{}{}{}",
            h.method.source(),
            h.url.source(),
            h.query.as_ref().map(|q| q.source().to_owned()),
            h.request_headers,
            format_duration(h.timeout),
            h.throw_on_failure,
            h.credential,
            match &h.format {
                flow::HttpFormat::Plain => String::new(),
                flow::HttpFormat::Soap { action, reliable } => format!(" soap '{}' {reliable}", action.source()),
                flow::HttpFormat::OData { set } => format!(" odata {set}"),
            },
            if h.response_headers == ["*"] { String::new() } else { format!(" answer {:?}", h.response_headers) },
            h.repeat.as_ref().map_or(String::new(), |r| {
                format!(" repeat {} after {} on {:?}", r.times, format_duration(r.interval), r.statuses)
            }),
            if h.delete_body { " delete with body" } else { "" }
        ),
        ReceiverChannel::Mail(m) => format!(
            "mail {} {:?} {:?} {} -> {} '{}' {} {}{}{}",
            m.server.source(),
            m.protection,
            m.credential,
            m.from.source(),
            m.to.source(),
            m.subject.source(),
            m.body.as_ref().map_or("body", |b| b.source()),
            m.media_type,
            if m.message_attachments { " with attachments" } else { "" },
            m.attachments.iter().fold(String::new(), |all, a| {
                let content = a.content.as_ref().map(|c| c.source().to_owned());
                format!("{all} attach {} {} {content:?}", a.name.source(), a.media_type)
            })
        ),
        ReceiverChannel::Queue(q) => format!(
            "queue {} alert {} expire {} encrypt {} properties {}",
            q.queue.source(),
            format_duration(q.alert_after),
            format_duration(q.expire_after),
            q.encrypt,
            q.transfer_properties
        ),
        ReceiverChannel::ProcessDirect(address) => format!("direct {}", address.source()),
    }
}

/// The short name of a step: what stands in the parentheses at its end.
fn id(name: &str) -> &str {
    name.rsplit_once('(').map_or(name, |(_, id)| id.trim_end_matches(')'))
}

/// A whole flow, a line each.
pub(crate) fn whole(flow: &Flow) -> String {
    let mut out = String::new();
    for process in &flow.processes {
        let to = |ix: Option<StepIx>| ix.map_or("-".to_owned(), |ix| id(&process.steps[ix].name).to_owned());
        out += &format!(
            "{}: {} {:?} start {}",
            process.name,
            sender(&process.kind),
            process.transaction,
            to(process.start)
        );
        out += &process.on_error.map_or_else(String::new, |ix| format!(" error {}", to(Some(ix))));
        out.push('\n');
        for step in &process.steps {
            let next = step.next.map_or_else(String::new, |ix| format!(" -> {}", to(Some(ix))));
            out += &format!("  {}: {}{next}\n", id(&step.name), self::step(flow, &step.kind, to));
        }
    }
    for receiver in flow.receivers.values() {
        out += &format!("{}: {}\n", receiver.name, self::receiver(&receiver.channel));
    }
    out
}
