//! SAP artifacts on the command line: the report, the refusal, the run.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// A folder of one test, removed when dropped, with what runs in it.
struct Place(PathBuf, Vec<Child>);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("semel-artifacts-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Place(path, Vec::new())
    }

    /// An artifact with an HTTPS sender, a content modifier, and what else stands between it and the end.
    fn artifact(&self, name: &str, more: &[(&str, &str)]) -> String {
        self.zip(name, iflw(more), &[])
    }

    /// An artifact of this flow with these scripts, or resources of other folders.
    fn zip(&self, name: &str, flow: String, scripts: &[(&str, &str)]) -> String {
        let path = self.0.join(format!("{name}.zip"));
        let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        let iflow = format!("src/main/resources/scenarioflows/integrationflow/{name}.iflw");
        let manifest = format!("Bundle-SymbolicName: {name}\r\nSAP-BundleType: IntegrationFlow\r\n");
        let scripts = scripts.iter().map(|(name, text)| {
            let folder = if name.contains('/') { "" } else { "script/" };
            (format!("src/main/resources/{folder}{name}"), (*text).to_owned())
        });
        let files = [
            ("META-INF/MANIFEST.MF".to_owned(), manifest),
            (iflow, flow),
            ("src/main/resources/parameters.prop".to_owned(), "greeting=nice to see you\n".to_owned()),
        ];
        for (file, text) in files.into_iter().chain(scripts) {
            zip.start_file(file, options).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        path.display().to_string()
    }

    fn semel(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_semel"));
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.semel(arguments).output().unwrap()
    }

    /// Starts a server and gives its address.
    fn serve(&mut self, arguments: &[&str]) -> String {
        self.serve_saying(arguments, "errors")
    }

    /// The same; what it says on stderr is in a file.
    fn serve_saying(&mut self, arguments: &[&str], file: &str) -> String {
        let running = self.0.join("data/server.json");
        let _ = fs::remove_file(&running);
        let mut command = self.semel(arguments);
        command
            .args(["--data", "data", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.0.join(file)).unwrap());
        self.1.push(command.spawn().unwrap());
        for _ in 0..1_200 {
            let text = fs::read(&running).unwrap_or_default();
            let running: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
            if let Some(address) = running["url"].as_str().and_then(|url| url.strip_prefix("http://")) {
                return address.to_owned();
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("the server does not listen");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for child in &mut self.1 {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn properties(pairs: &[(&str, &str)]) -> String {
    let one =
        |(key, value): &(&str, &str)| format!("<ifl:property><key>{key}</key><value>{value}</value></ifl:property>");
    let all: String = pairs.iter().map(one).collect();
    format!("<bpmn2:extensionElements>{all}</bpmn2:extensionElements>")
}

fn iflw(more: &[(&str, &str)]) -> String {
    let sender = [("ComponentType", "HTTPS"), ("direction", "Sender"), ("urlPath", "/greet"), ("userRole", "Caller")];
    let body =
        [("activityType", "Enricher"), ("bodyType", "expression"), ("wrapContent", "Hello ${in.body}, {{greeting}}")];
    let mut steps =
        format!("<bpmn2:callActivity id=\"s0\" name=\"Say hello\">{}</bpmn2:callActivity>", properties(&body));
    let mut nodes = vec!["start".to_owned(), "s0".to_owned()];
    for (number, (activity, name)) in more.iter().enumerate() {
        let id = format!("s{}", number + 1);
        let settings = properties(&[("activityType", activity)]);
        steps += &format!("<bpmn2:callActivity id=\"{id}\" name=\"{name}\">{settings}</bpmn2:callActivity>");
        nodes.push(id);
    }
    nodes.push("end".to_owned());
    for pair in nodes.windows(2) {
        let (from, to) = (&pair[0], &pair[1]);
        steps += &format!("<bpmn2:sequenceFlow id=\"{from}-{to}\" sourceRef=\"{from}\" targetRef=\"{to}\"/>");
    }
    format!(
        "<bpmn2:definitions xmlns:bpmn2=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:ifl=\"http:///com.sap.ifl.model/Ifl.xsd\" id=\"d\"><bpmn2:collaboration id=\"c\">\
         <bpmn2:participant id=\"p1\" ifl:type=\"EndpointSender\" name=\"Sender\"/>\
         <bpmn2:participant id=\"p2\" ifl:type=\"IntegrationProcess\" name=\"Main\" processRef=\"proc\"/>\
         <bpmn2:messageFlow id=\"m\" name=\"HTTPS\" sourceRef=\"p1\" targetRef=\"start\">{}</bpmn2:messageFlow>\
         </bpmn2:collaboration><bpmn2:process id=\"proc\" name=\"Main\">\
         <bpmn2:startEvent id=\"start\" name=\"Start\"><bpmn2:messageEventDefinition/></bpmn2:startEvent>{steps}\
         <bpmn2:endEvent id=\"end\" name=\"End\"><bpmn2:messageEventDefinition/></bpmn2:endEvent>\
         </bpmn2:process></bpmn2:definitions>",
        properties(&sender)
    )
}

/// Posts `Ada` as user `bob`; gives the answer's status and body.
fn post(address: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = "POST /http/greet HTTP/1.1\r\nHost: x\r\nAuthorization: Basic Ym9iOnB3\r\nContent-Length: 3\r\nConnection: close\r\n\r\nAda";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn set_secret(place: &Place) {
    let set = place.run(&["secret", "set", "Caller", "--user", "bob", "--value", "pw", "--data", "data"]);
    assert!(set.status.success(), "{}", text(&set));
}

#[test]
fn an_artifact_runs_as_it_was_exported() {
    let mut place = Place::new("runs");
    let zip = place.artifact("greet", &[]);
    let report = place.run(&["check", &zip]);
    assert_eq!(report.status.code(), Some(0), "{}", text(&report));
    assert!(text(&report).contains("4 of 4 elements run here: 100 %"), "{}", text(&report));
    set_secret(&place);
    let address = place.serve(&["run", &zip, "--set", "greeting=welcome"]);
    assert_eq!(post(&address), (200, "Hello Ada, welcome".to_owned()));
}

#[test]
fn what_does_not_run_is_said_refused_and_stubbed() {
    let mut place = Place::new("refused");
    let zip = place.artifact("mapped", &[("Mapping", "Map it")]);
    for arguments in [vec!["check", &zip], vec!["run", &zip, "--data", "data", "--listen", "127.0.0.1:0"]] {
        let refused = place.run(&arguments);
        assert_eq!(refused.status.code(), Some(3), "{}", text(&refused));
        let said = text(&refused);
        assert!(said.contains("Map it") && said.contains("not supported") && said.contains("4 of 5"), "{said}");
    }
    let json = place.run(&["check", &zip, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(report["flows"][0]["name"], "mapped", "{report}");
    set_secret(&place);
    let address = place.serve(&["run", &zip, "--stub-unsupported"]);
    assert_eq!(post(&address).0, 500);
    let messages = place.run(&["messages", "list", "--data", "data", "--format", "json"]);
    assert!(text(&messages).contains("does not run here"), "{}", text(&messages));
}

#[test]
fn a_flow_that_nothing_can_start_keeps_no_other_from_running() {
    let mut place = Place::new("left-out");
    fs::create_dir_all(place.0.join("both")).unwrap();
    for (name, flow) in [("greet", iflw(&[])), ("polls", iflw(&[]).replace("HTTPS", "SFTP"))] {
        let zip = place.zip(name, flow, &[]);
        fs::rename(zip, place.0.join(format!("both/{name}.zip"))).unwrap();
    }
    for arguments in [&["run", "both", "--data", "d"][..], &["check", "both"], &["diagram", "both"]] {
        let refused = place.run(arguments);
        assert_eq!(refused.status.code(), Some(3), "{arguments:?} {}", text(&refused));
        assert!(text(&refused).contains("nothing can start this flow"), "{}", text(&refused));
    }
    for (flow, code, said) in [
        ("greet", 0, "<svg"),
        ("polls", 3, "nothing can start this flow"),
        ("gone", 2, "choose one flow with --flow: greet"),
    ] {
        let drawn = place.run(&["diagram", "both", "--flow", flow]);
        assert_eq!((drawn.status.code(), text(&drawn).contains(said)), (Some(code), true), "{}", text(&drawn));
    }
    // One alone is refused: nothing would run.
    let alone = place.run(&["run", "both/polls.zip", "--stub-unsupported", "--data", "d"]);
    assert_eq!(alone.status.code(), Some(3), "{}", text(&alone));
    set_secret(&place);
    let address = place.serve_saying(&["run", "both", "--stub-unsupported"], "said");
    assert_eq!(post(&address).0, 200);
    let said = fs::read_to_string(place.0.join("said")).unwrap();
    assert!(said.contains("warning: flow polls is left out") && !said.contains("error"), "{said}");
}

#[test]
fn an_unpacked_folder_and_a_broken_zip() {
    let place = Place::new("folder");
    let folder = place.0.join("unpacked/src/main/resources/scenarioflows/integrationflow");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("greet.iflw"), iflw(&[])).unwrap();
    fs::create_dir_all(place.0.join("unpacked/META-INF")).unwrap();
    let manifest = "Bundle-SymbolicName: greet\r\nSAP-BundleType: IntegrationFlow\r\n";
    fs::write(place.0.join("unpacked/META-INF/MANIFEST.MF"), manifest).unwrap();
    let report = place.run(&["check", "unpacked", "--set", "greeting=welcome"]);
    assert_eq!(report.status.code(), Some(0), "{}", text(&report));
    fs::write(place.0.join("broken.zip"), b"PK\x03\x04 and nothing").unwrap();
    let broken = place.run(&["check", Path::new("broken.zip").to_str().unwrap()]);
    assert_eq!(broken.status.code(), Some(3), "{}", text(&broken));
}

#[test]
fn groovy_scripts_of_an_artifact_run() {
    let mut place = Place::new("groovy");
    let settings = properties(&[
        ("activityType", "Script"),
        ("subActivityType", "GroovyScript"),
        ("script", "shout.groovy"),
        ("scriptFunction", "shout"),
    ]);
    let flow = iflw(&[("Script", "Shout")]).replace(&properties(&[("activityType", "Script")]), &settings);
    let main = "import com.sap.gateway.ip.core.customdev.util.Message\nimport src.main.resources.script.Voice
        def Message shout(Message message) {
            def body = message.getBody(java.lang.String) as String
            message.setBody(new Voice().loud(body))
            messageLogFactory.getMessageLog(message)?.addAttachmentAsString('Said', message.getBody(String), 'text/plain')
            return message
        }";
    let voice = "package src.main.resources.script\nclass Voice { String loud(String s) { s.toUpperCase() + '!' } }";
    let zip = place.zip("shouting", flow.clone(), &[("shout.groovy", main), ("Voice.groovy", voice)]);
    let report = place.run(&["check", &zip]);
    assert_eq!(report.status.code(), Some(0), "{}", text(&report));
    assert!(text(&report).contains("5 of 5 elements run here: 100 %"), "{}", text(&report));
    set_secret(&place);
    let address = place.serve(&["run", &zip]);
    assert_eq!(post(&address), (200, "HELLO ADA, NICE TO SEE YOU!".to_owned()));
    let scripts = [("shout.groovy", "def Message shout(Message m) {\n  if (\n}")];
    let broken = place.zip("broken", flow.clone(), &scripts);
    let said = place.run(&["check", &broken]);
    assert_eq!(said.status.code(), Some(3), "{}", text(&said));
    let file = "src/main/resources/script/shout.groovy:3:1";
    assert!(text(&said).contains("J0001") && text(&said).contains(&format!("broken.zip/{file}")), "{}", text(&said));
    // Scripts of the same name in one folder are told apart.
    fs::create_dir(place.0.join("both")).unwrap();
    for name in ["one", "two"] {
        let zip = place.zip(name, flow.replace("/greet", &format!("/{name}")), &scripts);
        fs::rename(zip, place.0.join(format!("both/{name}.zip"))).unwrap();
    }
    let said = place.run(&["check", "both"]);
    for name in ["one", "two"] {
        assert!(text(&said).contains(&format!(" both/{name}.zip/{file}")), "{}", text(&said));
    }
}

#[test]
fn a_message_mapping_of_an_artifact_runs() {
    let mut place = Place::new("mapping");
    let settings = properties(&[
        ("activityType", "Mapping"),
        ("mappingType", "MessageMapping"),
        ("mappinguri", "dir://mmap/src/main/resources/mapping/Greet.mmap"),
    ]);
    let flow = iflw(&[("Mapping", "Greet")])
        .replace(&properties(&[("activityType", "Mapping")]), &settings)
        .replace("Hello ${in.body}, {{greeting}}", "&lt;S&gt;&lt;who&gt;${in.body}&lt;/who&gt;&lt;/S&gt;");
    let key = |kind: &str, file: &str, folder: &str| {
        format!(
            "<lnk><key typeID='{kind}'><elem>{file}</elem><elem>src/main/resources/{folder}</elem><elem>T</elem></key></lnk>"
        )
    };
    let source = "<brick path='/S/who' type='Src'/>";
    let map = format!(
        "<xiObj xmlns='urn:sap-com:xi'><lnks><lnkRole kpos='1' role='TARGET_IFR_MESS'>{}</lnkRole>\
         <lnkRole kpos='1' role='UsedFuncLib'>{}</lnkRole></lnks><transformation>\
         <brick path='/T' type='Dst'><arg><brick path='/S' type='Src'/></arg></brick>\
         <brick path='/T/loud' type='Dst'><arg><brick fname='loud' fns='voice' type='Func'><arg>{source}</arg></brick></arg>\
         </brick><brick path='/T/who' type='Dst'><arg>{source}</arg></brick></transformation></xiObj>",
        key("xsd", "T.xsd", "xsd"),
        key("gsh", "voice.groovy", "script"),
    );
    let schema = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='T'><xs:complexType><xs:sequence>\
                  <xs:element name='who'/><xs:element name='loud'/></xs:sequence></xs:complexType></xs:element></xs:schema>";
    let voice =
        "import com.sap.it.api.mapping.*\ndef String loud(String s, MappingContext c) { s.toUpperCase() + '!' }";
    let files = [("mapping/Greet.mmap", map.as_str()), ("xsd/T.xsd", schema), ("voice.groovy", voice)];
    let zip = place.zip("greeting", flow.clone(), &files);
    let report = place.run(&["check", &zip]);
    assert_eq!(report.status.code(), Some(0), "{}", text(&report));
    assert!(text(&report).contains("5 of 5 elements run here: 100 %"), "{}", text(&report));
    set_secret(&place);
    let address = place.serve(&["run", &zip]);
    let wanted = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<T><who>Ada</who><loud>ADA!</loud></T>";
    assert_eq!(post(&address), (200, wanted.to_owned()));
    let broken = [files[0], files[1], ("voice.groovy", "def loud(s) {\n  if (\n}")];
    let said = place.run(&["check", &place.zip("broken", flow.clone(), &broken)]);
    let file = "broken.zip/src/main/resources/script/voice.groovy:3:1";
    assert!(said.status.code() == Some(3) && text(&said).contains(file), "{}", text(&said));
    let unknown = map.replace("fname='loud' fns='voice'", "fname='louder' fns='dflt'");
    let said =
        place.run(&["check", &place.zip("unknown", flow, &[("mapping/Greet.mmap", &unknown), files[1], files[2]])]);
    assert!(text(&said).contains("target field /T/loud: the function `louder` is not available"), "{}", text(&said));
}

#[test]
fn a_new_directory_is_opened_by_many_at_once() {
    let place = Place::new("many");
    for round in 0..10 {
        let data = format!("data{round}");
        let set = |n: usize| {
            let name = format!("S{n}");
            let mut command = place.semel(&["secret", "set", &name, "--value", "p", "--data", &data]);
            command.stdout(Stdio::null()).spawn().unwrap()
        };
        let all: Vec<Child> = (0..6).map(set).collect();
        assert!(all.into_iter().all(|mut child| child.wait().unwrap().success()), "round {round}");
        let list = place.run(&["secret", "list", "--data", &data]);
        assert!((0..6).all(|n| text(&list).contains(&format!("S{n}"))), "{}", text(&list));
    }
}

#[test]
fn what_a_script_throws_is_in_the_message_log() {
    let mut place = Place::new("throws");
    let settings =
        properties(&[("activityType", "Script"), ("subActivityType", "GroovyScript"), ("script", "t.groovy")]);
    let flow = iflw(&[("Script", "Throw")]).replace(&properties(&[("activityType", "Script")]), &settings);
    let script = "def Message processData(Message message) {\n  throw new IllegalStateException('nobody is there')\n}";
    let zip = place.zip("throwing", flow, &[("t.groovy", script)]);
    set_secret(&place);
    let address = place.serve(&["run", &zip]);
    assert_eq!(post(&address).0, 500);
    let messages = place.run(&["messages", "list", "--data", "data", "--format", "json"]);
    assert!(text(&messages).contains("J0001: nobody is there (script/t.groovy:2)"), "{}", text(&messages));
}

#[test]
fn a_script_collection_in_another_zip_or_beside_it_in_a_folder() {
    let mut place = Place::new("collections");
    let settings = properties(&[
        ("activityType", "Script"),
        ("subActivityType", "GroovyScript"),
        ("script", "shout.groovy"),
        ("scriptBundleId", "Voices"),
    ]);
    let flow = iflw(&[("Script", "Shout")]).replace(&properties(&[("activityType", "Script")]), &settings);
    let zip = place.zip("shouting", flow, &[]);
    let script = "def Message processData(Message m) { m.setBody(m.getBody(String).toUpperCase()); m }";
    let path = place.0.join("voices.zip");
    let mut voices = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let manifest = "Bundle-SymbolicName: Voices\r\nSAP-BundleType: ScriptCollection\r\n";
    for (file, text) in [("META-INF/MANIFEST.MF", manifest), ("src/main/resources/script/shout.groovy", script)] {
        voices.start_file(file, zip::write::SimpleFileOptions::default()).unwrap();
        voices.write_all(text.as_bytes()).unwrap();
    }
    voices.finish().unwrap();
    let alone = place.run(&["check", &zip]);
    assert_eq!(alone.status.code(), Some(3), "{}", text(&alone));
    assert!(text(&alone).contains("the script collection `Voices` is not part of this import"), "{}", text(&alone));
    let voices = path.display().to_string();
    for paths in [vec![zip.as_str(), &voices], vec![&voices, &zip], vec!["."]] {
        let both = place.run(&[&["check"], paths.as_slice()].concat());
        assert_eq!(both.status.code(), Some(0), "{paths:?} {}", text(&both));
        assert!(text(&both).contains("1 flow is correct: shouting"), "{}", text(&both));
    }
    set_secret(&place);
    let address = place.serve(&["run", &zip, &voices]);
    assert_eq!(post(&address), (200, "HELLO ADA, NICE TO SEE YOU".to_owned()));
}
