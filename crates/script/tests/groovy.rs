//! Groovy: the script API of a message, errors, limits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::{Attachment, Clock, Entropy, ManualClock, Message, MessageId, SeededEntropy, Timestamp, Value};
use bytes::Bytes;
use script::{
    EntryWrite, Groovy, Host, Invocation, Limits, PartnerQuestion, ScriptError, ScriptErrorKind, ScriptOutput,
    SecretValue, Services, StoredEntry, check_groovy,
};

struct World;

fn services() -> Arc<dyn Services> {
    Arc::new(World)
}

impl Services for World {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(ManualClock::at(Timestamp(1_700_000_000_000)))
    }

    fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::new(SeededEntropy::new(1))
    }

    fn secret(&self, name: &str) -> Option<SecretValue> {
        let password = match name {
            "erp" => "s3cret",
            "rsa" => include_str!("keys/rsa.pem"),
            "ec" => include_str!("keys/ec.pem"),
            "pkcs1" => include_str!("keys/pkcs1.pem"),
            _ => return None,
        };
        Some(SecretValue { user: "anna".into(), password: password.into() })
    }

    fn map_value(&self, source: (&str, &str), value: &str, target: (&str, &str)) -> Option<String> {
        (source == ("A", "country") && target == ("B", "land")).then(|| format!("<{value}>"))
    }

    fn partner(&self, question: &PartnerQuestion) -> Option<String> {
        match question {
            PartnerQuestion::Parameter { partner, name } => (name == "url").then(|| format!("https://{partner}")),
            PartnerQuestion::OfUser(user) => Some(format!("partner of {user}")),
            _ => None,
        }
    }

    fn next_number(&self, range: &str) -> Result<String, String> {
        if range == "orders" { Ok("0042".to_owned()) } else { Err(format!("no range {range}")) }
    }

    fn read_entry(&self, store: &str, id: &str) -> Result<Option<StoredEntry>, String> {
        let headers = [("Count", 7_i64)].into_iter().collect();
        match (store, id) {
            ("s", "known") => Ok(Some(StoredEntry { body: "entry".into(), headers })),
            ("s", _) => Ok(None),
            _ => Err("no such store".to_owned()),
        }
    }

    fn write_entry(&self, write: EntryWrite) -> Result<(), String> {
        let EntryWrite { store, id, overwrite, encrypt, entry } = write;
        let body = String::from_utf8_lossy(&entry.body).into_owned();
        let headers: Vec<_> = entry.headers.iter().map(|(n, v)| format!("{n}={v}")).collect();
        Err(format!("{store}/{id} {overwrite} {encrypt} {body} {headers:?}"))
    }
}

struct Call<'a> {
    source: &'a str,
    function: &'a str,
    message: Message,
    body_is_text: bool,
    exception: Option<&'a str>,
    thrown: Option<&'a str>,
    limits: Limits,
    companions: BTreeMap<String, String>,
}

impl<'a> Call<'a> {
    fn of(source: &'a str, message: Message) -> Self {
        let (limits, companions) = (Limits::default(), BTreeMap::new());
        Call {
            source,
            function: "processData",
            message,
            body_is_text: false,
            exception: None,
            thrown: None,
            limits,
            companions,
        }
    }

    fn run(self, host: &Groovy) -> Result<ScriptOutput, ScriptError> {
        host.run(Invocation {
            path: "script/test.groovy",
            source: self.source,
            companions: &Arc::new(self.companions),
            flow: "orders",
            function: self.function,
            message: self.message,
            body_is_text: self.body_is_text,
            message_id: &MessageId::from_text("A-1"),
            exception: self.exception,
            thrown: self.thrown,
            limits: self.limits,
            services: &services(),
        })
    }
}

fn message() -> Message {
    let mut message = Message::of("grüß 👋");
    message.headers.set("Content-Type", "text/plain");
    message.headers.set("Count", 7_i64);
    message.properties.insert("p".into(), Value::Bool(true));
    message.properties.insert("name".into(), "x".into());
    message
}

const IMPORTS: &str = "import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.it.api.ITApiFactory
import com.sap.it.api.securestore.*
import com.sap.it.api.mapping.*
import com.sap.it.api.pd.*
import com.sap.it.api.keystore.KeystoreService
import com.sap.it.api.nrc.NumberRangeConfigurationService
import com.sap.it.api.nrc.exception.NumberRangeConfigException
import com.sap.it.api.asdk.datastore.*
import com.sap.it.api.asdk.runtime.*
import com.sap.it.op.b2b.monitor.api.Direction
import org.osgi.framework.FrameworkUtil
import org.slf4j.LoggerFactory
import javax.activation.DataHandler
import javax.mail.util.ByteArrayDataSource
import java.util.HashMap
";

