//! Patterns of XML Schema as regular expressions that take linear time.

use std::collections::HashMap;

use regex::Regex;

/// Largest compiled pattern, in bytes. One of this size takes some 40 ms to compile.
const MAX_SIZE: usize = 2 << 20;
/// Largest compiled pattern of those that cost little.
const SMALL: usize = 64 << 10;
/// What all patterns of a schema may cost together: two hundred large ones, or thousands of small ones.
const MAX_COST: usize = 4_000_000;
/// Longest pattern.
const MAX_LENGTH: usize = 10_000;

const NAME_START: &str = "A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\
    \\u{200C}-\\u{200D}\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}:";

/// The patterns of a schema. Types share them where they are the same.
#[derive(Default)]
pub(crate) struct Patterns {
    known: HashMap<String, Regex>,
    cost: usize,
}

impl Patterns {
    /// Compiles a pattern, which has to fit the whole value.
    pub(crate) fn regex(&mut self, pattern: &str) -> Result<Regex, String> {
        if let Some(regex) = self.known.get(pattern) {
            return Ok(regex.clone());
        }
        let text = translated(pattern)?;
        self.spend(100 + 10 * pattern.len())?;
        let regex = match build(&text, SMALL)? {
            Some(regex) => regex,
            None => {
                self.spend(20_000)?;
                build(&text, MAX_SIZE)?.ok_or("the pattern is too large")?
            }
        };
        self.known.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    }

    fn spend(&mut self, cost: usize) -> Result<(), String> {
        self.cost += cost;
        if self.cost > MAX_COST {
            Err("the patterns of the schema are too many, or too large".to_owned())
        } else {
            Ok(())
        }
    }
}

/// `None` if it becomes larger than that.
fn build(text: &str, limit: usize) -> Result<Option<Regex>, String> {
    match regex::RegexBuilder::new(text).size_limit(limit).nest_limit(100).build() {
        Ok(regex) => Ok(Some(regex)),
        Err(regex::Error::CompiledTooBig(_)) => Ok(None),
        Err(error) => {
            let said = error.to_string();
            Err(format!("the pattern is wrong: {}", said.lines().last().unwrap_or("").trim_start_matches("error: ")))
        }
    }
}

/// The pattern as the other engine writes it.
fn translated(pattern: &str) -> Result<String, String> {
    if pattern.len() > MAX_LENGTH {
        return Err(format!("the pattern is longer than {MAX_LENGTH} characters"));
    }
    let mut out = "^(?:".to_owned();
    let mut at = pattern.chars().peekable();
    // Character classes inside each other, as subtraction makes them.
    let mut classes: Vec<Class> = Vec::new();
    while let Some(c) = at.next() {
        let begun = classes.last().map(|class| class.begun);
        if c != ']' && classes.last().is_some_and(|class| class.subtracted) {
            return Err("something stands after a class that is taken away".to_owned());
        }
        match (c, begun) {
            ('\\', _) => {
                let escape = at.next().ok_or("the pattern ends in `\\`")?;
                let class = |text: String, negative: bool| match (begun.is_some(), negative) {
                    (_, true) => format!("[^{text}]"),
                    (_, false) => format!("[{text}]"),
                };
                match escape {
                    'i' | 'I' => out.push_str(&class(NAME_START.to_owned(), escape == 'I')),
                    'c' | 'C' => {
                        let text = format!("{NAME_START}\\-.0-9\\u{{B7}}\\u{{300}}-\\u{{36F}}\\u{{203F}}-\\u{{2040}}");
                        out.push_str(&class(text, escape == 'C'));
                    }
                    's' | 'S' => out.push_str(&class(" \\t\\n\\r".to_owned(), escape == 'S')),
                    'd' => out.push_str("\\p{Nd}"),
                    'D' => out.push_str("\\P{Nd}"),
                    'w' => out.push_str("[^\\p{P}\\p{Z}\\p{C}]"),
                    'W' => out.push_str("[\\p{P}\\p{Z}\\p{C}]"),
                    'p' | 'P' => property(&mut out, &mut at, escape == 'P')?,
                    'n' | 'r' | 't' => {
                        out.push('\\');
                        out.push(escape);
                    }
                    escape => out.push_str(&literal(escape)),
                }
                mark(&mut classes);
            }
            ('[', None) => {
                open(&mut out, &mut at, &mut classes);
            }
            // `[a-z-[aeiou]]`
            ('-', Some(true)) if at.peek() == Some(&'[') => {
                at.next();
                if let Some(class) = classes.last_mut() {
                    class.subtracted = true;
                    // `[^a-z-[0-9]]` is all but letters, without digits: the other engine would negate the difference.
                    if class.negative {
                        out.insert(class.from, '[');
                        out.push(']');
                    }
                }
                out.push_str("--");
                open(&mut out, &mut at, &mut classes);
            }
            (']', Some(_)) => {
                out.push(']');
                classes.pop();
                mark(&mut classes);
            }
            ('-', Some(begun)) => {
                let last = at.peek() == Some(&']');
                out.push_str(if begun && !last { "-" } else { "\\-" });
                mark(&mut classes);
            }
            (c, Some(_)) => {
                out.push_str(&literal(c));
                mark(&mut classes);
            }
            ('.', None) => out.push_str("[^\\n\\r]"),
            ('^' | '$', None) => out.push_str(&literal(c)),
            // Look-around and flags mean nothing here.
            ('(', None) => {
                if at.peek() == Some(&'?') {
                    return Err("`(?` means nothing in a pattern of XML Schema".to_owned());
                }
                out.push_str("(?:");
            }
            ('{', None) => {
                let counts: String = std::iter::from_fn(|| at.next_if(|c| c.is_ascii_digit() || *c == ',')).collect();
                out.push('{');
                out.push_str(&counts);
            }
            (')' | '|' | '*' | '+' | '?' | '}', None) => {
                // `a*?` would be another kind of repetition for the other engine.
                let again = matches!(c, '*' | '+' | '?' | '}') && matches!(at.peek(), Some('?' | '+' | '*'));
                if again {
                    return Err(format!("a repetition stands after `{c}`"));
                }
                out.push(c);
            }
            (c, None) => out.push_str(&literal(c)),
        }
    }
    if !classes.is_empty() {
        return Err("a `[` is not closed".to_owned());
    }
    out.push_str(")$");
    Ok(out)
}

