//! Zips, exported packages and folders.

use std::collections::BTreeMap;

use base64::Engine;
use iflow::{Content, Imported, Input, import, import_all};

use crate::build::{Artifact, arrows, end, https, start, step, zip};
use crate::elements::mmap;

fn names(imported: &Imported) -> Vec<&str> {
    imported.flows.iter().map(|f| f.name.as_str()).collect()
}

fn go(content: Content) -> Imported {
    import(&Input { name: "upload".to_owned(), content, ..Input::default() })
}

fn flow(id: &str, address: &str) -> Artifact {
    let mut artifact = Artifact::new(id);
    artifact.sender("S", "ProcessDirect", &[("address", address)]);
    let script = [("script", "lib.js"), ("scriptFunction", "go"), ("scriptBundleId", "Shared")];
    artifact.process("P", &[], &(start("S") + &step("X", "Script", &script) + &end("E") + &arrows("S>X>E")));
    artifact
}

fn collection() -> BTreeMap<String, Vec<u8>> {
    let manifest = "Bundle-SymbolicName: Shared\r\nSAP-BundleType: ScriptCollection\r\n";
    BTreeMap::from([
        ("META-INF/MANIFEST.MF".to_owned(), manifest.into()),
        ("src/main/resources/script/lib.js".to_owned(), "def go(m) { m }".into()),
    ])
}

fn package(extra: &str) -> BTreeMap<String, Vec<u8>> {
    let json = format!(
        r#"{{"resources":[
        {{"id":"0","uniqueId":"Pack","displayName":"My Package","resourceType":"ContentPackage"}},
        {{"id":"1","uniqueId":"One","name":"One.zip","resourceType":"IFlow"}},
        {{"id":"2","uniqueId":"Shared","name":"Shared.zip","resourceType":"ScriptCollection"}},
        {{"id":"3","uniqueId":"Two","name":"Two.zip","resourceType":"IFlow"}},
        {{"id":"4","name":"x.pdf","resourceType":"File"}}{extra}],"relations":[]}}"#
    );
    let listing = base64::engine::general_purpose::STANDARD.encode(json);
    BTreeMap::from([
        ("resources.cnt".to_owned(), listing.into_bytes()),
        ("1_content".to_owned(), flow("One", "/one").zip()),
        ("2_content".to_owned(), zip(&collection())),
        ("3_content".to_owned(), flow("Two", "/two").zip()),
        ("4_content".to_owned(), b"PK\x03\x04 no zip".to_vec()),
    ])
}