fn run(host: &Groovy, statements: &str) -> Result<ScriptOutput, ScriptError> {
    let source = format!("{IMPORTS}\ndef Message processData(Message message) {{\n{statements}\nreturn message\n}}");
    Call::of(&source, message()).run(host)
}

/// The statements of `processData`, and the body that they leave.
fn check(cases: &[(&str, &str)]) {
    check_with(false, cases);
}

/// Likewise, with a body that came from a channel or was set as a text.
fn check_with(body_is_text: bool, cases: &[(&str, &str)]) {
    let host = Groovy::default();
    for (statements, expected) in cases {
        let source =
            format!("{IMPORTS}\ndef Message processData(Message message) {{\n{statements}\nreturn message\n}}");
        let got = match (Call { body_is_text, ..Call::of(&source, message()) }).run(&host) {
            Ok(output) => output.message.text().into_owned(),
            Err(error) => format!("{:?}: {}", error.kind, error.message),
        };
        assert_eq!(got, *expected, "{statements}");
    }
}

#[test]
fn bodies_are_read_and_written() {
    check(&[
        ("", "grüß 👋"),
        ("message.setBody(message.getBody())", "grüß 👋"),
        ("message.setBody(message.getBody(java.lang.String) + '!')", "grüß 👋!"),
        ("message.setBody(message.getBody(String) as String)", "grüß 👋"),
        ("message.setBody(message.getBody(String.class).length())", "7"),
        ("message.setBody(message.getBody(java.io.Reader).getText() + '?')", "grüß 👋?"),
        ("def r = message.getBody(Reader); message.setBody(r.text)", "grüß 👋"),
        ("message.setBody(message.getBody(java.io.InputStream).getText('UTF-8'))", "grüß 👋"),
        ("message.setBody(message.getBody(java.io.InputStream))", "grüß 👋"),
        ("message.setBody(message.getBody(byte[]).length)", "11"),
        ("byte[] b = message.getBody(byte[].class); message.setBody(b)", "grüß 👋"),
        ("message.setBody(message.getBodySize())", "11"),
        ("message.setBody('ä'); message.setBody(message.getBodySize())", "2"),
        ("message.setBody(null)", ""),
        ("message.setBody(12.50)", "12.50"),
        ("message.setBody(\"a${1 + 1}\")", "a2"),
        ("message.setBody([a: 1, b: [1, 'x']])", "{a=1, b=[1, x]}"),
        ("message.setBody(new StringBuilder('sb'))", "sb"),
        ("message.setBody('7'); message.setBody(message.getBody(Integer) + 1)", "8"),
        ("message.setBody('x'); message.setBody(message.getBody(Integer))", ""),
        (
            "message.setBody(new StringReader('once')); message.getBody(String); message.setBody(message.getBody(String))",
            "once",
        ),
        ("message.body = message.body.toUpperCase()", "GRÜSS 👋"),
        ("def w = new StringWriter(); w << 'w'; message.setBody(w)", "w"),
        ("message.setBody(new XmlSlurper().parseText('<a><b>1</b></a>').b)", "1"),
    ]);
}