type Chars<'p> = std::iter::Peekable<std::str::Chars<'p>>;

/// A character class that is open.
struct Class {
    /// Where it begins in what is written.
    from: usize,
    negative: bool,
    /// Whether something stands in it.
    begun: bool,
    /// Whether another one was taken away from it: that is the last thing in it.
    subtracted: bool,
}

fn open(out: &mut String, at: &mut Chars<'_>, classes: &mut Vec<Class>) {
    let from = out.len();
    out.push('[');
    let negative = at.next_if_eq(&'^').is_some();
    if negative {
        out.push('^');
    }
    classes.push(Class { from, negative, begun: false, subtracted: false });
}

fn mark(classes: &mut [Class]) {
    if let Some(class) = classes.last_mut() {
        class.begun = true;
    }
}

fn literal(c: char) -> String {
    // `\<` and `\>` would be something else.
    if c.is_ascii_punctuation() && !matches!(c, '<' | '>') { format!("\\{c}") } else { c.to_string() }
}

/// `\p{L}` and the blocks that stand in schemas.
fn property(out: &mut String, at: &mut Chars<'_>, negative: bool) -> Result<(), String> {
    if at.next() != Some('{') {
        return Err("`\\p` needs `{...}`".to_owned());
    }
    let name: String = at.take_while(|c| *c != '}').take(40).collect();
    let range = match name.as_str() {
        "IsBasicLatin" => "\\u{0}-\\u{7F}",
        "IsLatin-1Supplement" => "\\u{80}-\\u{FF}",
        "IsLatinExtended-A" => "\\u{100}-\\u{17F}",
        "IsLatinExtended-B" => "\\u{180}-\\u{24F}",
        "IsGreek" | "IsGreekandCoptic" => "\\u{370}-\\u{3FF}",
        "IsCyrillic" => "\\u{400}-\\u{4FF}",
        block if block.starts_with("Is") => return Err(format!("the block `{block}` is not available")),
        name => {
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return Err(format!("`{name}` is not a category"));
            }
            out.push_str(&format!("\\{}{{{name}}}", if negative { 'P' } else { 'p' }));
            return Ok(());
        }
    };
    out.push_str(&format!("[{}{range}]", if negative { "^" } else { "" }));
    Ok(())
}
