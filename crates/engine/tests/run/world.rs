//! A world without threads, clocks or sockets: the memory store, scripted receivers, and faults at chosen effects.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt::Write;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use base::{Class, DeliveryId, Failure, Fut, Message, MessageId, RunId, SeededEntropy, Timestamp};
use engine::{
    Asked, Decision, Done, Effect, EffectId, Ended, Event, Note, Question, Run, Scripted, Start, Trigger, decide,
};
use flow::{Call, Flow, LogLevel, Outcome, ProcessIx, Reply, SenderChannel};
use store::{Change, Entry, EntryFilter, EntryState, MemoryStore, NewEntry, Place, Store};

/// The memory store answers at once.
pub fn now<T>(future: Fut<'_, T>) -> T {
    let mut future = pin!(future as std::pin::Pin<Box<dyn Future<Output = T> + Send + '_>>);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the memory store made somebody wait"),
    }
}

const SCHEMA: &str =
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='o' type='xs:int'/></xs:schema>";

/// The flow of a text; `flow:` and everything else that never changes in tests is added where it is missing.
/// Puts the root element and the header `H` into an element.
const WRAP: &str = r#"<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output omit-xml-declaration="yes"/><xsl:param name="H"/>
<xsl:template match="/"><w h="{$H}"><xsl:copy-of select="."/></w></xsl:template></xsl:stylesheet>"#;

/// Sets a header and a property; ends where the root element is `end`.
const SET: &str = r#"<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:hci="http://sap.com/it/">
<xsl:output method="text"/><xsl:param name="exchange"/>
<xsl:template match="end" priority="2"><xsl:message terminate="yes">no more</xsl:message></xsl:template>
<xsl:template match="/*"><xsl:value-of select="hci:setHeader($exchange, 'A', 'a'), hci:setProperty($exchange, 'P', 'p')"/>text</xsl:template>
</xsl:stylesheet>"#;

/// First line of a flow whose processes handle failures as those of an SAP artifact do.
pub const IMPORTED: &str = "# as at SAP\n";

pub fn flow(yaml: &str) -> Arc<Flow> {
    let package = flow::Package {
        name: "test".into(),
        files: [("test.flow.yaml", yaml), ("s.js", ""), ("wrap.xsl", WRAP), ("set.xsl", SET), ("o.xsd", SCHEMA)]
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
            .into(),
        ..Default::default()
    };
    let checked = flow::check(&package);
    let errors: Vec<_> = checked.problems.iter().filter(|p| p.severity == diag::Severity::Error).cloned().collect();
    assert!(errors.is_empty(), "{}", diag::render(&errors, &checked.sources, false));
    let mut flow = Arc::clone(checked.flows.first().expect("a flow"));
    if yaml.starts_with(IMPORTED) {
        Arc::make_mut(&mut flow).processes.iter_mut().for_each(|process| process.handles_parts = true);
    }
    flow
}

/// What goes wrong at one effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// It is not done, and fails with this class; commits fail without a change.
    Fail(Class),
    /// Its outcome arrives twice.
    Repeat,
    /// It is done and seems to fail: a commit that is durable all the same.
    SeemsToFail,
    /// The process dies before it is done.
    CrashBefore,
    /// The process dies after it was done, before its outcome is known.
    CrashAfter,
}

#[derive(Default)]
pub struct World {
    pub flows: BTreeMap<String, Arc<Flow>>,
    pub store: MemoryStore,
    pub time: Timestamp,
    /// Outcomes of receivers, first to last: `ok`, `ok:body`, a status, `fail`, `doubt`, `bug`. Then all is well.
    pub script: BTreeMap<String, VecDeque<String>>,
    /// What receivers did: receiver, delivery id, body.
    pub done: Vec<(String, String, String)>,
    /// Addresses of HTTP calls, and their cookies.
    pub urls: Vec<String>,
    pub cookies: Vec<String>,
    /// What somebody else stores again while the first call is under way: place, id, body.
    pub during: Option<(Place, String, String)>,
    /// Headers of good answers.
    pub reply_headers: Vec<(String, String)>,
    pub events: Vec<String>,
    pub fault: Option<(usize, Fault)>,
    pub effects: usize,
    /// Time passes after each effect, so that what was delivered is written down in the middle of a run.
    pub slow: bool,
    /// Deliver outcomes of parallel effects last first.
    pub backwards: bool,
    pub runs: u64,
    /// Delivery ids whose outcome is durable.
    pub recorded: HashSet<DeliveryId>,
}