/// What the stream of a channel does was seen in the real Groovy, except where it is used as a text: there CPI gives
/// the object's name or fails.
#[test]
fn a_body_from_a_channel_is_a_stream_that_can_be_read_again() {
    check(&[
        ("message.setBody(message.body.getClass().name)", "org.apache.camel.converter.stream.InputStreamCache"),
        ("message.setBody(message.body instanceof InputStream)", "true"),
        ("message.setBody(message.body instanceof String)", "false"),
        ("message.setBody(message.getBody().text)", "grüß 👋"),
        ("message.setBody(message.getBody().getText('ISO-8859-1').length())", "11"),
        ("message.setBody(new InputStreamReader(message.getBody(), 'UTF-8').text)", "grüß 👋"),
        ("message.body.text; message.setBody('<' + message.body.text + '>')", "<>"),
        ("message.body.text; message.body.reset(); message.setBody(message.body.text)", "grüß 👋"),
        ("message.body.text; message.setBody(message.getBody(String))", "grüß 👋"),
        ("message.body.text; message.setBody(message.getBody(InputStream).text)", "grüß 👋"),
        ("message.body.text", "grüß 👋"),
        ("def b = message.body; b.read(); message.setBody(b)", "grüß 👋"),
        ("def b = message.body; message.setBody('x'); message.setBody(b)", "grüß 👋"),
        ("message.setBody(message.body.bytes.length)", "11"),
        ("message.setBody(message.body.available())", "11"),
        ("message.setBody(message.body.is(message.body))", "true"),
        ("message.setBody(message.body.is(message.getBody(InputStream)))", "true"),
        (
            "def o = new ByteArrayOutputStream(); message.body.writeTo(o); message.setBody(o.toString('UTF-8'))",
            "grüß 👋",
        ),
        ("def n = 0; message.body.eachByte { n++ }; message.setBody(n)", "11"),
        ("message.body.withReader('UTF-8') { message.setBody(it.text) }", "grüß 👋"),
        (
            "message.setBody(new ByteArrayInputStream('x'.bytes)); message.setBody(message.body.text + message.body.text)",
            "x",
        ),
        // As a text.
        ("message.setBody(message.body as String)", "grüß 👋"),
        ("message.setBody(message.body.toString() + '!')", "grüß 👋!"),
        ("message.setBody(\"<${message.body}>\")", "<grüß 👋>"),
        ("String b = message.body; message.setBody(b.length())", "7"),
        ("message.setBody(message.body.replaceAll('ß', 's'))", "grüs 👋"),
        ("message.setBody(message.body + '!')", "grüß 👋!"),
    ]);
    let json = Message::of("{\"a\": [1, 2]}");
    let xml = Message::of("<a><b>1</b></a>");
    for (statements, message, expected) in [
        ("new groovy.json.JsonSlurper().parse(message.getBody()).a[1]", json.clone(), "2"),
        ("new groovy.json.JsonSlurper().parse(message.body, 'UTF-8').a[1]", json.clone(), "2"),
        ("new groovy.json.JsonSlurper().parseText(message.body as String).a[1]", json, "2"),
        ("new XmlSlurper().parse(message.getBody()).b", xml.clone(), "1"),
        ("new XmlParser().parse(message.getBody()).b.text()", xml.clone(), "1"),
        ("org.apache.commons.io.IOUtils.toString(message.body, 'UTF-8').size()", xml, "15"),
    ] {
        let source = format!("def processData(message) {{ message.setBody({statements}); return message }}");
        let output = Call::of(&source, message).run(&Groovy::default()).expect("runs");
        assert_eq!(output.message.text(), expected, "{statements}");
    }
}

#[test]
fn a_body_that_was_set_as_a_text_stays_one() {
    check_with(
        true,
        &[
            ("message.setBody(message.body.getClass().name)", "java.lang.String"),
            ("message.setBody(message.body[0..1] + message.body.size())", "gr7"),
            ("message.setBody('x'); message.setBody(message.body.getClass().name)", "java.lang.String"),
            ("message.setBody('x'.bytes); message.setBody(message.body.getClass().name)", "[B"),
        ],
    );
    let host = Groovy::default();
    for (body_is_text, statements, expected) in [
        (false, "", false),
        (true, "", true),
        (false, "message.body.text", false),
        (false, "message.setBody(message.body)", false),
        (false, "message.setBody('x')", true),
        (false, "message.setBody(\"${1}\")", true),
        (true, "message.setBody('x'.bytes)", false),
        (true, "message.setBody(null)", false),
    ] {
        let source = format!("def processData(message) {{ {statements}\nreturn message }}");
        let output = Call { body_is_text, ..Call::of(&source, message()) }.run(&host).expect("runs");
        assert_eq!(output.body_is_text, expected, "{statements}");
    }
}

#[test]
fn headers_and_properties_are_live() {
    check(&[
        ("message.setBody(message.getHeaders().get('COUNT') + 1)", "8"),
        ("message.setBody(message.headers.count)", "7"),
        ("message.setBody(message.headers['content-type'])", "text/plain"),
        ("message.setBody(message.getHeader('Count', java.lang.String) + 1)", "71"),
        ("message.setBody(message.getHeader('none', java.lang.String) == null)", "true"),
        ("message.getHeaders().put('New', 'n'); message.setBody(message.getHeader('new', String))", "n"),
        ("message.setHeader('COUNT', 9); message.setBody(message.getHeaders().get('Count'))", "9"),
        ("message.getProperties().put('q', 5); message.setBody(message.getProperty('q') + 1)", "6"),
        ("def map = message.getProperties(); message.setBody(map.get('name') + map.get('p'))", "xtrue"),
        ("message.properties.name = 'y'; message.setBody(message.getProperty('name'))", "y"),
        ("message.setProperties(new HashMap([a: 'b'])); message.setBody(message.properties.size())", "1"),
        ("message.setHeaders(message.getHeaders()); message.setBody(message.headers.Count)", "7"),
        ("message.setBody(message.getHeaders().get('SAP_MessageProcessingLogID'))", "A-1"),
        ("message.setBody(message.getProperty('SAP_MessageProcessingLogID'))", "A-1"),
        ("message.setBody(message.exchange.getProperty('name') + message.exchange.getIn().getHeader('Count'))", "x7"),
        ("message.setBody(message.exchange.getExchangeId() + message.exchange.context.getName())", "A-1orders"),
        (
            "message.setBody(message.exchange.getContext().getTypeConverter().convertTo(String.class, [65, 66] as byte[]))",
            "AB",
        ),
    ]);
}

