//! The one place that prints. A reader that closes the pipe early (`semel ... | head`) is no failure.

use std::io::{self, ErrorKind, IsTerminal, Write};

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use serde_json::Value;

use crate::exit::Exit;

/// Text to stdout, without a line end of its own.
pub(crate) fn text(text: &str) -> Result<(), Exit> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // `head` has what it wanted: end as a success would.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Exit::failed(format!("stdout: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// A line to stdout.
pub(crate) fn line(line: &str) -> Result<(), Exit> {
    text(&format!("{line}\n"))
}

/// A JSON document to stdout.
pub(crate) fn json(value: &Value) -> Result<(), Exit> {
    line(&serde_json::to_string_pretty(value).unwrap_or_default())
}

/// A line to stderr; if that is closed there is nobody left to tell.
pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// An error to stderr.
pub(crate) fn error(text: &str) {
    if colour_stderr() {
        note(&format!("\u{1b}[1;31merror\u{1b}[0m: {text}"));
    } else {
        note(&format!("error: {text}"));
    }
}

/// Whether colours are wanted on stdout.
pub(crate) fn colour_stdout() -> bool {
    io::stdout().is_terminal() && colours()
}

/// Whether colours are wanted on stderr.
pub(crate) fn colour_stderr() -> bool {
    io::stderr().is_terminal() && colours()
}

fn colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

/// One rule below the head, and nothing else: rows can be read, cut and searched.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─'));

/// A table as text: as wide as the terminal, or as its content where there is none.
pub(crate) fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    if io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.set_header(head);
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell)).collect::<Vec<_>>());
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Text from outside must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}