pub const MESSAGE: &str = "Amessage";

impl World {
    pub fn of(flows: &[&str]) -> World {
        let mut world = World { time: Timestamp(1_000_000), ..World::default() };
        for yaml in flows {
            let flow = flow(yaml);
            world.flows.insert(flow.name.clone(), flow);
        }
        world
    }

    pub fn start(&mut self, name: &str, message: Message, trigger: Trigger) -> Start {
        let flow = Arc::clone(&self.flows[name]);
        let process = flow.senders().next().map_or(0, |(ix, _, _)| ix);
        self.runs += 1;
        Start {
            flow,
            process,
            message,
            message_id: MessageId::from_text(MESSAGE),
            origin: Some(MessageId::from_text(MESSAGE)),
            correlation: (&MessageId::from_text(MESSAGE)).into(),
            run: RunId::fresh(&SeededEntropy::new(self.runs)),
            trigger,
            settled: HashSet::new(),
            keyed: None,
            log_level: LogLevel::Info,
            keep: engine::Keep::default(),
        }
    }

    /// What was delivered or parked for a message before.
    pub fn settled(&self, message: &MessageId) -> HashSet<DeliveryId> {
        let entries = now(self.store.entries(EntryFilter::default())).expect("entries").into_iter();
        let parked = entries
            .filter(|e| e.place.kind == store::PlaceKind::Delivery)
            .filter(|e| e.message_id == *message || e.origin.as_ref() == Some(message))
            .filter_map(|e| e.id.parse().ok());
        let over = now(self.store.outcomes(message)).expect("outcomes").into_iter().map(|(id, _)| id);
        over.chain(parked).collect()
    }

    /// Runs to the end; `None` after a crash.
    pub fn run(&mut self, start: Start) -> Option<Ended> {
        let mut run = Run::new(start);
        let mut waiting: VecDeque<(EffectId, Effect)> = VecDeque::new();
        let mut decision = decide(&mut run, Event::Begin, self.time);
        for _ in 0..1_000_000 {
            let Decision { effects, notes, ended } = decision;
            for note in notes {
                if let Note::Delivery(record) = note
                    && record.outcome != "delivered"
                {
                    self.events.push(format!("{} {}", record.receiver, record.outcome));
                }
            }
            if let Some(ended) = ended {
                assert!(effects.is_empty(), "effects come with the end");
                return Some(*ended);
            }
            waiting.extend(effects);
            if self.slow {
                waiting.extend(decide(&mut run, Event::Remember, self.time).effects);
            }
            let next = if self.backwards { waiting.pop_back() } else { waiting.pop_front() };
            let (id, effect) = next.expect("a run that has not ended waits for something");
            let fault = self.fault.filter(|(at, _)| *at == self.effects).map(|(_, fault)| fault);
            self.effects += 1;
            let done = match fault {
                Some(Fault::CrashBefore) => return None,
                Some(Fault::Fail(class)) => self.fail(&run, &effect, class),
                Some(Fault::SeemsToFail) => {
                    self.perform(&run, effect.clone())?;
                    self.deliver_due();
                    self.fail(&run, &effect, base::Class::InDoubt)
                }
                _ => self.perform(&run, effect)?,
            };
            if fault == Some(Fault::CrashAfter) {
                return None;
            }
            decision = decide(&mut run, Event::Done(id, done.clone()), self.time);
            if fault == Some(Fault::Repeat) {
                let again = decide(&mut run, Event::Done(id, done), self.time);
                assert!(
                    again.effects.is_empty() && again.notes.is_empty() && again.ended.is_none(),
                    "a repeat did something"
                );
            }
        }
        panic!("the run does not end");
    }