#[test]
fn what_scripts_leave_has_kinds() {
    let output = run(
        &Groovy::default(),
        "message.setHeader('L', 5000000000L); message.setHeader('b', true); message.setHeader('f', 1.5d)
         message.setHeader('d', 1.50); message.setHeader('g', \"a${1}\"); message.headers.remove('content-type')
         message.setProperty('list', [1, [x: 'y']]); message.setProperty('date', new Date(0)); message.setProperty('p', null)
         message.setProperty('self', message.getProperties().size())",
    )
    .unwrap();
    let headers: Vec<String> = output.message.headers.iter().map(|(n, v)| format!("{n}={v:?}")).collect();
    assert_eq!(
        headers,
        ["Count=Int(7)", "L=Int(5000000000)", "b=Bool(true)", "f=Float(1.5)", "d=Text(\"1.50\")", "g=Text(\"a1\")"]
    );
    let properties: Vec<String> = output.message.properties.iter().map(|(n, v)| format!("{n}={v}")).collect();
    assert_eq!(properties, ["p=", "name=x", "list=[1, {x=y}]", "date=1970-01-01T00:00:00.000Z", "self=5"]);
}

#[test]
fn attachments_are_kept_and_made() {
    let host = Groovy::default();
    let mut before = message();
    let content = Bytes::from_static(b"\xff\xfe");
    before.attachments.push(Attachment { name: "raw".into(), media_type: "image/png".into(), content });
    let source = format!(
        "{IMPORTS}def Message processData(Message message) {{
           def all = message.getAttachments()
           message.setBody(all.keySet().join() + all.raw.getContentType() + all.get('raw').getInputStream().bytes.length)
           message.addAttachmentObject('new', new DataHandler(new ByteArrayDataSource('text', 'text/csv')))
           message.addAttachmentObject('two', new org.apache.camel.impl.DefaultAttachment(new DataHandler('y'.bytes, 'a/b')))
           message.setBody(message.getBody() + message.getAttachmentWrapperObjects().get('new').getDataHandler().getContent())
           message }}"
    );
    let output = Call::of(&source, before).run(&host).unwrap();
    assert_eq!(output.message.text(), "rawimage/png2text");
    let all: Vec<_> = output.message.attachments.iter().map(|a| (&*a.name, &*a.media_type, &*a.content)).collect();
    assert_eq!(all, [("raw", "image/png", &b"\xff\xfe"[..]), ("new", "text/csv", b"text"), ("two", "a/b", b"y")]);
}

#[test]
fn the_message_log_is_filled() {
    let output = run(
        &Groovy::default(),
        "def log = messageLogFactory.getMessageLog(message)
         if (log != null) {
           log.setStringProperty('a', 'b'); log.setIntegerProperty('n', 1); log.setStringProperty('a', 'c'); log.addAttachmentAsString('Payload', message.getBody(String), 'text/xml')
           log.addCustomHeaderProperty('Order', '42')
         }
         println 'not seen'; LoggerFactory.getLogger('x').info('hello')",
    )
    .unwrap();
    assert_eq!(output.headers, [("Order".to_owned(), "42".to_owned())]);
    assert_eq!(output.log_properties, [("a".to_owned(), "c".to_owned()), ("n".to_owned(), "1".to_owned())]);
    let log = &output.attachments[0];
    assert_eq!((&*log.name, &*log.media_type, &*log.text), ("Payload", "text/xml", "grüß 👋"));
}

