//! A stylesheet and a message, with a NUL between: what parses runs with tight limits.

use base::Message;
use expr::StaticScope;
use xslt::{Input, Limits, Stylesheet};

/// Compiles and applies.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (sheet, body) = text.split_once('\0').unwrap_or((text, "<a><b c='1'>x</b><b c='2'>y</b></a>"));
    // Without the wrapper most inputs would fail at the first line.
    let whole = if sheet.contains("xsl:stylesheet") || sheet.contains("xsl:version") {
        sheet.to_owned()
    } else {
        format!(
            "<xsl:stylesheet version='3.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform' \
             xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:f='urn:f'>{sheet}</xsl:stylesheet>"
        )
    };
    let stylesheet = match Stylesheet::parse("fuzz.xsl", &whole, &|_| None) {
        Ok(stylesheet) => stylesheet,
        Err(error) => {
            assert!(error.range.end <= whole.len(), "{error}: a place outside the text");
            assert!(!error.message.contains("the XSLT processor failed"), "a panic while compiling");
            return;
        }
    };
    let scope = StaticScope::of(Message::of(body.to_owned()));
    let limits = Limits { steps: 200_000, depth: 100, bytes: 4 << 20 };
    if let Err(error) = stylesheet.apply(&Input { scope: scope.scope(), limits }) {
        assert!(!error.text.contains("the XSLT processor failed"), "a panic while running");
    }
}
