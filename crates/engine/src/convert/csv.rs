//! CSV to XML and back: one element per record, one element per field.

use base::Failure;
use bytes::Bytes;
use flow::CsvFormat;

use super::xml::{Piece, Walk, element_name, local, push_text, utf8};

fn wrong(text: String) -> Failure {
    Failure::permanent("K0006", text)
}

fn separator(format: &CsvFormat) -> Result<u8, Failure> {
    u8::try_from(format.separator)
        .ok()
        .filter(|b| b.is_ascii() && !matches!(b, b'"' | b'\n' | b'\r'))
        .ok_or_else(|| wrong(format!("{:?} cannot separate the fields of CSV", format.separator)))
}

pub(super) fn to_xml(format: &CsvFormat, body: &Bytes) -> Result<Bytes, Failure> {
    let text = std::str::from_utf8(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
        .map_err(|e| wrong(format!("the body is not UTF-8 text (byte {})", e.valid_up_to())))?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(format)?)
        .has_headers(format.header || format.skip_first)
        .flexible(true)
        .from_reader(text.as_bytes());
    let bad = |e: csv::Error| wrong(format!("the body is not CSV: {e}"));
    let heads: Vec<String> =
        if format.header { reader.headers().map_err(bad)?.iter().map(str::to_owned).collect() } else { Vec::new() };
    let columns = Columns::of(format, &heads)?;
    let roots: Vec<String> = format.root.split('/').filter(|r| !r.is_empty()).map(element_name).collect();
    let record_name = element_name(&format.record);
    let mut out: String = roots.iter().map(|root| format!("<{root}>")).collect();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(bad)? {
        if format.marker.as_deref().is_some_and(|marker| record.get(0).is_none_or(|first| first.trim() != marker)) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let skip = usize::from(format.marker.is_some() && columns.width.is_some_and(|n| record.len() == n + 1));
        if let Some(named) = columns.width.filter(|n| record.len() > *n + skip) {
            return Err(wrong(format!(
                "line {line} of the CSV has {} fields, but only {named} are named",
                record.len()
            )));
        }
        out.push_str(&format!("<{record_name}>"));
        for (name, at) in columns.fields(record.len()) {
            let value = record.get(at + skip).unwrap_or_default();
            out.push_str(&format!("<{name}>"));
            push_text(&mut out, value, false)?;
            out.push_str(&format!("</{name}>"));
        }
        out.push_str(&format!("</{record_name}>"));
    }
    roots.iter().rev().for_each(|root| out.push_str(&format!("</{root}>")));
    Ok(Bytes::from(out))
}

/// Which field becomes which element.
struct Columns {
    /// Element name and field number; empty if fields are only numbered.
    named: Vec<(String, usize)>,
    /// How many fields a line may have.
    width: Option<usize>,
}

impl Columns {
    fn of(format: &CsvFormat, heads: &[String]) -> Result<Self, Failure> {
        let numbered = |names: &[String]| names.iter().enumerate().map(|(i, n)| (element_name(n.trim()), i)).collect();
        if !format.header {
            let width = (!format.columns.is_empty()).then_some(format.columns.len());
            return Ok(Columns { named: numbered(&format.columns), width });
        }
        if format.columns.is_empty() {
            return Ok(Columns { named: numbered(heads), width: Some(heads.len()) });
        }
        let mut named = Vec::with_capacity(format.columns.len());
        for name in &format.columns {
            match heads.iter().position(|h| h.trim() == name) {
                Some(at) => named.push((element_name(name), at)),
                None if format.lenient => {}
                None => return Err(wrong(format!("the CSV has no column `{name}`"))),
            }
        }
        Ok(Columns { named, width: Some(heads.len()) })
    }

    fn fields(&self, count: usize) -> Vec<(std::borrow::Cow<'_, str>, usize)> {
        if self.named.is_empty() && self.width.is_none() {
            return (0..count).map(|i| (format!("column{}", i + 1).into(), i)).collect();
        }
        self.named.iter().map(|(name, at)| (name.as_str().into(), *at)).collect()
    }
}

pub(super) fn from_xml(format: &CsvFormat, body: &Bytes) -> Result<Bytes, Failure> {
    let body = utf8(body)?;
    // The columns have to be known before the first line: without a list of them the body is read twice.
    let mut columns = format.columns.clone();
    if columns.is_empty() {
        let mut known = std::collections::HashSet::new();
        records(format, &body, |_, fields| {
            for (name, _) in fields {
                if !known.contains(name) {
                    known.insert(name.clone());
                    columns.push(name.clone());
                }
            }
            Ok(())
        })?;
    }
    let mut writer = csv::WriterBuilder::new().delimiter(separator(format)?).from_writer(Vec::new());
    let bad = |e: csv::Error| wrong(format!("the CSV cannot be written: {e}"));
    if format.header && !columns.is_empty() {
        writer.write_record(&columns).map_err(bad)?;
    }
    records(format, &body, |number, fields| {
        let mut values = std::collections::HashMap::with_capacity(fields.len());
        for (name, value) in fields.iter() {
            if values.insert(name.as_str(), value.as_str()).is_some() {
                return Err(wrong(format!("record {number} has the element `{name}` more than once")));
            }
        }
        writer.write_record(columns.iter().map(|c| values.get(c.as_str()).copied().unwrap_or_default())).map_err(bad)
    })?;
    writer.into_inner().map(Bytes::from).map_err(|e| wrong(format!("the CSV cannot be written: {e}")))
}

/// Calls `each` with the number and the fields of every record element.
fn records(
    format: &CsvFormat,
    body: &Bytes,
    mut each: impl FnMut(usize, &[(String, String)]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut walk = Walk::new(body);
    let mut number = 0;
    // Depth of the record that is being read, and its fields.
    let mut record: Option<usize> = None;
    let mut fields: Vec<(String, String)> = Vec::new();
    while let Some(piece) = walk.next()? {
        let depth = walk.place.open.len();
        match (piece, record) {
            (Piece::Start(tag), None) if local(tag.name().0) == format.record => {
                record = Some(depth);
                fields.clear();
            }
            (Piece::Start(tag), Some(at)) if depth == at + 1 => {
                fields.push((local(tag.name().0).to_owned(), String::new()));
            }
            (Piece::Text(text), Some(at)) if depth > at => {
                if let Some((_, value)) = fields.last_mut() {
                    value.push_str(&text);
                }
            }
            (Piece::End(_), Some(at)) if depth + 1 == at => {
                number += 1;
                each(number, &fields)?;
                record = None;
            }
            _ => {}
        }
    }
    Ok(())
}
