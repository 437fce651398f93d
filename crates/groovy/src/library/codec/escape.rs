//! Escapes of `StringEscapeUtils`.

const HTML: &[(&str, &str)] = &[
    ("\"", "&quot;"),
    ("&", "&amp;"),
    ("<", "&lt;"),
    (">", "&gt;"),
    ("\u{a0}", "&nbsp;"),
    ("¡", "&iexcl;"),
    ("¢", "&cent;"),
    ("£", "&pound;"),
    ("¤", "&curren;"),
    ("¥", "&yen;"),
    ("§", "&sect;"),
    ("¨", "&uml;"),
    ("©", "&copy;"),
    ("ª", "&ordf;"),
    ("«", "&laquo;"),
    ("¬", "&not;"),
    ("®", "&reg;"),
    ("°", "&deg;"),
    ("±", "&plusmn;"),
    ("²", "&sup2;"),
    ("³", "&sup3;"),
    ("´", "&acute;"),
    ("µ", "&micro;"),
    ("¶", "&para;"),
    ("·", "&middot;"),
    ("»", "&raquo;"),
    ("¼", "&frac14;"),
    ("½", "&frac12;"),
    ("¿", "&iquest;"),
    ("À", "&Agrave;"),
    ("Á", "&Aacute;"),
    ("Â", "&Acirc;"),
    ("Ã", "&Atilde;"),
    ("Ä", "&Auml;"),
    ("Å", "&Aring;"),
    ("Æ", "&AElig;"),
    ("Ç", "&Ccedil;"),
    ("È", "&Egrave;"),
    ("É", "&Eacute;"),
    ("Ê", "&Ecirc;"),
    ("Ë", "&Euml;"),
    ("Í", "&Iacute;"),
    ("Ñ", "&Ntilde;"),
    ("Ó", "&Oacute;"),
    ("Ô", "&Ocirc;"),
    ("Ö", "&Ouml;"),
    ("×", "&times;"),
    ("Ø", "&Oslash;"),
    ("Ú", "&Uacute;"),
    ("Ü", "&Uuml;"),
    ("ß", "&szlig;"),
    ("à", "&agrave;"),
    ("á", "&aacute;"),
    ("â", "&acirc;"),
    ("ã", "&atilde;"),
    ("ä", "&auml;"),
    ("å", "&aring;"),
    ("æ", "&aelig;"),
    ("ç", "&ccedil;"),
    ("è", "&egrave;"),
    ("é", "&eacute;"),
    ("ê", "&ecirc;"),
    ("ë", "&euml;"),
    ("ì", "&igrave;"),
    ("í", "&iacute;"),
    ("î", "&icirc;"),
    ("ï", "&iuml;"),
    ("ñ", "&ntilde;"),
    ("ò", "&ograve;"),
    ("ó", "&oacute;"),
    ("ô", "&ocirc;"),
    ("õ", "&otilde;"),
    ("ö", "&ouml;"),
    ("÷", "&divide;"),
    ("ø", "&oslash;"),
    ("ù", "&ugrave;"),
    ("ú", "&uacute;"),
    ("û", "&ucirc;"),
    ("ü", "&uuml;"),
    ("ý", "&yacute;"),
    ("ÿ", "&yuml;"),
    ("€", "&euro;"),
    ("–", "&ndash;"),
    ("—", "&mdash;"),
    ("‘", "&lsquo;"),
    ("’", "&rsquo;"),
    ("“", "&ldquo;"),
    ("”", "&rdquo;"),
    ("•", "&bull;"),
    ("…", "&hellip;"),
    ("™", "&trade;"),
];
const XML: &[(&str, &str)] = &[("\"", "&quot;"), ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&apos;")];

fn replace(s: &str, table: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        let mut b = [0; 4];
        let c = &*c.encode_utf8(&mut b);
        out.push_str(table.iter().find(|e| e.0 == c).map_or(c, |e| e.1));
    }
    out
}

/// Names and numbers of characters back to the characters.
fn unescape(s: &str, table: &[(&str, &str)]) -> String {
    let (mut out, mut rest) = (String::with_capacity(s.len()), s);
    while let Some(i) = rest.find('&') {
        out.push_str(&rest[..i]);
        rest = &rest[i..];
        let name = rest.bytes().take(12).position(|b| b == b';').map(|e| &rest[..=e]);
        let found = name.and_then(|n| {
            if let Some(c) = table.iter().find(|e| e.1 == n) {
                return Some((c.0.to_string(), n.len()));
            }
            let digits = n.strip_prefix("&#")?.strip_suffix(';')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(h) => u32::from_str_radix(h, 16).ok()?,
                None => digits.parse().ok()?,
            };
            Some((char::from_u32(code)?.to_string(), n.len()))
        });
        match found {
            Some((c, len)) => {
                out.push_str(&c);
                rest = &rest[len..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn code(s: &str, quote: char, slash: bool) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\'' if quote == '\'' => out.push_str("\\'"),
            '/' if slash => out.push_str("\\/"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if (' '..='~').contains(&c) => out.push(c),
            c => {
                for u in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{u:04X}"));
                }
            }
        }
    }
    out
}

fn uncode(s: &str) -> String {
    let (mut out, mut c): (Vec<u16>, _) = (Vec::new(), s.chars());
    while let Some(x) = c.next() {
        if x != '\\' {
            out.extend(x.encode_utf16(&mut [0; 2]).iter());
            continue;
        }
        let Some(e) = c.next() else { break };
        let plain = match e {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let h: String = c.by_ref().take(4).collect();
                out.push(u16::from_str_radix(&h, 16).unwrap_or(0xFFFD));
                continue;
            }
            e => e,
        };
        out.extend(plain.encode_utf16(&mut [0; 2]).iter());
    }
    String::from_utf16_lossy(&out)
}

/// `StringEscapeUtils.m(s)`; `old` is commons-lang 2, which writes other than ASCII as numbers.
pub(super) fn call(name: &str, s: &str, old: bool) -> Option<String> {
    Some(match name {
        "escapeXml" if old => {
            let t = replace(s, XML);
            t.chars().map(|c| if c as u32 > 127 { format!("&#{};", c as u32) } else { c.to_string() }).collect()
        }
        "escapeXml" | "escapeXml10" | "escapeXml11" => replace(s, XML),
        "unescapeXml" => unescape(s, XML),
        "escapeHtml" | "escapeHtml4" | "escapeHtml3" => replace(s, HTML),
        "unescapeHtml" | "unescapeHtml4" | "unescapeHtml3" => unescape(s, HTML),
        "escapeJava" => code(s, '"', old),
        "escapeJavaScript" => code(s, '\'', true),
        "escapeEcmaScript" => code(s, '\'', true),
        "escapeJson" => code(s, '"', true),
        "unescapeJava" | "unescapeJavaScript" | "unescapeEcmaScript" | "unescapeJson" => uncode(s),
        "escapeSql" => s.replace('\'', "''"),
        "escapeCsv" if s.contains([',', '"', '\n', '\r']) => format!("\"{}\"", s.replace('"', "\"\"")),
        "unescapeCsv" => match s.strip_prefix('"').and_then(|s| s.strip_suffix('"')) {
            Some(t) if t.contains([',', '"', '\n', '\r']) => t.replace("\"\"", "\""),
            _ => s.into(),
        },
        "escapeCsv" => s.into(),
        _ => return None,
    })
}