    fn fail(&mut self, _run: &Run, effect: &Effect, class: Class) -> Done {
        let failure = Failure::new(class, "T0001", "made to fail");
        match effect {
            Effect::Commit(_) => {
                Done::Committed(Err(store::CommitError::Store(store::StoreError("made to fail".into()))))
            }
            Effect::Ask(_) => Done::Asked(Err(failure)),
            Effect::Script(_) => Done::Scripted(Err(failure)),
            Effect::Work(_) => Done::Worked(Err(failure)),
            Effect::Call { .. } => Done::Called(Err(failure)),
            Effect::CallFlow { .. } => Done::FlowCalled { outcome: Err(failure), escalated: false },
        }
    }

    pub fn commit(&mut self, changes: Vec<Change>) -> Result<(), store::CommitError> {
        let delivered: Vec<DeliveryId> = changes
            .iter()
            .filter_map(|c| if let Change::Delivered { deliveries, .. } = c { Some(deliveries.clone()) } else { None })
            .flatten()
            .collect();
        now(self.store.commit(changes))?;
        self.recorded.extend(delivered);
        Ok(())
    }

    fn perform(&mut self, _run: &Run, effect: Effect) -> Option<Done> {
        Some(match effect {
            Effect::Commit(changes) => {
                self.events.push(format!("commit {}", changes.len()));
                Done::Committed(self.commit(changes))
            }
            Effect::Ask(question) => Done::Asked(Ok(self.answer(question))),
            Effect::Script(effect) => Done::Scripted(script(&effect)),
            Effect::Work(work) => Done::Worked(engine::work(*work)),
            Effect::Call { receiver, call, .. } => Done::Called(self.call(&receiver, &call)),
            Effect::CallFlow { address, message, call } => return self.call_flow(&address, *message, call),
        })
    }

    fn answer(&self, question: Question) -> Asked {
        match question {
            Question::Find { place, id, .. } => {
                Asked::Entry(now(self.store.find(&place, &id)).expect("find").map(Box::new))
            }
            Question::Select { place, max, except, .. } => {
                Asked::Entries(now(self.store.select(&place, max, &except)).expect("select"))
            }
            Question::Variable { scope, name } => {
                Asked::Variable(now(self.store.variable(&scope, &name, self.time)).expect("variable").map(|v| v.value))
            }
            Question::Number { name, correlation, .. } => Asked::Number {
                state: now(self.store.number_range(&name)).expect("range"),
                drawn: correlation.and_then(|c| now(self.store.drawn(&name, &c, self.time)).expect("drawn")),
            },
            Question::Settled(id) => Asked::Settled(self.settled(&id)),
            Question::Once { step, id } => Asked::Once(now(self.store.once(&step, &id, self.time)).expect("once")),
        }
    }

