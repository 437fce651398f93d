//! Inputs for a script, guessed from what it reads: deterministic, so that a difference can be shown again.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use indexmap::IndexMap;
use regex::Regex;
use serde_json::{Map, Value as Json, json};

use crate::shape::{Shape, shape};
use crate::{Body, Input};

/// Elements deeper than this are left out.
const DEEPEST: usize = 8;

#[expect(clippy::unwrap_used, reason = "constant patterns")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

static PROPERTY: LazyLock<Regex> = LazyLock::new(|| pattern(r#"getProperty\s*\(\s*["']([^"'$]+)["']"#));
static HEADER: LazyLock<Regex> = LazyLock::new(|| pattern(r#"getHeader\s*\(\s*["']([^"'$]+)["']"#));
static GET: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"\.get\s*\(\s*["']([^"'$]+)["']\s*\)|(?i:properties|props|headers|map|headersMap)(?:\.|\[\s*["'])([A-Za-z_][\w.-]*)["'\s\])=;,)]"#,
    )
});
static CREDENTIAL: LazyLock<Regex> = LazyLock::new(|| pattern(r#"getUserCredential\s*\(\s*["']([^"'$]+)["']"#));
static MAPPING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"getMappedValue\s*\(\s*["']([^"']*)["']\s*,\s*["']([^"']*)["']\s*,[^,]*,\s*["']([^"']*)["']\s*,\s*["']([^"']*)["']"#,
    )
});
static ELEMENT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?:name\(\)\s*==\s*|getElementsByTagName(?:NS)?\(\s*)["']([A-Za-z_][\w.-]*)["']"#));
static DATE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?:SimpleDateFormat|ofPattern|Date\.parse)\s*\(\s*["']([^"']+)["']"#));

/// What a script seems to want.
struct Wish {
    headers: Vec<String>,
    properties: Vec<String>,
    credentials: Vec<String>,
    mappings: Vec<[String; 4]>,
    shape: Shape,
    xml: bool,
    json: bool,
    /// The first pattern of a date that it parses.
    date: Option<String>,
    exception: bool,
    attachments: bool,
    /// It reads credentials; those whose names it makes up are there, too.
    secrets: bool,
    /// It wants the body as the stream that a channel leaves.
    stream: bool,
}

fn names(pattern: &Regex, source: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for c in pattern.captures_iter(source) {
        let name = c.get(1).or_else(|| c.get(2)).map(|m| m.as_str().to_owned()).unwrap_or_default();
        if !name.is_empty() && !found.contains(&name) && found.len() < 40 {
            found.push(name);
        }
    }
    found
}

impl Wish {
    fn of(source: &str) -> Wish {
        let mut shape = shape(source);
        for name in names(&ELEMENT, source) {
            if !shape.nodes.iter().any(|n| n.children.contains_key(&name)) {
                let new = shape.nodes.len();
                shape.nodes.push(crate::shape::Node::default());
                shape.nodes[0].children.insert(name, new);
            }
        }
        let either: Vec<String> = names(&GET, source)
            .into_iter()
            .filter(|n| {
                !matches!(n.as_str(), "get" | "put" | "each" | "find" | "containsKey" | "remove" | "collect" | "size")
            })
            .collect();
        let (mut headers, mut properties) = (names(&HEADER, source), names(&PROPERTY, source));
        let reads_headers = source.contains("eaders");
        if reads_headers {
            headers.extend(either.iter().cloned());
        }
        if !reads_headers || source.contains("ropert") {
            properties.extend(either);
        }
        let exception = source.contains("CamelExceptionCaught");
        properties.retain(|p| p != "CamelExceptionCaught");
        Wish {
            headers,
            properties,
            credentials: names(&CREDENTIAL, source),
            mappings: MAPPING
                .captures_iter(source)
                .take(10)
                .map(|c| [1, 2, 3, 4].map(|i| c.get(i).map(|m| m.as_str().to_owned()).unwrap_or_default()))
                .collect(),
            shape,
            xml: ["XmlSlurper", "XmlParser", "DocumentBuilder", "SAXBuilder", "XPath"]
                .iter()
                .any(|w| source.contains(w)),
            json: source.contains("JsonSlurper") || source.contains("JSONObject") || source.contains("JSONArray"),
            date: DATE.captures(source).and_then(|c| c.get(1)).map(|m| m.as_str().to_owned()),
            exception,
            secrets: source.contains("getUserCredential"),
            stream: source.contains(".parse(") && (source.contains("getBody()") || source.contains(".body")),
            attachments: source.contains("getAttachments") || source.contains("getAttachmentWrapperObjects"),
        }
    }

    /// A value that fits a name; `turn` makes neighbours differ.
    fn value(&self, name: &str, number: bool, turn: usize) -> String {
        let low = name.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| low.contains(w));
        if self.xml && turn < 40 && has(&["xml", "payload", "idoc"]) && !number {
            return format!("<root><{0}>1</{0}></root>", if low.contains("idoc") { "IDOC" } else { "value" });
        }
        if self.json && has(&["json", "payload"]) {
            return r#"{"value": 1, "list": [{"value": 2}]}"#.to_owned();
        }
        if has(&["date", "time"]) {
            return self.date.as_deref().map_or_else(|| "2024-03-15T10:20:30".to_owned(), |p| date(p, turn));
        }
        let numeric = [
            "count", "size", "index", "num", "limit", "page", "amount", "total", "price", "quantity", "qty", "counter",
            "max", "length", "status",
        ];
        if number || has(&numeric) {
            return format!("{}", 3 + turn * 7);
        }
        if has(&["enable", "is", "flag", "log", "active"]) && low.len() < 20 {
            return if turn.is_multiple_of(2) { "true" } else { "false" }.to_owned();
        }
        let id = if has(&["id", "code", "key", "no"]) { "A10" } else { "Text " };
        format!("{id}{}", turn + 1)
    }

    fn xml(&self, full: bool) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.element(0, "root", full, 0, 0, &mut out);
        out
    }

    fn element(&self, node: usize, name: &str, full: bool, turn: usize, depth: usize, out: &mut String) {
        if out.len() > 20_000 || depth > DEEPEST {
            return;
        }
        let name: String = name
            .rsplit(':')
            .next()
            .unwrap_or(name)
            .chars()
            .map(|c| if c.is_alphanumeric() || "_-.".contains(c) { c } else { '_' })
            .collect();
        let name = if name.starts_with(|c: char| c.is_alphabetic() || c == '_') { name } else { format!("n{name}") };
        let pad = "  ".repeat(depth);
        out.push_str(&format!("{pad}<{name}"));
        let n = &self.shape.nodes[node];
        for (child, &id) in n.children.iter().filter(|(c, _)| c.starts_with('@')) {
            let attribute: String =
                child[1..].chars().filter(|c| c.is_alphanumeric() || *c == '_' || *c == '-').collect();
            if !attribute.is_empty() && !attribute.starts_with(|c: char| c.is_ascii_digit()) {
                out.push_str(&format!(" {attribute}=\"{}\"", self.value(child, self.shape.nodes[id].number, turn)));
            }
        }
        let below: Vec<(&String, &usize)> =
            n.children.iter().filter(|(c, _)| !c.starts_with('@') && *c != "*" && *c != "**").collect();
        if below.is_empty() {
            out.push_str(&format!(">{}</{name}>\n", self.value(&name, n.number, turn)));
            return;
        }
        out.push_str(">\n");
        for (i, (child, &id)) in below.into_iter().enumerate() {
            // The lean variant lacks every third name and repeats nothing.
            if !full && i % 3 == 2 {
                continue;
            }
            let times = if full && self.shape.nodes[id].many { 2 } else { 1 };
            for t in 0..times {
                self.element(id, child, full, turn + t, depth + 1, out);
            }
        }
        out.push_str(&format!("{pad}</{name}>\n"));
    }

    fn json(&self, node: usize, name: &str, full: bool, turn: usize, depth: usize) -> Json {
        let n = &self.shape.nodes[node];
        let one = |turn: usize| {
            if n.children.is_empty() || depth > DEEPEST {
                let text = self.value(name, n.number, turn);
                return match (text.parse::<i64>(), turn % 3) {
                    (Ok(n), 0 | 1) => json!(n),
                    _ if text == "true" || text == "false" => json!(text == "true"),
                    _ => json!(text),
                };
            }
            let mut map = Map::new();
            for (i, (child, &id)) in n.children.iter().enumerate() {
                match (full, i % 3) {
                    (false, 2) => {}
                    (false, 1) => drop(map.insert(child.clone(), Json::Null)),
                    _ => drop(map.insert(
                        child.trim_start_matches('@').to_owned(),
                        self.json(id, child, full, turn + i, depth + 1),
                    )),
                }
            }
            Json::Object(map)
        };
        if n.many && depth <= DEEPEST {
            Json::Array(if full { vec![one(turn), one(turn + 1)] } else { vec![one(turn)] })
        } else {
            one(turn)
        }
    }

    fn base(&self, name: &str, kind: &str, text: String, style: usize) -> Input {
        let typed = |n: &str, i: usize| match style {
            0 => json!(self.value(n, false, i)),
            1 => json!((10 + i).to_string()),
            _ => json!(10 + i),
        };
        let table = |names: &[String]| -> IndexMap<String, Json> {
            names.iter().enumerate().map(|(i, n)| (n.clone(), typed(n, i))).collect()
        };
        let secret = |alias: &String| {
            let pair = [("user", format!("user of {alias}")), ("password", "secret".to_owned())];
            (alias.clone(), pair.map(|(k, v)| (k.to_owned(), v)).into_iter().collect::<BTreeMap<_, _>>())
        };
        let any = self.secrets.then(|| secret(&"*".to_owned()));
        Input {
            name: name.to_owned(),
            body: Body { kind: if self.stream { "stream" } else { kind }.to_owned(), text },
            headers: table(&self.headers),
            properties: table(&self.properties),
            attachments: if self.attachments {
                vec![("note.txt".into(), "text/plain".into(), "a note".into())]
            } else {
                vec![]
            },
            credentials: self.credentials.iter().map(secret).chain(any).collect(),
            mappings: self
                .mappings
                .iter()
                .map(|[a, b, c, d]| [a.clone(), b.clone(), "A101".into(), c.clone(), d.clone(), "mapped".into()])
                .collect(),
            exception: (self.exception && style == 0).then(|| "the receiver refused".to_owned()),
        }
    }
}