#[test]
fn an_exported_package_with_a_script_collection() {
    for content in [Content::Zip(zip(&package(""))), Content::Files(package(""))] {
        let imported = go(content);
        assert!(imported.report.problems.is_empty(), "{:?}", imported.report.problems);
        assert_eq!(names(&imported), ["One", "Two"]);
        let flow = &imported.flows[0];
        assert_eq!(
            (flow.package.as_str(), flow.scripts.keys().next().map(String::as_str)),
            ("My Package", Some("Shared/script/lib.js"))
        );
        assert_eq!(imported.report.flows[0].file, "One/src/main/resources/scenarioflows/integrationflow/My Flow.iflw");
    }
    let imported = go(Content::Files(package(r#",{"id":"9","uniqueId":"Lost","resourceType":"IFlow"}"#)));
    assert_eq!((imported.report.problems[0].code, imported.flows.len()), ("I0004", 2));
}

#[test]
fn folders_of_artifacts_zips_and_lone_files() {
    let mut files = BTreeMap::new();
    for (path, bytes) in https(&arrows("S>E")).files() {
        files.insert(format!("src/flows/first/{path}"), bytes);
    }
    files.insert("zips/two.zip".to_owned(), flow("Two", "two").zip());
    files.insert("zips/shared.zip".to_owned(), zip(&collection()));
    files.insert("lone/Third one.iflw".to_owned(), flow("-", "/three").iflw().into_bytes());
    files.insert("lone/Fourth.iflw".to_owned(), flow("-", "/two").iflw().into_bytes());
    files.insert("lone/.DS_Store".to_owned(), vec![0]);
    let imported = go(Content::Files(files));
    assert!(imported.report.problems.is_empty(), "{:?}", imported.report.problems);
    assert_eq!(names(&imported), ["Two", "Third-one", "Flow"]);
    let second = imported.report.flows.iter().find(|f| f.name == "Fourth").expect("the second at /two");
    assert_eq!(second.problems.last().map(|p| p.code), Some("I0501"));
}

#[test]
fn two_flows_of_one_name_and_changes() {
    let (one, two) = (flow("Same", "/a"), flow("Same", "/b"));
    let files = BTreeMap::from([("a.zip".to_owned(), one.zip()), ("b.zip".to_owned(), two.zip())]);
    let imported = go(Content::Files(files));
    assert_eq!(names(&imported), ["Same", "Same-2"]);
    assert_ne!(imported.flows[0].fingerprint, imported.flows[1].fingerprint);
    assert_eq!(one.import().flows[0].fingerprint, one.import().flows[0].fingerprint);
}

#[test]
fn groovy_of_a_collection_with_its_companions_and_value_mappings() {
    let manifest =
        |id: &str, kind: &str| format!("Bundle-SymbolicName: {id}\r\nSAP-BundleType: {kind}\r\n").into_bytes();
    let mut artifact = Artifact::new("One");
    artifact.sender("S", "ProcessDirect", &[("address", "/one")]);
    let script = [("subActivityType", "GroovyScript"), ("script", "main.groovy"), ("scriptBundleId", "Shared")];
    artifact.process("P", &[], &(start("S") + &step("X", "Script", &script) + &end("E") + &arrows("S>X>E")));
    let mut files = BTreeMap::from([
        ("Shared/META-INF/MANIFEST.MF".to_owned(), manifest("Shared", "ScriptCollection")),
        (
            "Shared/src/main/resources/script/main.groovy".to_owned(),
            b"import src.main.resources.script.Tool\ndef Message processData(Message m) { new Tool(); m }".to_vec(),
        ),
        ("Shared/src/main/resources/script/Tool.groovy".to_owned(), b"class Tool { def d = new Deep() }".to_vec()),
        ("Shared/src/main/resources/script/Deep.gsh".to_owned(), b"class Deep { }".to_vec()),
        ("Shared/src/main/resources/script/Other.groovy".to_owned(), b"class Other { }".to_vec()),
        ("Values/META-INF/MANIFEST.MF".to_owned(), manifest("Values", "ValueMapping")),
        (
            "Values/value_mapping.xml".to_owned(),
            br#"<?xml version="1.0"?><vm version="2.0"><group id="1">
                <entry><agency>A</agency><schema>country</schema><value>DE</value></entry>
                <entry><agency>B</agency><schema>land</schema><value>Germany</value></entry>
                <entry><agency>C</agency><schema>code</schema><value>49</value></entry></group>
                <group id="2"><entry><agency>A</agency><schema>country</schema><value>FR</value></entry></group></vm>"#
                .to_vec(),
        ),
    ]);
    for (path, bytes) in artifact.files() {
        files.insert(format!("One/{path}"), bytes);
    }
    let imported = go(Content::Files(files.clone()));
    assert!(imported.report.problems.is_empty(), "{:?}", imported.report.problems);
    let flow = &imported.flows[0];
    let companions: Vec<&str> =
        flow.scripts["Shared/script/main.groovy"].companions.keys().map(String::as_str).collect();
    assert_eq!(companions, ["Shared/script/Deep.gsh", "Shared/script/Tool.groovy"]);
    let get = |from, value, to| flow.value_mappings.get(from, value, to);
    assert_eq!(get(("A", "country"), "DE", ("B", "land")), Some("Germany"));
    assert_eq!(get(("C", "code"), "49", ("A", "country")), Some("DE"));
    assert_eq!(get(("A", "country"), "FR", ("B", "land")), None);
    assert_eq!(get(("A", "country"), "IT", ("B", "land")), None);
    files.insert("Values/value_mapping.xml".to_owned(), b"<vm><group".to_vec());
    let broken = go(Content::Files(files));
    assert_eq!((broken.report.problems[0].code, broken.flows.len()), ("I0101", 1));
    assert_ne!(broken.flows[0].fingerprint, flow.fingerprint);
}

#[test]
fn collections_and_value_mappings_of_other_imports() {
    let input = |name: &str, content| Input { name: name.to_owned(), content, ..Input::default() };
    let values = "<vm version='2.0'><group id='1'><entry><agency>A</agency><schema>s</schema><value>1</value></entry>\
                  <entry><agency>B</agency><schema>t</schema><value>one</value></entry></group></vm>";
    let mapping = BTreeMap::from([
        ("META-INF/MANIFEST.MF".to_owned(), b"Bundle-SymbolicName: V\r\nSAP-BundleType: ValueMapping\r\n".to_vec()),
        ("value_mapping.xml".to_owned(), values.into()),
    ]);
    let all = import_all(&[
        input("one", Content::Zip(flow("One", "/one").zip())),
        input("pack", Content::Zip(zip(&package("")))),
        input("values", Content::Files(mapping.clone())),
        input("again", Content::Zip(flow("One", "/one").zip())),
    ]);
    let found: Vec<Vec<&str>> = all.iter().map(names).collect();
    assert_eq!(found, [vec!["One"], vec!["Two"], vec![], vec![]]);
    let flow = &all[0].flows[0];
    assert_eq!(flow.scripts.keys().collect::<Vec<_>>(), ["Shared/script/lib.js"]);
    assert_eq!(flow.value_mappings.get(("A", "s"), "1", ("B", "t")), Some("one"));
    assert_eq!((flow.package.as_str(), all[1].flows[0].package.as_str()), ("one", "My Package"));
    // The second flow at an address is left out, wherever it is; a lone mapping is no mistake.
    let codes = |i: usize| -> Vec<&str> {
        let reports = all[i].report.flows.iter().flat_map(|f| &f.problems);
        all[i].report.problems.iter().chain(reports).map(|p| p.code).collect()
    };
    assert_eq!((codes(0), codes(1), codes(2), codes(3)), (vec![], vec!["I0501"], vec![], vec!["I0501"]));
    let lonely =
        import_all(&[input("values", Content::Files(mapping)), input("none", Content::Files(BTreeMap::new()))]);
    assert!(lonely.iter().all(|i| i.report.problems.iter().any(|p| p.code == "I0005")));
    // Alone, the flow lacks its collection, and says so.
    let alone = go(Content::Zip(self::flow("One", "/one").zip()));
    let said = format!("{:?}", alone.report.flows[0].elements);
    assert!(said.contains("the script collection `Shared` is not part of this import"), "{said}");
}

#[test]
fn message_mappings_of_their_own_artifacts() {
    let manifest =
        |id: &str, kind: &str| format!("Bundle-SymbolicName: {id}\r\nSAP-BundleType: {kind}\r\n").into_bytes();
    let map = |name: &str| mmap(&format!("<brick type='Func' fns='dflt' fname='{name}'/>")).into_bytes();
    let mut artifact = Artifact::new("One");
    artifact.sender("S", "ProcessDirect", &[("address", "/one")]);
    let uri = "dir://mmap/src/main/resources/mapping/Map.mmap";
    let fixed = [("mappingType", "MessageMapping"), ("mappinguri", uri), ("messageMappingBundleId", "Shared")];
    let by_header =
        [("mappingType", "MessageMapping"), ("mappingReference", "dynamic"), ("mappingSourceValue", "${header.MAP}")];
    let steps = step("X", "Mapping", &fixed) + &step("Y", "Mapping", &by_header);
    artifact.process("P", &[], &(start("S") + &steps + &end("E") + &arrows("S>X>Y>E")));
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (id, function) in [("Shared", "sender"), ("Second", "receiver"), ("Bad", "odd")] {
        files.insert(format!("{id}/META-INF/MANIFEST.MF"), manifest(id, "MessageMapping"));
        files.insert(format!("{id}/src/main/resources/mapping/Map.mmap"), map(function));
        files.insert(format!("{id}/src/main/resources/xsd/a.xsd"), b"<a/>".to_vec());
    }
    for (path, bytes) in artifact.files() {
        files.insert(format!("One/{path}"), bytes);
    }
    let imported = go(Content::Files(files));
    assert!(imported.report.problems.is_empty(), "{:?}", imported.report.problems);
    let flow = &imported.flows[0];
    let script = &flow.scripts["Shared/mapping/Map.mmap"];
    assert_eq!(script.companions.keys().collect::<Vec<_>>(), ["xsd/a.xsd"]);
    let script = &flow.scripts["mapping/by-header-MAP.mmap"];
    let files: Vec<&str> = script.companions.keys().map(String::as_str).collect();
    assert_eq!(files, ["Second/mapping/Map.mmap", "Second/xsd/a.xsd", "Shared/mapping/Map.mmap", "Shared/xsd/a.xsd"]);
    let element = imported.report.flows[0].elements.iter().find(|e| e.id == "Y").expect("the element");
    let verdict = format!("{:?}", element.verdict);
    assert!(verdict.contains("`Bad` cannot be used") && verdict.contains("`Second`, `Shared`"), "{verdict}");
}
