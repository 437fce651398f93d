//! Words for steps and channels, and texts that fit.

use flow::{Coding, Conversion, End, FilterBy, Flow, Gather, ReceiverChannel, SplitBy, Step, StepKind, Transform};

/// What a step does, in SAP's words, with its most telling setting.
pub(super) fn kind(flow: &Flow, step: &Step) -> String {
    let process = |ix: usize| flow.process(ix).map_or_else(String::new, |p| p.name.clone());
    match &step.kind {
        StepKind::Modify(_) => "Content modifier".into(),
        StepKind::Script(call) => format!("Script {}", call.script),
        StepKind::Transform(Transform::File(mapping)) => format!("XSLT {}", mapping.path),
        StepKind::Transform(Transform::Header(by)) => format!("XSLT by header {}", by.header),
        StepKind::Route(_) => "Router".into(),
        StepKind::Split(split) => match split.by {
            SplitBy::XPath { .. } => "Splitter, XPath".into(),
            SplitBy::JsonPath(_) => "Splitter, JSONPath".into(),
            SplitBy::Line { .. } => "Splitter, lines".into(),
            SplitBy::Token(_) | SplitBy::Element(_) => "Splitter, token".into(),
        },
        StepKind::Gather(gather) => match gather {
            Gather::Concat => "Gather".into(),
            Gather::Xml { .. } | Gather::Multimap { .. } | Gather::Merge { .. } => "Gather, XML".into(),
            Gather::Json => "Gather, JSON".into(),
            Gather::Last => "Gather, last".into(),
        },
        StepKind::Join => "Join".into(),
        StepKind::Multicast(m) => if m.parallel { "Parallel multicast" } else { "Sequential multicast" }.into(),
        StepKind::Filter(filter) => match filter.by {
            FilterBy::XPath(_) => "Filter, XPath".into(),
            FilterBy::JsonPath(_) => "Filter, JSONPath".into(),
        },
        StepKind::Call(ix) => format!("Calls {}", process(*ix)),
        StepKind::Loop(l) => format!("Loops {}", process(l.process)),
        StepKind::Once(o) => format!("Once {}", process(o.process)),
        StepKind::Request(_) => "Request reply".into(),
        StepKind::Send(_) => "Send".into(),
        StepKind::Enrich(_) => "Content enricher".into(),
        StepKind::Validate(_) => "XML validator".into(),
        StepKind::Digest(_) => "Message digest".into(),
        StepKind::Persist(_) => "Persist".into(),
        StepKind::StoreWrite(_) => "Data store write".into(),
        StepKind::StoreGet(_) => "Data store get".into(),
        StepKind::StoreSelect(_) => "Data store select".into(),
        StepKind::StoreDelete(_) => "Data store delete".into(),
        StepKind::WriteVariables(_) => "Write variables".into(),
        StepKind::Convert(conversion) => match conversion {
            Conversion::XmlToJson { .. } => "XML to JSON",
            Conversion::JsonToXml { .. } => "JSON to XML",
            Conversion::CsvToXml(_) => "CSV to XML",
            Conversion::XmlToCsv(_) => "XML to CSV",
            Conversion::Base64Encode => "Base64 encode",
            Conversion::Base64Decode => "Base64 decode",
            Conversion::Zip(Coding::Encode) => "ZIP",
            Conversion::Zip(Coding::Decode) => "Unzip",
            Conversion::Gzip(Coding::Encode) => "GZIP",
            Conversion::Gzip(Coding::Decode) => "Gunzip",
            Conversion::Soap(Coding::Encode) => "SOAP envelope",
            Conversion::Soap(Coding::Decode) => "SOAP body",
            Conversion::CleanXml(_) => "XML modifier",
            Conversion::Mime(Coding::Encode, _) => "MIME encode",
            Conversion::Mime(Coding::Decode, _) => "MIME decode",
        }
        .into(),
        StepKind::End(end) => match end {
            End::Message => "End".into(),
            End::Error(_) => "Error end".into(),
            End::Escalation(category) => format!("Escalation, {category}"),
            End::Terminate => "Terminate".into(),
        },
    }
}

/// The receiver that a step calls: its name and its kind of channel.
pub(super) fn receiver<'a>(flow: &'a Flow, step: &Step) -> Option<(&'a str, &'static str)> {
    let (StepKind::Request(name) | StepKind::Send(name)) = &step.kind else { return None };
    let receiver = flow.receivers.get(name)?;
    let channel = match receiver.channel {
        ReceiverChannel::Http(_) => "HTTP",
        ReceiverChannel::Mail(_) => "Mail",
        ReceiverChannel::Queue(_) => "Queue",
        ReceiverChannel::ProcessDirect(_) => "ProcessDirect",
    };
    Some((&receiver.name, channel))
}

/// How much wider bold text is.
pub(super) const BOLD: f64 = 1.12;

/// About how wide a text is, in a wide font.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let of = |c: char| match c {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | ' ' | '.' | ',' | ':' | ';' | '!' | '|' | '\'' | '/' | '(' | ')' => 0.38,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.88,
        c if c.is_ascii_uppercase() || c.is_ascii_digit() || c == '$' || c == '{' => 0.66,
        c if c.is_ascii() => 0.6,
        c if u32::from(c) < 0x1100 => 0.62,
        _ => 1.05,
    };
    text.chars().take(2_000).map(of).sum::<f64>() * size
}

/// The text, or its beginning with an ellipsis.
pub(super) fn clip(text: &str, room: f64, size: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        out.push(c);
        if width(&out, size) > room - size * 0.9 {
            out.pop();
            break;
        }
    }
    format!("{}…", out.trim_end())
}

/// The text in at most two lines, broken at a space where there is one.
pub(super) fn two_lines(text: &str, room: f64, size: f64) -> Vec<String> {
    if width(text, size) <= room {
        return vec![text.to_owned()];
    }
    let fits = |end: usize| width(&text[..end], size) <= room;
    let spaces = text.char_indices().filter(|(_, c)| *c == ' ').map(|(ix, _)| ix).take(200);
    match spaces.filter(|ix| *ix > 0 && fits(*ix)).last() {
        Some(at) => vec![text[..at].to_owned(), clip(text[at..].trim_start(), room, size)],
        None => vec![clip(text, room, size)],
    }
}