/// A date in a pattern of Java, for the letters that are common.
fn date(pattern: &str, turn: usize) -> String {
    let mut out = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\'' {
            out.extend(rest.by_ref().take_while(|&q| q != '\''));
            continue;
        }
        let mut width = 1;
        while rest.next_if_eq(&c).is_some() {
            width += 1;
        }
        match (c, width) {
            ('y' | 'u', 2) => out.push_str("24"),
            ('y' | 'u', _) => out.push_str("2024"),
            ('M', 3) => out.push_str("Mar"),
            ('M', _) => out.push_str("03"),
            ('d', _) => out.push_str(&format!("{:02}", 10 + turn % 15)),
            ('H' | 'h', _) => out.push_str("10"),
            ('m', _) => out.push_str("20"),
            ('s', _) => out.push_str("30"),
            ('S', n) => out.push_str(&"1230000"[..n.min(7)]),
            ('Z' | 'X' | 'x', _) => out.push_str("+0000"),
            ('z', _) => out.push_str("UTC"),
            (c, n) => out.extend(std::iter::repeat_n(c, n)),
        }
    }
    out
}

/// Up to `most` inputs for a script, the most telling first.
#[must_use]
pub fn inputs(source: &str, most: usize) -> Vec<Input> {
    let wish = Wish::of(source);
    let xml = |full| wish.xml(full);
    let json = |full| serde_json::to_string_pretty(&wish.json(0, "root", full, 0, 0)).unwrap_or_default();
    let text = "Hello World, \u{e4} & <b>\nsecond line".to_owned();
    let csv = "id;name;amount\r\n1;Anna;10.50\r\n2;Bert;7\r\n".to_owned();
    let mut all = Vec::new();
    if wish.json && !wish.xml {
        all.push(wish.base("json", "string", json(true), 0));
        all.push(wish.base("json, lean, numbers", "string", json(false), 1));
    } else if wish.xml {
        all.push(wish.base("xml", "string", xml(true), 0));
        all.push(wish.base("xml, lean, numbers", "string", xml(false), 1));
        if wish.json {
            all.push(wish.base("json", "string", json(true), 0));
        }
    } else {
        all.push(wish.base("text", "string", text.clone(), 0));
        all.push(wish.base("csv, numbers", "string", csv.clone(), 1));
    }
    all.push(Input {
        headers: IndexMap::new(),
        properties: IndexMap::new(),
        ..wish.base("nothing", "string", String::new(), 3)
    });
    if wish.json || wish.xml {
        all.push(wish.base("text", "string", text, 0));
        all.push(wish.base("csv", "string", csv, 2));
    } else {
        all.push(wish.base(
            "xml",
            "string",
            "<?xml version=\"1.0\"?>\n<a x=\"1\">\n  <b>one</b>\n  <b>two</b>\n</a>\n".into(),
            2,
        ));
        all.push(wish.base("json", "string", "{\"a\": [1, 2.50, null], \"b\": {\"c\": \"d\"}}".into(), 0));
    }
    all.truncate(most);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_the_script_can_read() {
        let source = "def r = new XmlSlurper().parseText(b)\nr.Order.each { it.Id; it.Total.toInteger() }\nmessage.getProperty('p'); headers.get('h')";
        let all = inputs(source, 5);
        assert_eq!(all.len(), 5);
        assert!(all[0].body.text.contains("<Order>\n    <Id>A101</Id>\n    <Total>3</Total>"), "{}", all[0].body.text);
        assert!(all[0].properties.contains_key("p") && all[0].headers.contains_key("h"));
        assert_eq!(all, inputs(source, 5), "the same every time");
    }

    #[test]
    fn dates_fit_their_pattern() {
        assert_eq!(date("yyyy-MM-dd'T'HH:mm:ss.SSS", 0), "2024-03-10T10:20:30.123");
    }
}