#[test]
fn services_answer() {
    check(&[
        (
            "def s = ITApiFactory.getApi(SecureStoreService.class, null); def c = s.getUserCredential('erp')
             message.setBody(c.getUsername() + ':' + new String(c.getPassword()) + c.password.length)",
            "anna:s3cret6",
        ),
        (
            "def s = ITApiFactory.getService(SecureStoreService.class, null)
             try { s.getUserCredential('none') } catch (Exception e) { message.setBody(e.getMessage()) }",
            "the secret 'none' is not set",
        ),
        (
            "def v = ITApiFactory.getApi(ValueMappingApi.class, null)
             message.setBody(v.getMappedValue('A', 'country', 'DE', 'B', 'land') + v.getMappedValue('A', 'x', 'DE', 'B', 'land'))",
            "<DE>null",
        ),
        (
            "def p = ITApiFactory.getService(PartnerDirectoryService.class, null)
             message.setBody(p.getParameter('url', 'p1', String.class) + ' ' + p.getParameter('no', 'p1', String) + ' ' + p.getPartnerIdOfAuthorizedUser('u'))",
            "https://p1 null partner of u",
        ),
        (
            "ITApiFactory.getService(Message.class, null)",
            "Threw: the service com.sap.gateway.ip.core.customdev.util.Message is not available to scripts: it is not part of the script API here",
        ),
        (
            "def b = FrameworkUtil.getBundle(Class.forName('com.sap.it.op.x.Y')).getBundleContext()
             b.getService(b.getServiceReference('x')).createBusinessDocument(Direction.INBOUND).setId('5')
             message.setBody('went on')",
            "went on",
        ),
        ("def o = new Output(); o.addValue('a'); o.addSuppress(); message.setBody(o.collect { it }.size())", "2"),
        ("message.setBody(new Date().getTime())", "1700000000000"),
    ]);
}

