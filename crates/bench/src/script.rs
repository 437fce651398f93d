//! What a script costs that only looks at headers: the first call, which reads the script, and those that follow.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::script::{Groovy, Host, Invocation, JavaScript, Limits, SecretValue, Services};
use adapter::{Secret, Secrets};
use base::{Clock, Entropy, Message, MessageId, SystemEntropy, WallClock};
use flow::{Language, Package};
use oracle::Jvm;
use runtime::{DoorRequest, Options, Retention, Runtime, ScriptHosts};
use store::{MemoryLog, MemoryStore};

use crate::quantile;

/// A script of the usual kind: a header is read, another one and a property are set.
const GROOVY: &str = "import com.sap.gateway.ip.core.customdev.util.Message
import java.util.HashMap
def Message processData(Message message) {
    def headers = message.getHeaders()
    def order = headers.get('OrderId')
    message.setHeader('Route', order?.startsWith('4') ? 'north' : 'south')
    message.setProperty('Seen', 'yes')
    return message
}
";

const JAVASCRIPT: &str = "function processData(message) {
    var order = message.getHeaders().get('OrderId');
    message.setHeader('Route', order && order.startsWith('4') ? 'north' : 'south');
    message.setProperty('Seen', 'yes');
    return message;
}
";

struct Nothing;

impl Services for Nothing {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(WallClock)
    }

    fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::new(SystemEntropy)
    }

    fn secret(&self, _name: &str) -> Option<SecretValue> {
        None
    }

    fn map_value(&self, _source: (&str, &str), _value: &str, _target: (&str, &str)) -> Option<String> {
        None
    }
}

impl Secrets for Nothing {
    fn secret(&self, _name: &str) -> Option<Secret> {
        None
    }
}

/// Script steps of a message that is measured.
const STEPS: u8 = 10;

/// Measures and prints: a call of the host by itself, and a script step in a message of the runtime, which is what a
/// message with such steps takes longer than one without; beside them the real Groovy on a Java virtual machine.
pub async fn run(calls: usize) -> Result<(), String> {
    let languages = [
        ("Groovy", Language::Groovy, "script/route.groovy", GROOVY),
        ("JavaScript", Language::JavaScript, "script/route.js", JAVASCRIPT),
    ];
    for (name, language, path, source) in languages {
        let host = || -> Arc<dyn Host> {
            if language == Language::Groovy { Arc::new(Groovy::default()) } else { Arc::new(JavaScript::default()) }
        };
        let by_itself = host();
        let times = tokio::task::spawn_blocking(move || {
            (0..=calls.max(1)).map(|_| one(name, by_itself.as_ref(), path, source)).collect::<Result<_, _>>()
        });
        print(name, times.await.map_err(|e| e.to_string())??);
        let scripts: ScriptHosts = [(language, host())].into();
        let times = tokio::spawn(async move { steps(scripts, path, source, calls).await });
        print("  in a message", times.await.map_err(|e| e.to_string())??);
    }
    let real = tokio::task::spawn_blocking(move || Jvm::find()?.time(GROOVY, calls.max(1)));
    match real.await.map_err(|e| e.to_string())? {
        Ok(times) => print("Groovy on a JVM", times),
        Err(why) => println!("SKIPPED: {why}"),
    }
    Ok(())
}

/// Messages with script steps and, each time, one without: the difference is that of the steps.
async fn steps(scripts: ScriptHosts, path: &str, source: &str, calls: usize) -> Result<Vec<f64>, String> {
    let start = "from: { http: /NAME }\nsteps:\n  - set: { header: { OrderId: '4711' } }\n";
    let plain = format!("flow: plain\n{}", start.replace("NAME", "plain"));
    let script = format!("  - script: {path}\n");
    let once = format!("flow: once\n{}{script}", start.replace("NAME", "once"));
    let often = format!("flow: often\n{}{}", start.replace("NAME", "often"), script.repeat(STEPS.into()));
    let files = [("plain.flow.yaml", plain), ("once.flow.yaml", once), ("often.flow.yaml", often)];
    let files =
        files.into_iter().map(|(name, text)| (name.to_owned(), text)).chain([(path.to_owned(), source.to_owned())]);
    let checked =
        flow::check(&Package { name: "bench".to_owned(), files: files.collect(), overrides: BTreeMap::new() });
    if let Some(problem) = checked.problems.first() {
        return Err(problem.title.clone());
    }
    let adapters = adapters::Adapters::new(Arc::new(WallClock)).map_err(|e| e.text)?;
    let options = Options {
        store: Arc::new(MemoryStore::new()),
        log: Arc::new(MemoryLog::new()),
        clock: Arc::new(WallClock),
        entropy: Arc::new(SystemEntropy),
        adapters: Arc::new(adapters),
        scripts,
        script_limits: Limits::default(),
        secrets: Arc::new(Nothing),
        retention: Retention::default(),
        max_runs: 8,
    };
    let runtime = Runtime::start(options).await.map_err(|e| e.to_string())?;
    runtime.deploy(checked.flows).await;
    // What the first message of a process costs is no cost of scripts.
    message(&runtime, "/plain").await?;
    let first = message(&runtime, "/once").await?;
    let mut times = vec![first - message(&runtime, "/plain").await?];
    for _ in 0..calls.div_ceil(STEPS.into()) {
        let without = message(&runtime, "/plain").await?;
        times.push((message(&runtime, "/often").await? - without) / f64::from(STEPS));
    }
    runtime.shutdown(Duration::from_secs(1)).await;
    Ok(times)
}

/// One message through a flow, in microseconds.
async fn message(runtime: &Runtime, path: &str) -> Result<f64, String> {
    let request = DoorRequest {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: None,
        headers: Vec::new(),
        body: vec![b'x'; 1_024].into(),
        user: String::new(),
    };
    let begin = Instant::now();
    let answer = runtime.enter(request).await;
    let time = begin.elapsed().as_secs_f64() * 1e6;
    if answer.status == 200 { Ok(time) } else { Err(format!("{path} answered {}", answer.status)) }
}

/// One call, in microseconds.
fn one(name: &str, host: &dyn Host, path: &str, source: &str) -> Result<f64, String> {
    let mut message = Message::of(vec![b'x'; 1_024]);
    message.headers.set("OrderId", "4711");
    let id = MessageId::from_text("bench");
    let companions = Arc::default();
    let services: Arc<dyn Services> = Arc::new(Nothing);
    let begin = Instant::now();
    let output = host.run(Invocation {
        path,
        source,
        companions: &companions,
        flow: "bench",
        function: "processData",
        message,
        body_is_text: false,
        message_id: &id,
        exception: None,
        thrown: None,
        limits: Limits::default(),
        services: &services,
    });
    let time = begin.elapsed().as_secs_f64() * 1e6;
    let route = output.map_err(|e| e.message)?.message.headers.get("Route").map(ToString::to_string);
    match route.as_deref() {
        Some("north") => Ok(time),
        route => Err(format!("{name} gave the route {route:?}")),
    }
}

fn print(name: &str, mut times: Vec<f64>) {
    let first = times.remove(0);
    times.sort_by(f64::total_cmp);
    let [median, p99] = [0.5, 0.99].map(|share| quantile(&times, share));
    println!("{name:<15}  first call {first:>8.0} us   following calls: median {median:>6.1} us, p99 {p99:>6.1} us");
}