    /// A receiver answers as scripted; nothing that is durably delivered may reach it again.
    pub fn call(&mut self, receiver: &str, call: &Call) -> Outcome {
        if let Some((place, id, body)) = self.during.take() {
            self.commit(vec![Change::RemoveNamed { place: place.clone(), id: id.clone() }]).expect("removed");
            self.put(place, &id, &body);
        }
        let (key, body) = match call {
            Call::Http(call) => {
                self.urls.push(call.url.clone());
                let cookie = call.headers.iter().find(|(n, _)| n == "Cookie").map(|(_, v)| v.clone());
                self.cookies.push(cookie.unwrap_or_default());
                let key = call.headers.iter().find(|(n, _)| n == "Idempotency-Key").map(|(_, v)| v.clone());
                (key.unwrap_or_default(), call.body.clone())
            }
            Call::Mail(call) => (call.message_id.clone(), call.body.clone()),
        };
        if let Ok(id) = key.parse::<DeliveryId>() {
            assert!(!self.recorded.contains(&id), "delivery {id} to {receiver} was recorded and is sent again");
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        let plan = self.script.get_mut(receiver).and_then(VecDeque::pop_front).unwrap_or_else(|| "ok".to_owned());
        let failure = |class, status: Option<u16>| Failure {
            http_status: status,
            excerpt: status.map(|s| format!("says {s}")),
            ..Failure::new(class, "T0002", format!("{receiver} failed"))
        };
        match plan.as_str() {
            "fail" => Err(failure(Class::Transient, None)),
            "bug" => Err(failure(Class::Bug, None)),
            // Answers to the question whether it has it.
            "200" | "404" | "302" => {
                let headers = [("CamelHttpResponseCode", plan.as_str())].into_iter().collect();
                Ok(Reply { headers, body: bytes::Bytes::new() })
            }
            "doubt" => {
                self.done.push((receiver.to_owned(), key, body));
                Err(failure(Class::InDoubt, None))
            }
            plan => match plan.parse::<u16>() {
                Ok(status @ (429 | 500..)) => Err(failure(Class::Transient, Some(status))),
                Ok(status) => Err(failure(Class::Permanent, Some(status))),
                Err(_) => {
                    self.done.push((receiver.to_owned(), key, body));
                    let body = plan.strip_prefix("ok:").unwrap_or("").to_owned();
                    let own = [("X-Reply".to_owned(), "yes".to_owned())];
                    let headers = own.into_iter().chain(self.reply_headers.clone()).collect();
                    Ok(Reply { headers, body: body.into() })
                }
            },
        }
    }

    /// Makes an attempt of each parked delivery that is due, as dispatchers do.
    pub fn deliver_due(&mut self) {
        for flow in self.flows.values().cloned().collect::<Vec<_>>() {
            for receiver in flow.receivers.keys() {
                for entry in self.claim(&Place::delivery(flow.name.as_str(), receiver.as_str())) {
                    let settled = self.attempt(&flow, receiver, &entry, &engine::Keep::default());
                    self.commit(settled.changes).expect("commit");
                }
            }
        }
    }

    /// Makes one attempt of a parked delivery and says what it changes, as the runtime does.
    pub fn attempt(
        &mut self,
        flow: &flow::Flow,
        receiver: &str,
        entry: &Entry,
        keep: &engine::Keep,
    ) -> engine::Settled {
        let attempt = engine::redeliver(flow, entry, self.time);
        let outcome = match &attempt {
            engine::Attempt::Send(call) | engine::Attempt::Ask(call) => self.call(receiver, call),
            engine::Attempt::Hold | engine::Attempt::Broken(_) => Ok(Reply::default()),
        };
        engine::settle(flow, entry, &attempt, &outcome, keep, self.time).expect("a delivery")
    }

    fn call_flow(&mut self, address: &str, message: Message, call: Option<DeliveryId>) -> Option<Done> {
        let found = self.flows.values().find_map(|flow| {
            let fits = |s: &SenderChannel| matches!(s, SenderChannel::ProcessDirect(a) if a == address);
            flow.senders().find(|(_, _, s)| fits(s)).map(|(ix, _, _)| (flow.name.clone(), ix))
        });
        let Some((name, process)) = found else {
            let failure = Failure::transient("T0003", format!("nobody listens at {address}"));
            return Some(Done::FlowCalled { outcome: Err(failure), escalated: false });
        };
        assert!(message.properties.is_empty(), "properties crossed");
        let trigger = Trigger::Called { caller: "caller".into(), one_way: self.one_way(), retrying: false };
        let mut start = self.start(&name, message, trigger);
        start.process = process as ProcessIx;
        start.origin = call.map(|call| MessageId::derived(&name, &call.to_string()));
        let kept = start.origin.clone().filter(|_| start.flow.quality.keeps_outcomes());
        start.message_id = kept.unwrap_or_else(|| MessageId::from_text(format!("Afresh{}", self.runs)));
        start.settled = self.settled(&start.message_id);
        let ended = self.run(start)?;
        self.events.push(format!("{name} {}", ended.status));
        let outcome = match ended.failure {
            Some(failure) => Err(failure),
            None => Ok(Reply { headers: ended.message.headers, body: ended.message.body }),
        };
        Some(Done::FlowCalled { outcome, escalated: ended.escalated })
    }

    /// Whether the flow under test was started by nobody who waits: tests say so by its name.
    fn one_way(&self) -> bool {
        self.flows.contains_key("one-way")
    }

    /// Stores an entry as a producer would.
    pub fn put(&mut self, place: Place, id: &str, body: &str) {
        self.put_bytes(place, id, body.as_bytes());
    }

    /// The same with any bytes.
    pub fn put_bytes(&mut self, place: Place, id: &str, body: &[u8]) {
        let entry = NewEntry {
            place,
            id: id.to_owned(),
            overwrite: false,
            message: Message::of(body.to_vec()),
            encrypt: false,
            message_id: MessageId::from_text(MESSAGE),
            origin: None,
            correlation: (&MessageId::from_text(MESSAGE)).into(),
            interface: "orders-in".into(),
            order_key: String::new(),
            state: EntryState::Waiting,
            doubt: false,
            created: self.time,
            due: self.time,
            alert_at: Timestamp(i64::MAX),
            expires: Timestamp(i64::MAX),
            retries: 0,
            error: None,
        };
        self.commit(vec![Change::Put(Box::new(entry))]).expect("put");
    }

    /// Takes what is due in a place.
    pub fn claim(&mut self, place: &Place) -> Vec<Entry> {
        now(self.store.claim(place, self.time, 100, false)).expect("claim")
    }

    pub fn parked(&mut self, flow: &str, entry: &Entry, max_retries: Option<u32>) -> Start {
        let policy = flow::RetryPolicy { max_retries, jitter: 0.0, ..engine::INBOX_RETRY };
        let trigger = Trigger::Parked {
            key: entry.info.key,
            place: entry.info.place.clone(),
            retries: entry.info.retries,
            crashes: entry.info.crashes,
            policy,
            interface: entry.info.interface.clone(),
        };
        let mut start = self.start(flow, entry.message.clone(), trigger);
        start.settled = self.settled(&start.message_id);
        start
    }

    /// All that is stored, one line each.
    pub fn stored(&self) -> String {
        let mut out = String::new();
        for info in now(self.store.entries(EntryFilter::default())).expect("entries") {
            let entry = now(self.store.entry(info.key)).expect("entry").expect("an entry");
            let retries = if info.retries == 0 { String::new() } else { format!(" r{}", info.retries) };
            let due = info.due.since(self.time).as_secs();
            let due = if due == 0 { String::new() } else { format!(" +{due}s") };
            let state = info.state.as_str();
            let body = entry.message.text();
            writeln!(out, "{}: {state}{retries}{due} {body}", info.place).expect("write");
        }
        for variable in now(self.store.variables()).expect("variables") {
            writeln!(out, "variable {} = {}", variable.name, variable.value).expect("write");
        }
        for range in now(self.store.number_ranges()).expect("ranges") {
            writeln!(out, "range {} next {:?}", range.name, range.next).expect("write");
        }
        out
    }
}

/// Scripts of tests: the function's name says what it does.
fn script(effect: &engine::ScriptEffect) -> Result<Scripted, Failure> {
    let mut message = effect.message.clone();
    let body = message.text().into_owned();
    match effect.function.as_str() {
        "upper" => message.body = body.to_uppercase().into(),
        "fail" => return Err(Failure::permanent("J0001", "script failed")),
        "fail_on_bad" if body.contains("bad") => return Err(Failure::permanent("J0001", "bad body")),
        "throw" => {
            let mut failure = Failure::permanent("J0001", "no");
            failure.excerpt = Some("java.lang.IllegalStateException: no\n  at s.js line 1".to_owned());
            return Err(failure);
        }
        "throw_own" => {
            let mut failure = Failure::permanent("J0001", "no");
            failure.excerpt = Some("MyEx: no\n  at s.groovy line 1".to_owned());
            return Err(failure);
        }
        "throw_text" => {
            let mut failure = Failure::permanent("J0001", "no");
            failure.excerpt = Some("    at processData (s.js:1:2): x\n".to_owned());
            return Err(failure);
        }
        "answers" => {
            let text = "POST http://h/p answered 500 Internal Server Error";
            let failure = Failure { http_status: Some(500), ..Failure::transient(body, text) };
            return Err(failure);
        }
        "bug" => return Err(Failure::new(Class::Bug, "J0003", "script host died")),
        "sees_exception" => {
            let text = effect.exception.as_ref().map(|e| e.message.clone()).unwrap_or_default();
            message.body = format!("{text}{}", effect.thrown.as_deref().unwrap_or_default()).into();
        }
        _ => {}
    }
    let attachments = Vec::new();
    Ok(Scripted { message, body_is_text: false, headers: vec![("ran".into(), effect.function.clone())], attachments })
}
