//! Our own scripts, one for each feature and API, in the real Groovy and in ours. What may differ is in `differ.txt`,
//! which may only shrink: `ORACLE_UPDATE=1 cargo test -p oracle --test agree` writes it anew.

#![expect(clippy::expect_used, reason = "a script whose first lines cannot be read has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use oracle::compare::Verdict;
use oracle::trial::{Standing, trial};
use oracle::{Body, Input, Jvm, Semel};
use serde_json::Value as Json;

/// What a script says in its first lines: `// body: …`, `// header: A=1`, `// property: p=text`, `// secret: alias`,
/// `// mapping: a,b,value,c,d,result`, `// attachment: name,type,text`. Each `body` line is one call; `\n` is a new line.
fn inputs(source: &str) -> Vec<Input> {
    let mut base = Input { body: Body { kind: "string".into(), text: "body".into() }, ..Input::default() };
    let mut bodies = Vec::new();
    for line in source.lines().take_while(|l| l.starts_with("//")) {
        let Some((key, value)) = line.trim_start_matches("// ").split_once(": ") else { continue };
        let parts = || value.split(',').map(str::to_owned).collect::<Vec<_>>();
        let pair = || {
            let (name, text) = value.split_once('=').expect("name=value");
            let typed = serde_json::from_str(text).ok().filter(|v: &Json| v.is_number() || v.is_boolean());
            (name.to_owned(), typed.unwrap_or_else(|| Json::String(text.to_owned())))
        };
        match key {
            "body" => bodies.push(value.replace("\\n", "\n")),
            "header" => drop(base.headers.insert(pair().0, pair().1)),
            "property" => drop(base.properties.insert(pair().0, pair().1)),
            "secret" => {
                let secret = [("user", "anna"), ("password", "s3cret")].map(|(k, v)| (k.to_owned(), v.to_owned()));
                base.credentials.insert(value.to_owned(), BTreeMap::from(secret));
            }
            "mapping" => base.mappings.push(parts().try_into().expect("six parts")),
            "attachment" => {
                let [name, kind, text] = parts().try_into().expect("three parts");
                base.attachments.push((name, kind, text));
            }
            "exception" => base.exception = Some(value.to_owned()),
            _ => {}
        }
    }
    if bodies.is_empty() {
        return vec![base];
    }
    let with = |text: String| Input { body: Body { kind: "string".into(), text }, ..base.clone() };
    bodies.into_iter().map(with).collect()
}

#[test]
fn our_scripts_do_what_the_real_groovy_does() {
    let mut jvm = match Jvm::find() {
        Ok(jvm) => jvm,
        Err(missing) => {
            println!("SKIPPED: {missing}");
            return;
        }
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let known_file = here.join("tests/differ.txt");
    let mut scripts: Vec<_> = std::fs::read_dir(here.join("scripts")).unwrap().map(|e| e.unwrap().path()).collect();
    scripts.sort();
    let semel = Semel::default();
    let (mut differ, mut report, mut refused) = (BTreeSet::new(), String::new(), Vec::new());
    for path in &scripts {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let source = std::fs::read_to_string(path).unwrap();
        let trial = trial(&mut jvm, &semel, &source, BTreeMap::new(), inputs(&source)).unwrap();
        if matches!(trial.standing, Standing::Refused | Standing::NoEntry | Standing::Timeout | Standing::Outside) {
            refused.push(format!("{name}: {:?} {:?}", trial.standing, trial.refusal));
        }
        // Only scripts that are named so may throw: a mistake in a script would hide what comes after it.
        if !name.starts_with("exception_") {
            let errors = trial.calls.iter().filter_map(|c| c.real.error.as_ref());
            refused.extend(errors.map(|e| format!("{name} throws there: {} {:?} line {}", e.class, e.message, e.line)));
        }
        if trial.standing == Standing::Agree || trial.standing == Standing::Blanks {
            continue;
        }
        differ.insert(name.clone());
        for call in &trial.calls {
            if let Verdict::Differ(d) | Verdict::Wording(d) = &call.verdict {
                report.push_str(&format!("=== {name}: {}\n{}", d.reason, lines(&d.want, &d.got)));
            }
        }
    }
    let known: BTreeSet<String> = std::fs::read_to_string(&known_file).unwrap().lines().map(str::to_owned).collect();
    println!("{} scripts, {} agree\n{report}", scripts.len(), scripts.len() - differ.len());
    assert!(refused.is_empty(), "these test nothing:\n{}", refused.join("\n"));
    if std::env::var_os("ORACLE_UPDATE").is_some() {
        let all: Vec<_> = differ.iter().cloned().collect();
        std::fs::write(&known_file, all.join("\n") + "\n").unwrap();
        return;
    }
    let lost: Vec<_> = differ.difference(&known).collect();
    let won: Vec<_> = known.difference(&differ).collect();
    if !won.is_empty() {
        println!("agree now, take them off tests/differ.txt: {won:?}");
    }
    assert!(lost.is_empty(), "no longer as the real Groovy: {lost:?}\n{report}");
}

/// The first lines that differ.
fn lines(want: &str, got: &str) -> String {
    let pairs =
        want.lines().map(Some).chain(std::iter::repeat(None)).zip(got.lines().map(Some).chain(std::iter::repeat(None)));
    let differing = pairs.take_while(|(w, g)| w.is_some() || g.is_some()).filter(|(w, g)| w != g).take(6);
    differing.map(|(w, g)| format!("    real {}\n    ours {}\n", w.unwrap_or("-"), g.unwrap_or("-"))).collect()
}
