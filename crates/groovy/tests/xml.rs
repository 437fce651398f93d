//! XML in scripts, with the results of the real Groovy: `xml.txt` has a script per line and its result below.
use groovy::{Host, Interpreter, Limits, Program, text};

struct Clock;

impl Host for Clock {
    fn now_millis(&self) -> i64 {
        1_700_000_000_000
    }
    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

const IMPORTS: &str = "import groovy.xml.*\nimport groovy.util.slurpersupport.*\nimport javax.xml.parsers.*\nimport javax.xml.xpath.*\nimport javax.xml.transform.*\nimport javax.xml.transform.dom.*\nimport javax.xml.transform.stream.*\nimport org.w3c.dom.*\nimport org.xml.sax.InputSource\n";

fn run(body: &str) -> String {
    let program = match Program::parse("script", &format!("{IMPORTS}def probe() {{ {body}\n }}")) {
        Ok(p) => p,
        Err(e) => return format!("parse {e}"),
    };
    let mut it = Interpreter::new(&program, Limits::default(), Box::new(Clock));
    match it.call("probe", vec![]) {
        Ok(v) => text(&v),
        Err(e) => format!("!! {}: {}", e.class, e.message.lines().next().unwrap_or("")),
    }
}

/// One line; what differs from run to run is levelled.
fn line(s: &str) -> String {
    let s = s.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
    let mut out = String::new();
    let mut rest = s.as_str();
    while let Some(i) = rest.find('@') {
        let (head, tail) = rest.split_at(i + 1);
        out.push_str(head);
        let hex = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_hexdigit()).len();
        rest = if (5..=8).contains(&hex) {
            out.push('1');
            &tail[hex..]
        } else {
            tail
        };
    }
    out + rest
}

#[test]
fn as_the_real_groovy() {
    let all: Vec<&str> = include_str!("xml.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    let mut wrong = String::new();
    let (mut right, mut total) = (0, 0);
    for pair in all.chunks(2) {
        let (script, want) = (pair[0], pair[1].strip_prefix("=> ").expect("a result"));
        total += 1;
        let got = line(&run(script));
        if got == want {
            right += 1;
        } else {
            wrong.push_str(&format!("{script}\n    want {want}\n    got  {got}\n"));
        }
    }
    assert!(wrong.is_empty(), "{right} of {total}\n{wrong}");
}

/// Deep, large and twisted documents end, and nothing panics; a small stack would not survive a recursion.
#[test]
fn hostile_documents_end() {
    for (body, want) in [
        ("new XmlSlurper().parseText('<a>' * 100000 + 'x' + '</a>' * 100000).text()", "x"),
        ("new XmlSlurper().parseText('<a>' * 100000 + 'x' + '</a>' * 100000).'**'.size()", "100000"),
        ("new XmlParser().parseText('<a>' * 100000 + 'x' + '</a>' * 100000).text()", "x"),
        ("new XmlParser().parseText('<a>' * 20000 + 'x' + '</a>' * 20000).toString().length() > 100", "true"),
        ("new XmlParser().parseText('<a>' * 50000 + '</a>' * 50000).clone().depthFirst().size()", "50000"),
        ("XmlUtil.serialize('<a>' * 1000 + '</a>' * 1000).length() > 100", "true"),
        ("def n = new Node(null, 'r'); for (int i = 0; i < 50000; i++) { n = new Node(n, 'x') }; n.text()", ""),
        ("def x = new Node(null, 'r'); x.append(x); x.text()", ""),
        (
            "def x = new XmlSlurper().parseText('<a><b>1</b></a>'); 10.times { x.appendNode(x) }; x.text().length() > 1",
            "true",
        ),
        (
            "def x = new XmlSlurper().parseText('<a/>'); x.appendNode(x); try { XmlUtil.serialize(x) } catch (StackOverflowError e) { 'deep' }",
            "deep",
        ),
        (
            "def x = new XmlSlurper().parseText('<a><b/></a>'); x.b.replaceNode { b -> mkp.yield(b) }; XmlUtil.serialize(x).contains('<b/>')",
            "true",
        ),
        (
            "def d = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader('<a>' * 50000 + '</a>' * 50000))); XPathFactory.newInstance().newXPath().evaluate('count(//a)', d)",
            "50000",
        ),
        (
            "def d = DocumentBuilderFactory.newInstance().newDocumentBuilder().newDocument(); def e = d.createElement('e'); d.appendChild(e); try { e.appendChild(e) } catch (e2) { e2.class.simpleName }",
            "DOMException",
        ),
        (
            "try { XPathFactory.newInstance().newXPath().evaluate('(' * 2000 + '1' + ')' * 2000, null) } catch (e) { 'deep' }",
            "deep",
        ),
        ("try { XPathFactory.newInstance().newXPath().evaluate('1' + '+1' * 400, null) } catch (e) { 'deep' }", "401"),
        (
            "def s = new XmlSlurper(false, false, true); try { s.parseText('<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"' + '&a;' * 1000 + '\"><!ENTITY c \"' + '&b;' * 1000 + '\">]><a>&c;</a>') } catch (e) { e.message.contains('entity expansions') }",
            "true",
        ),
        (
            "def s = new XmlSlurper(false, false, true); try { s.parseText('<!DOCTYPE a [<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">]><a>&a;</a>') } catch (e) { e.message.contains('Recursive') }",
            "true",
        ),
        (
            "def s = new XmlSlurper(false, false, true); s.parseText('<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>').text()",
            "",
        ),
    ] {
        let body = body.to_string();
        let shown = body.clone();
        let got = std::thread::Builder::new().stack_size(2 << 20).spawn(move || run(&body)).unwrap().join().unwrap();
        assert_eq!(got, want, "{shown}");
    }
}

/// Text that is no XML is refused, wherever it is cut.
#[test]
fn every_prefix_of_a_document_is_answered() {
    let whole = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY e \"x\"><!ATTLIST a k CDATA 'd'>]><a x:y='1' xmlns:x=\"u\">t&amp;&#65;&e;<!-- c --><![CDATA[<]]><?p q?><b/></a>";
    for n in 0..=whole.len() {
        let part = whole[..n].replace('\\', "\\\\").replace('\'', "\\'");
        let got = run(&format!("new XmlSlurper(false, true, true).parseText('{part}').text()"));
        assert!(
            n == whole.len() && got == "t&Ax<" || got.starts_with("!! org.xml.sax.SAXParseException"),
            "{part} {got}"
        );
    }
}
