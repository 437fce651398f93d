//! Scripts that do not stop are left behind: their message fails, others go on.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

use script::{EntryWrite, Host, Invocation, Limits, ScriptError, ScriptOutput, StoredEntry};

use super::*;

/// A host that looks at no clock. It waits until the test lets it go, and then does what it should not any more.
#[derive(Default)]
struct Stuck {
    free: Mutex<bool>,
    bell: Condvar,
    wrote: Mutex<Option<Result<(), String>>>,
}

impl Host for Stuck {
    fn run(&self, call: Invocation<'_>) -> Result<ScriptOutput, ScriptError> {
        if call.message.text() != "hang" {
            return Ok(ScriptOutput { message: call.message, ..ScriptOutput::default() });
        }
        // Not for ever, so that a test that fails ends.
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.bell.wait_timeout_while(free, Duration::from_secs(20), |free| !*free));
        let entry = StoredEntry { body: "late".into(), ..StoredEntry::default() };
        let write = EntryWrite { store: "s".into(), id: "1".into(), overwrite: true, encrypt: false, entry };
        *self.wrote.lock().unwrap() = Some(call.services.write_entry(write));
        Ok(ScriptOutput::default())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a script's time limit is real elapsed time")]
async fn a_script_that_does_not_stop_is_left_behind() {
    let world = World::new();
    let stuck = Arc::new(Stuck::default());
    let host: Arc<dyn Host> = Arc::clone(&stuck) as _;
    let script_limits = Limits { time: Duration::from_millis(50), ..Limits::default() };
    let scripts = [(flow::Language::Groovy, host)].into();
    let runtime = Runtime::start(Options { scripts, script_limits, ..world.options() }).await.unwrap();
    let flow = "flow: in\nfrom: { http: /in }\nsteps:\n  - script: script/a.groovy\n";
    let files = [("in.flow.yaml", flow), ("script/a.groovy", "def Message processData(Message m) { m }")];
    let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let package = Package { name: "test".to_owned(), files, overrides: BTreeMap::new() };
    assert_eq!(runtime.deploy(flow::check(&package).flows).await, []);
    let begin = Instant::now();
    assert_eq!(post(&runtime, "/in", "hang").await.status, 500);
    world.log.flush().await;
    let logged = world.log.messages(MessageFilter::default()).await.unwrap();
    let error = logged[0].error.clone().unwrap_or_default();
    assert!(error.contains("the script ran longer than 50ms and does not stop"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
    assert_eq!(post(&runtime, "/in", "go").await.status, 200, "others go on");
    *stuck.free.lock().unwrap() = true;
    stuck.bell.notify_all();
    until("the late write", async || stuck.wrote.lock().unwrap().is_some()).await;
    assert_eq!(*stuck.wrote.lock().unwrap(), Some(Err("the run ended before the store could answer".to_owned())));
    assert_eq!(world.entries().await, []);
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// Groovy, with the thread of each call.
#[derive(Default)]
struct Watched(script::Groovy, Mutex<Vec<std::thread::ThreadId>>);

impl Host for Watched {
    fn is_short(&self, path: &str, source: &str, companions: &Arc<BTreeMap<String, String>>) -> bool {
        self.0.is_short(path, source, companions)
    }

    fn run(&self, call: Invocation<'_>) -> Result<ScriptOutput, ScriptError> {
        self.1.lock().unwrap().push(std::thread::current().id());
        self.0.run(call)
    }
}

/// Short as long as its body wants that.
const SHORT: &str = "import com.sap.gateway.ip.core.customdev.util.Message
def Message processData(Message message) {
    def body = message.getBody(String)
    if (body == 'number') {
        def service = com.sap.it.api.nrc.NumberRangeConfigurationService
        body = com.sap.it.api.ITApiFactory.getService(service, null).getNextValuefromNumberRange('n', null)
    }
    if (body == 'long') { def all = 0; for (i in 1..100000) { all += 1 }; body = all }
    if (body == 'throw') throw new IllegalStateException('wanted')
    message.setBody('<' + body + '>')
    return message
}
";

#[tokio::test]
async fn a_script_that_was_short_runs_at_once_and_again_on_a_thread_where_it_needs_more() {
    let world = World::new();
    let watched = Arc::new(Watched::default());
    let scripts = [(flow::Language::Groovy, Arc::clone(&watched) as Arc<dyn Host>)].into();
    let runtime = Runtime::start(Options { scripts, ..world.options() }).await.unwrap();
    let flow = "flow: in\nfrom: { http: /in }\nsteps:\n  - script: script/a.groovy\n";
    let files = [("in.flow.yaml", flow), ("script/a.groovy", SHORT)];
    let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let package = Package { name: "test".to_owned(), files, overrides: BTreeMap::new() };
    assert_eq!(runtime.deploy(flow::check(&package).flows).await, []);
    let here = std::thread::current().id();
    // What is posted, the answer, and the calls that are made for it: here (`h`) or on a thread (`t`).
    let table = [
        ("one", "<one>", "t"),
        ("two", "<two>", "t"),
        ("three", "<three>", "t"),
        ("four", "<four>", "h"),
        ("number", "<1>", "ht"),
        ("five", "<five>", "h"),
        ("number", "<2>", "ht"),
        ("throw", "internal server error", "h"),
        ("long", "<100000>", "ht"),
        ("six", "<six>", "t"),
        ("seven", "<seven>", "t"),
        ("eight", "<eight>", "t"),
        ("nine", "<nine>", "h"),
    ];
    for (number, (body, answer, calls)) in table.into_iter().enumerate() {
        let got = post(&runtime, "/in", body).await;
        let text = String::from_utf8_lossy(&got.body).into_owned();
        assert!(text.contains(answer), "{number}: {body}: {text}");
        let made = std::mem::take(&mut *watched.1.lock().unwrap());
        let made: String = made.into_iter().map(|thread| if thread == here { 'h' } else { 't' }).collect();
        assert_eq!(made, calls, "{number}: {body}");
    }
    runtime.shutdown(Duration::from_secs(5)).await;
}