#[test]
fn numbers_are_drawn_and_entries_are_read_and_written() {
    let range = "def r = ITApiFactory.getService(NumberRangeConfigurationService.class, null);";
    let store = "def s = new Factory(DataStoreService.class).getService();";
    check(&[
        (&format!("{range} message.setBody(r.getNextValuefromNumberRange('orders', null))"), "0042"),
        (
            &format!("{range} try {{ r.getNextValuefromNumberRange('x', null) }} catch (NumberRangeConfigException e) {{ message.setBody(e.message) }}"),
            "no range x",
        ),
        (
            &format!("{store} def e = s.get('s', 'known'); message.setBody(new String(e.getDataAsArray()) + e.headers.Count + e.dataAsStream.text)"),
            "entry7entry",
        ),
        (&format!("{store} message.setBody(s.get('s', 'unknown') == null)"), "true"),
        (&format!("{store} s.get('t', 'known')"), "Threw: no such store"),
        (
            &format!("{store} def b = new DataBean(); def c = new DataConfig(); b.setDataAsArray('x'.bytes); b.setHeaders([a: 1])
             c.setStoreName('s'); c.setId('1'); c.setOverwrite(true); s.put(b, c)"),
            "Threw: s/1 true false x [\"a=1\"]",
        ),
    ]);
}

/// Values seen in a Java virtual machine with the same files.
#[test]
fn keys_and_certificates_are_secrets_in_pem() {
    let k = "def k = ITApiFactory.getApi(KeystoreService.class, null);";
    let rsa = &format!("{k} def c = k.getCertificate('rsa');");
    let verify = |key: &str, kind: &str| {
        format!("{k} def s = java.security.Signature.getInstance('SHA256with{kind}'); s.initSign({key}); s.update('abc'.bytes)
            def d = s.sign(); s.initVerify(k.getCertificate('{}')); s.update('abc'.bytes); def ok = s.verify(d)
            s.update('abd'.bytes); message.setBody('' + ok + ' ' + s.verify(d))", if kind == "RSA" { "rsa" } else { "ec" })
    };
    check(&[
        (&format!("{k} message.setBody(k.getKey('none') == null && k.getCertificate('none') == null)"), "true"),
        (&format!("{k} k.getKey('erp')"), "Threw: the secret 'erp': it holds no key and no certificate in PEM"),
        (&format!("{rsa} message.setBody(c.subjectDN)"), "CN=orders.example.com, OU=Integration, O=\"Example, Inc\", C=DE"),
        (
            &format!("{rsa} message.setBody(c.issuerX500Principal.name)"),
            "CN=orders.example.com,OU=Integration,O=Example\\, Inc,C=DE",
        ),
        (&format!("{rsa} message.setBody(c.serialNumber)"), "5373003642731685151011"),
        (&format!("{rsa} message.setBody(c.notAfter.time + ' ' + c.getNotBefore().time)"), "4948935656000 1795335656000"),
        (&format!("{rsa} message.setBody(c.type + c.version + c.sigAlgName)"), "X.5093SHA256withRSA"),
        (
            &format!("{rsa} message.setBody([c.encoded.length, c.publicKey.encoded.length, c.publicKey.format])"),
            "[907, 294, X.509]",
        ),
        (&format!("{rsa} c.checkValidity(new Date(0))"), "Threw: NotBefore: Sun Nov 22 08:20:56 UTC 2026"),
        (&format!("{rsa} c.checkValidity(new Date(1800000000000)); message.setBody('valid')"), "valid"),
        (&format!("{rsa} message.setBody(c instanceof java.security.cert.X509Certificate)"), "true"),
        (
            &format!("{k} def p = k.getKeyPair('rsa'); message.setBody([p.private.algorithm, p.private.format, p.private.encoded.length, p.public.algorithm])"),
            "[RSA, PKCS#8, 1217, RSA]",
        ),
        (&format!("{k} message.setBody(k.getKey('pkcs1').encoded == k.getKey('rsa').encoded)"), "true"),
        (&format!("{k} message.setBody(k.getPrivateKeyEntry('rsa', 'system').getPrivateKey().getEncoded().length)"), "1217"),
        (&format!("{k} message.setBody(k.getCertificateChain('rsa').length + ' ' + k.getKey('ec').encoded.length)"), "1 138"),
        (
            &format!("{k} def s = java.security.Signature.getInstance('SHA256withRSA'); s.initSign(k.getKey('rsa')); s.update('abc'.bytes)
             message.setBody(s.sign().encodeBase64().toString()[0..31])"),
            "qXR7ptmZPi5vIdoEAjTRNEyS0saXu5db",
        ),
        (&verify("k.getKey('rsa')", "RSA"), "true false"),
        (&verify("k.getKey('ec')", "ECDSA"), "true false"),
        (
            &verify("java.security.KeyFactory.getInstance('RSA').generatePrivate(new java.security.spec.PKCS8EncodedKeySpec(k.getKey('rsa').encoded))", "RSA"),
            "true false",
        ),
        (&verify("k.getKey('ec')", "RSA"), "Threw: the key does not fit the algorithm"),
        ("java.security.Signature.getInstance('x')", "Threw: x Signature not available"),
        ("java.security.Signature.getInstance('SHA256withRSA').sign()", "Threw: object not initialized for signing"),
        (
            "java.security.KeyFactory.getInstance('RSA').generatePrivate(new java.security.spec.PKCS8EncodedKeySpec('x'.bytes))",
            "Threw: java.security.InvalidKeyException: invalid key format",
        ),
        (
            "def f = java.security.cert.CertificateFactory.getInstance('X.509'); f.generateCertificate(new ByteArrayInputStream('x'.bytes))",
            "Threw: Could not parse certificate",
        ),
    ]);
}

#[test]
fn other_functions_and_companions_are_called() {
    let host = Groovy::default();
    let source = "import src.main.resources.script.Tool
        def Message mapIt(Message message) { message.setBody(new Tool('a').twice() + Tool.NAME + Other.shout('x')); return message }";
    let companions = BTreeMap::from([
        ("script/Tool.groovy".to_owned(), "package src.main.resources.script\nimport java.security.MessageDigest\nclass Tool { static final String NAME = 'tool'\n String s\n Tool(String s) { this.s = s }\n String twice() { s + s } }".to_owned()),
        ("script/Other.groovy".to_owned(), "class Other { static shout(s) { s.toUpperCase() } }".to_owned()),
    ]);
    for _ in 0..2 {
        let call = Call { function: "mapIt", companions: companions.clone(), ..Call::of(source, message()) };
        assert_eq!(call.run(&host).unwrap().message.text(), "aatoolX");
    }
    let broken = BTreeMap::from([("script/Tool.groovy".to_owned(), "class {".to_owned())]);
    let call = Call { function: "mapIt", companions: broken, ..Call::of(source, message()) };
    let error = call.run(&host).unwrap_err();
    assert!(error.message.starts_with("script/Tool.groovy line 1 column 7"), "{}", error.message);
}

#[test]
fn an_exception_subprocess_sees_the_exception() {
    let host = Groovy::default();
    let source = "def Message processData(Message message) {
        def e = message.getProperties().get('CamelExceptionCaught')
        if (e != null) {
          if (e.getClass().getCanonicalName().equals('org.apache.camel.component.ahc.AhcOperationFailedException')) {
            message.setBody(e.getStatusCode() + e.getStatusText() + e.getResponseBody() + e.statusCode)
          } else { e.printStackTrace(); message.setBody(e.getMessage() + '|' + e.getCause() + '|' + (e instanceof Exception)) }
        }
        return message }";
    let call = |message: Message| Call { exception: Some("503 from billing"), ..Call::of(source, message) };
    let mut before = message();
    before.properties.insert("CamelExceptionCaught".into(), "503 from billing".into());
    let after = call(before.clone()).run(&host).unwrap().message;
    assert_eq!(after.text(), "503 from billing|null|true");
    assert_eq!(after.properties["CamelExceptionCaught"], Value::from("503 from billing"));
    before.headers.set("CamelHttpResponseCode", 503_i64);
    before.properties.insert("SemelResponseBody".into(), "down".into());
    assert_eq!(call(before.clone()).run(&host).unwrap().message.text(), "503Service Unavailabledown503");
    // A script failed: what an earlier receiver answered does not count.
    let source = "def Message processData(Message message) {
        def e = message.getProperty('CamelExceptionCaught'); def c = e.cause
        message.setBody([e.class.name, e.message, c.class.name, c.message, c instanceof IllegalStateException].join('|')); message }";
    let thrown = Some("java.lang.IllegalStateException");
    let after = Call { exception: Some("no order"), thrown, ..Call::of(source, before) }.run(&host).unwrap().message;
    let expect = "javax.script.ScriptException|no order|java.lang.IllegalStateException|no order|true";
    assert_eq!(after.text(), expect);
    // A class that the script defines.
    let own = Call { exception: Some("no order"), thrown: Some("MyEx"), ..Call::of(source, message()) };
    let expect = "javax.script.ScriptException|no order|MyEx|no order|false";
    assert_eq!(own.run(&host).unwrap().message.text(), expect);
}

#[test]
fn failures_have_words_and_places() {
    let host = Groovy::default();
    for (source, kind, text, trace) in [
        (
            "def helper(x) {\n  throw new IllegalStateException('no ' + x)\n}\ndef Message processData(Message m) {\n  helper('order')\n}",
            ScriptErrorKind::Threw,
            "no order",
            "java.lang.IllegalStateException: no order\n  at script/test.groovy line 2\n  in helper line 2\n  in processData line 5",
        ),
        (
            "def processData(m) {\n  m.foo(1)\n}",
            ScriptErrorKind::Threw,
            "No signature of method: com.sap.gateway.ip.core.customdev.util.Message.foo() is applicable for argument types: (java.lang.Integer) values: [1]",
            "help: scripts run without a Java virtual machine",
        ),
        (
            "class MyEx extends Exception { MyEx(String s) { super(s) } }\ndef processData(m) { throw new MyEx('mine') }",
            ScriptErrorKind::Threw,
            "mine",
            "MyEx: mine\n  at script/test.groovy line 2",
        ),
        ("def processData(m) { null.x }", ScriptErrorKind::Threw, "Cannot get property 'x' on null object", "line 1"),
        ("def processData(m) { throw new Exception() }", ScriptErrorKind::Threw, "java.lang.Exception", "line 1"),
        (
            "def processData(m) { 'text' }",
            ScriptErrorKind::Threw,
            "`processData` has to return the message that it was given, not an object of java.lang.String",
            "",
        ),
        (
            "def processData(m) {\n  def x = [1,\n}",
            ScriptErrorKind::Threw,
            "script/test.groovy line 3 column 1: ",
            "}\n^",
        ),
        ("def other(m) { m }", ScriptErrorKind::Missing, "script/test.groovy has no function `processData`", ""),
        (
            "def processData(m) { new com.sap.foo.Bar() }",
            ScriptErrorKind::Threw,
            "the class com.sap.foo.Bar is not part of the script API here",
            "line 1",
        ),
        ("def processData(m) { processData(m) }", ScriptErrorKind::Limit, "nested too deeply", ""),
        (
            "def processData(m) { def s = 'abcdefgh'; while (true) { s += s } }",
            ScriptErrorKind::Limit,
            "too much memory",
            "",
        ),
        (
            "def processData(m) { def s = java.security.Signature.getInstance('SHA256withRSA'); def b = new byte[1 << 20]; while (true) { s.update(b) } }",
            ScriptErrorKind::Limit,
            "too much memory",
            "",
        ),
        (
            "def processData(m) { def l = []; l << l; m.setProperty('l', l); m }",
            ScriptErrorKind::Threw,
            "nested too deeply",
            "",
        ),
        (
            "def processData(m) { 5000.times { messageLogFactory.getMessageLog(m).addCustomHeaderProperty('a', 'b') }; m }",
            ScriptErrorKind::Limit,
            "too much into the message log",
            "",
        ),
    ] {
        let error = Call::of(source, message()).run(&host).unwrap_err();
        assert_eq!(error.kind, kind, "{source}: {error:?}");
        assert!(error.message.contains(text), "{source}: {}", error.message);
        assert!(error.trace.contains(trace), "{source}: {}", error.trace);
    }
}

#[test]
fn failures_name_file_and_line() {
    let host = Groovy::default();
    let others =
        BTreeMap::from([("script/Voice.groovy".to_owned(), "class Voice {\n\n def loud(x) { x.y } }".to_owned())]);
    for (source, place) in [
        ("def processData(m) {\n  null.x }", "script/test.groovy:2"),
        (
            "def helper() {\n  throw new IllegalStateException() }\ndef processData(m) {\n  helper() }",
            "script/test.groovy:2",
        ),
        ("def processData(m) {\n  try { null.x } catch (e) { }\n  [1].each {\n    null.y } }", "script/test.groovy:4"),
        ("def processData(m) { 'text' }", "script/test.groovy"),
        // A method of a class that more than one file may have.
        ("def processData(m) { new Voice().loud(null) }", "loud, line 3"),
    ] {
        let call = Call { companions: others.clone(), ..Call::of(source, message()) };
        let error = call.run(&host).unwrap_err();
        assert_eq!(error.place.as_deref(), Some(place), "{source}: {error:?}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the time limit is real elapsed time")]
fn scripts_end_in_time() {
    let host = Groovy::default();
    let limits = Limits { time: Duration::from_millis(200), ..Limits::default() };
    for source in [
        "def processData(m) { while (true) { } }",
        "def processData(m) { for (;;) { try { [1].each { it } } catch (e) { } } }",
        "def processData(m) { def x = 3; while (true) { x = (x + 1) % 1000 } }",
        // Every match looks at the whole rest of the text.
        "def processData(m) { ('a' * 1000000).findAll(/a*b|a/) }",
        "def processData(m) { ('a' * 1000000).replaceAll(/a*b|a/, 'c') }",
        "def processData(m) { (('a' * 1000000) =~ /a*b|a/).collect { it } }",
    ] {
        let start = Instant::now();
        let error = Call { limits, ..Call::of(source, message()) }.run(&host).unwrap_err();
        assert_eq!(error.kind, ScriptErrorKind::Limit, "{source}: {error:?}");
        assert!(start.elapsed() < Duration::from_secs(4), "{source}");
    }
}

#[test]
fn nothing_of_one_call_is_left_for_the_next() {
    let host = Groovy::default();
    let source = "seen = 0\ndef Message processData(Message message) { counter = (binding_ ?: 0) + 1; message }";
    for _ in 0..2 {
        assert!(Call::of(source, message()).run(&host).unwrap_err().message.contains("binding_"));
    }
    let many: Vec<_> = (0..8)
        .map(|n| {
            std::thread::spawn(move || {
                let host = Groovy::default();
                for _ in 0..20 {
                    let source = format!("def processData(m) {{ m.setBody(m.getBody() + {n}); m }}");
                    assert!(Call::of(&source, message()).run(&host).unwrap().message.text().ends_with(&n.to_string()));
                }
            })
        })
        .collect();
    many.into_iter().for_each(|t| t.join().unwrap());
}

#[test]
fn syntax_is_checked_without_running() {
    assert_eq!(check_groovy("a.groovy", "def Message processData(Message m) { return m }"), Ok(()));
    let (line, column, message) = check_groovy("a.groovy", "def f() {\n  def x = = 1\n}").unwrap_err();
    assert_eq!((line, column), (2, 11), "{message}");
    let deep = format!("def x = {}1{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(check_groovy("a.groovy", &deep).is_err());
}

/// Deep recursion ends with the limit, however small the stack of the caller is, and in what runs the script too.
#[test]
fn small_stacks_of_callers_are_enough() {
    let cases = [
        "def f(n) { f(n + 1) }\ndef processData(m) { f(0) }",
        "def processData(m) { def f; f = { [it].collect(f) }; f(1) }",
        "def processData(m) { def x = []; 100000.times { x = [x] }; m.setBody(x.toString()); m }",
    ];
    for stack in [512 << 10, 2 << 20, script::THREAD_STACK] {
        let run = move || cases.map(|c| Call::of(c, message()).run(&Groovy::default()).unwrap_err());
        let errors = std::thread::Builder::new().stack_size(stack).spawn(run).unwrap().join().unwrap();
        for (error, case) in errors.iter().zip(cases) {
            assert_eq!(error.kind, ScriptErrorKind::Limit, "{stack} {case}: {error:?}");
        }
    }
}
