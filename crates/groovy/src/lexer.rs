//! The lexer. It depends on context: a slash may divide or begin a string, and line ends count only outside brackets.
use crate::token::{LexPart, Pos, Tok, Token};

/// Why a source is not a program.
#[derive(Debug, Clone)]
pub struct SyntaxError {
    /// Where.
    pub pos: Pos,
    /// What is wrong.
    pub message: String,
}

type L<T> = Result<T, SyntaxError>;

const MAX_STRING_NESTING: u32 = 24;

const OPS: &[&str] = &[
    ">>>=", "<=>", "==~", "===", "!==", "**=", "<<=", ">>=", ">>>", "..<", "...", "*.@", "?.@", "?.", "?:", "*.", "*:",
    ".&", ".@", "..", "++", "--", "**", "==", "!=", "<=", ">=", "=~", "&&", "||", "<<", ">>", "+=", "-=", "*=", "/=",
    "%=", "&=", "|=", "^=", "->", "::", "=", "<", ">", "!", "~", "?", ":", "+", "-", "*", "/", "%", "&", "|", "^", "(",
    ")", "[", "]", "{", "}", ",", ";", ".", "@",
];

/// Cuts a source into tokens.
pub fn lex(src: &str) -> L<Vec<Token>> {
    let mut lx = Lexer { src, at: 0, line: 1, line_start: 0, counted: Default::default(), depth: 0 };
    if src.starts_with('\u{feff}') {
        lx.at = '\u{feff}'.len_utf8();
    }
    if lx.rest().starts_with("#!") {
        lx.skip_line();
    }
    lx.tokens(false)
}

struct Lexer<'a> {
    src: &'a str,
    at: usize,
    line: u32,
    line_start: usize,
    /// A place and its column.
    counted: std::cell::Cell<(usize, usize)>,
    depth: u32,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.src.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn pos(&self) -> Pos {
        // Columns are counted on from the place asked for last: lines may be long.
        let (from, col) = self.counted.get();
        let (from, col) = if from >= self.line_start && from <= self.at { (from, col) } else { (self.line_start, 0) };
        let col = col + self.src.get(from..self.at).map_or(0, |s| s.chars().count());
        self.counted.set((self.at, col));
        Pos { line: self.line, col: col as u32 + 1 }
    }

    fn err<T>(&self, pos: Pos, message: impl Into<String>) -> L<T> {
        Err(SyntaxError { pos, message: message.into() })
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        if c == '\n' || (c == '\r' && self.peek() != Some('\n')) {
            self.line += 1;
            self.line_start = self.at;
        }
        Some(c)
    }

    fn skip_line(&mut self) {
        while let Some(c) = self.peek() {
            if c == '\n' || c == '\r' {
                break;
            }
            self.at += c.len_utf8();
        }
    }

    /// Skips blanks and comments; says whether a line ended and whether anything was skipped.
    fn blanks(&mut self) -> L<(bool, bool)> {
        let (start, mut nl) = (self.at, false);
        loop {
            let r = self.rest();
            if r.starts_with("//") {
                self.skip_line();
            } else if r.starts_with("/*") {
                let pos = self.pos();
                self.at += 2;
                while !self.rest().starts_with("*/") {
                    match self.bump() {
                        None => return self.err(pos, "this comment is never closed"),
                        Some('\n') => nl = true,
                        Some(_) => {}
                    }
                }
                self.at += 2;
            } else if r.starts_with("\\\n") || r.starts_with("\\\r\n") {
                while self.bump().is_some_and(|c| c != '\n') {}
            } else {
                match self.peek() {
                    Some(c) if c.is_whitespace() || c == '\u{feff}' || c == '\u{1a}' => {
                        nl |= c == '\n' || c == '\r';
                        self.bump();
                    }
                    _ => return Ok((nl, self.at > start)),
                }
            }
        }
    }

    /// Tokens up to the end, or up to the brace that closes an embedded expression.
    fn tokens(&mut self, embedded: bool) -> L<Vec<Token>> {
        let mut out: Vec<Token> = Vec::new();
        let mut open: Vec<(&'static str, Pos)> = Vec::new();
        loop {
            let (nl, sp) = self.blanks()?;
            let nl = nl && open.last().is_none_or(|(b, _)| *b == "{");
            let (pos, start) = (self.pos(), self.at);
            let Some(c) = self.peek() else {
                if let Some((b, p)) = open.last() {
                    return self.err(*p, format!("this '{b}' is never closed"));
                }
                if embedded {
                    return self.err(pos, "'}' is missing after an expression inside a string");
                }
                out.push(Token { tok: Tok::Eof, pos, start, end: start, nl: true, sp });
                return Ok(out);
            };
            if embedded && c == '}' && open.is_empty() {
                out.push(Token { tok: Tok::Eof, pos, start, end: start, nl: true, sp });
                self.bump();
                return Ok(out);
            }
            let tok = if c.is_ascii_digit()
                || (c == '.' && self.rest()[1..].starts_with(|d: char| d.is_ascii_digit()) && !value_end(&out))
            {
                self.number(out.last().is_some_and(|t| matches!(t.tok, Tok::Op("." | "?."))))?
            } else if is_ident_start(c) && !self.rest().starts_with("$/") {
                Tok::Ident(self.ident().into())
            } else if c == '"' || c == '\'' {
                self.string()?
            } else if self.rest().starts_with("$/") && !value_end(&out) {
                self.slashy("$/", "/$")?
            } else if c == '/' && !value_end(&out) && self.slashy_ahead() {
                self.slashy("/", "/")?
            } else {
                let Some(op) = OPS.iter().find(|o| self.rest().starts_with(**o)) else {
                    return self.err(pos, format!("'{c}' has no meaning here"));
                };
                self.at += op.len();
                match *op {
                    "(" | "[" | "{" => {
                        if open.len() > 400 {
                            return self.err(pos, "brackets are nested too deeply");
                        }
                        open.push((op, pos));
                    }
                    ")" | "]" | "}" => {
                        let want = match *op {
                            ")" => "(",
                            "]" => "[",
                            _ => "{",
                        };
                        match open.pop() {
                            Some((b, _)) if b == want => {}
                            Some((b, p)) => {
                                return self.err(pos, format!("'{op}' does not close the '{b}' of line {}", p.line));
                            }
                            None => return self.err(pos, format!("'{op}' closes nothing")),
                        }
                    }
                    _ => {}
                }
                Tok::Op(op)
            };
            out.push(Token { tok, pos, start, end: self.at, nl, sp });
        }
    }

    fn ident(&mut self) -> &'a str {
        let r = self.rest();
        let n = r.find(|c: char| !(is_ident_start(c) || c.is_ascii_digit())).unwrap_or(r.len());
        self.at += n;
        &r[..n]
    }

    fn number(&mut self, after_dot: bool) -> L<Tok> {
        let pos = self.pos();
        let r = self.rest();
        let lower = r.get(..2).unwrap_or("").to_ascii_lowercase();
        let (radix, skip) = match lower.as_str() {
            "0x" => (16, 2),
            "0b" => (2, 2),
            _ => (10, 0),
        };
        let b = r.as_bytes();
        let mut i = skip;
        while i < b.len() && (b[i].is_ascii_digit() || b[i] == b'_' || (radix == 16 && b[i].is_ascii_hexdigit())) {
            i += 1;
        }
        let mut decimal = false;
        if radix == 10 && !after_dot {
            if i + 1 < b.len() && b[i] == b'.' && b[i + 1].is_ascii_digit() {
                decimal = true;
                i += 1;
                while i < b.len() && (b[i].is_ascii_digit() || b[i] == b'_') {
                    i += 1;
                }
            }
            if i < b.len() && (b[i] | 32) == b'e' {
                let mut j = i + 1;
                if j < b.len() && (b[j] == b'+' || b[j] == b'-') {
                    j += 1;
                }
                if j < b.len() && b[j].is_ascii_digit() {
                    decimal = true;
                    while j < b.len() && b[j].is_ascii_digit() {
                        j += 1;
                    }
                    i = j;
                }
            }
        }
        let text: String = r[skip..i].chars().filter(|c| *c != '_').collect();
        self.at += i;
        let suffix = self.peek().map(|c| c.to_ascii_lowercase()).filter(|c| "lgdfi".contains(*c));
        if suffix.is_some() {
            self.at += 1;
        }
        if text.len() > 1000 {
            return self.err(pos, "this number is too long");
        }
        let bad = || SyntaxError { pos, message: format!("'{text}' is not a number") };
        match suffix {
            Some('d') => return text.parse().map(Tok::Double).map_err(|_| bad()),
            Some('f') => return text.parse().map(Tok::Float).map_err(|_| bad()),
            Some('g') if decimal => return Ok(Tok::Dec(text)),
            _ => {}
        }
        if decimal {
            return Ok(Tok::Dec(text));
        }
        let octal = radix == 10 && text.len() > 1 && text.starts_with('0') && text.bytes().all(|c| c.is_ascii_digit());
        let radix = if octal { 8 } else { radix };
        match (suffix, i128::from_str_radix(&text, radix)) {
            (Some('g'), _) | (_, Err(_)) if radix == 10 => Ok(Tok::Big(text)),
            (_, Err(_)) => Err(bad()),
            (Some('l'), Ok(n)) => Ok(Tok::Long(n as i64)),
            (_, Ok(n)) if n <= i128::from(i32::MAX) || (radix != 10 && n <= i128::from(u32::MAX)) => {
                Ok(Tok::Int(n as i32))
            }
            (_, Ok(n)) if n <= i128::from(i64::MAX) || radix != 10 => Ok(Tok::Long(n as i64)),
            _ => Ok(Tok::Big(text)),
        }
    }

    fn slashy_ahead(&self) -> bool {
        // A slashy string may span lines, but `a = b /c` on one line is a division: look for the closing slash.
        let r = &self.rest()[1..];
        let mut prev = ' ';
        for c in r.chars() {
            if c == '/' && prev != '\\' {
                return true;
            }
            prev = c;
        }
        false
    }

    fn slashy(&mut self, open: &str, close: &str) -> L<Tok> {
        let pos = self.pos();
        self.at += open.len();
        let mut parts = Parts::default();
        loop {
            let r = self.rest();
            if r.starts_with(close) {
                self.at += close.len();
                return Ok(parts.finish());
            }
            if open == "/" && r.starts_with("\\/") {
                self.at += 2;
                parts.text.push('/');
            } else if open == "$/" && (r.starts_with("$$") || r.starts_with("$/")) {
                self.at += 2;
                parts.text.push_str(&r[1..2]);
            } else if r.starts_with("\\u") && r.len() >= 6 && r[2..].chars().take(4).all(|c| c.is_ascii_hexdigit()) {
                self.escape(&mut parts.text)?;
            } else if r.starts_with('$') && self.embedded(&mut parts)? {
            } else {
                match self.bump() {
                    None => return self.err(pos, "this string is never closed"),
                    Some('\r') => {}
                    Some(c) => parts.text.push(c),
                }
            }
        }
    }

    fn string(&mut self) -> L<Tok> {
        let pos = self.pos();
        let quote = if self.rest().starts_with('"') { "\"" } else { "'" };
        let triple = quote.repeat(3);
        let long = self.rest().starts_with(&triple);
        let close: &str = if long { &triple } else { quote };
        self.at += close.len();
        let mut parts = Parts::default();
        loop {
            let r = self.rest();
            if r.starts_with(close) {
                // `""""` at the end: the first quotes belong to the text.
                self.at += close.len();
                return Ok(parts.finish());
            }
            match self.peek() {
                None => return self.err(pos, "this string is never closed"),
                Some('\n' | '\r') if !long => return self.err(pos, "this string is not closed on its line"),
                Some('\\') => self.escape(&mut parts.text)?,
                Some('$') if quote == "\"" => {
                    if !self.embedded(&mut parts)? {
                        return self.err(self.pos(), "'$' must be followed by a name or '{', or be written as '\\$'");
                    }
                }
                Some('\r') => {
                    self.bump();
                    if self.peek() != Some('\n') {
                        parts.text.push('\n');
                    }
                }
                Some(c) => {
                    self.bump();
                    parts.text.push(c);
                }
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> L<()> {
        let pos = self.pos();
        self.at += 1;
        let Some(c) = self.bump() else { return self.err(pos, "the source ends inside a string") };
        match c {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            '\\' | '\'' | '"' | '$' => out.push(c),
            '\n' => {}
            '\r' => {
                if self.peek() == Some('\n') {
                    self.bump();
                }
            }
            'u' => {
                while self.peek() == Some('u') {
                    self.at += 1;
                }
                let mut unit = self.hex4(pos)?;
                if (0xD800..0xDC00).contains(&unit) && self.rest().starts_with("\\u") {
                    self.at += 2;
                    let low = self.hex4(pos)?;
                    unit = 0x10000 + ((unit - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF);
                }
                out.push(char::from_u32(unit).unwrap_or('\u{fffd}'));
            }
            '0'..='7' => {
                let mut n = c.to_digit(8).unwrap_or(0);
                while let Some(d) = self.peek().and_then(|c| c.to_digit(8)).filter(|d| n * 8 + d < 256) {
                    n = n * 8 + d;
                    self.at += 1;
                }
                out.push(char::from_u32(n).unwrap_or('?'));
            }
            _ => return self.err(pos, format!("'\\{c}' is not an escape; write '\\\\' for a backslash")),
        }
        Ok(())
    }

    fn hex4(&mut self, pos: Pos) -> L<u32> {
        let digits = self.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|d| u32::from_str_radix(d, 16).ok()) {
            Some(n) => {
                self.at += 4;
                Ok(n)
            }
            None => self.err(pos, "'\\u' needs four hexadecimal digits"),
        }
    }

    /// Reads `${…}` or `$a.b`; false if the dollar is plain text.
    fn embedded(&mut self, parts: &mut Parts) -> L<bool> {
        let r = &self.rest()[1..];
        if r.starts_with('{') {
            if self.depth >= MAX_STRING_NESTING {
                return self.err(self.pos(), "strings are nested too deeply");
            }
            self.at += 2;
            self.depth += 1;
            let code = self.tokens(true);
            self.depth -= 1;
            parts.code(code?);
            return Ok(true);
        }
        if !r.starts_with(|c: char| is_ident_start(c) && c != '$') {
            return Ok(false);
        }
        self.at += 1;
        let mut code = Vec::new();
        loop {
            let (pos, start) = (self.pos(), self.at);
            let r = self.rest();
            let n = r.find(|c: char| c == '$' || !(is_ident_start(c) || c.is_ascii_digit())).unwrap_or(r.len());
            self.at += n;
            code.push(Token { tok: Tok::Ident(r[..n].into()), pos, start, end: self.at, nl: false, sp: false });
            let r = self.rest();
            if r.starts_with('.') && r[1..].starts_with(|c: char| is_ident_start(c) && c != '$') {
                let pos = self.pos();
                code.push(Token { tok: Tok::Op("."), pos, start: self.at, end: self.at + 1, nl: false, sp: false });
                self.at += 1;
            } else {
                break;
            }
        }
        let pos = self.pos();
        code.push(Token { tok: Tok::Eof, pos, start: self.at, end: self.at, nl: true, sp: false });
        parts.code(code);
        Ok(true)
    }
}

#[derive(Default)]
struct Parts {
    text: String,
    done: Vec<LexPart>,
}

impl Parts {
    fn code(&mut self, code: Vec<Token>) {
        self.done.push(LexPart::Text(std::mem::take(&mut self.text)));
        self.done.push(LexPart::Code(code));
    }

    fn finish(mut self) -> Tok {
        if self.done.is_empty() {
            return Tok::Str(self.text.into());
        }
        self.done.push(LexPart::Text(self.text));
        Tok::GStr(self.done)
    }
}

fn is_ident_start(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphabetic()
}

/// A slash after these divides.
fn value_end(out: &[Token]) -> bool {
    match out.last().map(|t| &t.tok) {
        None => false,
        Some(Tok::Ident(w)) => {
            !matches!(
                &**w,
                "return" | "case" | "in" | "if" | "else" | "assert" | "throw" | "as" | "instanceof" | "println"
            ) || matches!(out.len().checked_sub(2).and_then(|i| out.get(i)).map(|t| &t.tok), Some(Tok::Op("." | "?.")))
        }
        Some(Tok::Op(o)) => matches!(*o, ")" | "]" | "}" | "++" | "--"),
        Some(Tok::Eof) => false,
        Some(_) => true,
    }
}
