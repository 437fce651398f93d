//! Plays the steps of a scenario on a runtime whose world is scripted.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use base::{Clock, ManualClock, MessageId, SeededEntropy, Timestamp};
use bytes::Bytes;
use flow::{Flow, Language, Package};
use store::{EntryFilter, EntryState, MemoryLog, MemoryStore, MessageFilter, Place, PlaceKind};

use super::expect;
use super::text::{Post, Scenario, Step, Target, scalar};
use super::world::{AnySecret, World};
use super::{ScenarioFailure, ScenarioReport};
use crate::{DoorRequest, DoorResponse, Options, Retention, Runtime, Selection};

/// Real time after which a scenario that does not come to rest is given up.
const RESTLESS: Duration = Duration::from_secs(120);
/// Most moves of the clock in one step.
const MOVES: usize = 200_000;

/// The world and the runtime of a scenario.
pub(super) struct Stage {
    /// Receivers.
    pub world: Arc<World>,
    /// The runtime of the moment.
    pub runtime: Runtime,
    clock: Arc<ManualClock>,
    options: Options,
    flows: Vec<Arc<Flow>>,
}

/// Plays a scenario.
pub(super) async fn play(package: &Package, file: &str, text: &str) -> ScenarioReport {
    let scenario = match Scenario::parse(text) {
        Ok(scenario) => scenario,
        Err(error) => return ScenarioReport::failed(file, error),
    };
    let title = if scenario.scenario.is_empty() { file.to_owned() } else { scenario.scenario.clone() };
    let mut stage = match Stage::set(package, &scenario).await {
        Ok(stage) => stage,
        Err(error) => return ScenarioReport::failed(&title, error),
    };
    let mut report = ScenarioReport { title, steps: scenario.steps.len(), failures: Vec::new() };
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    for (index, step) in scenario.steps.iter().enumerate() {
        let mut problems = Vec::new();
        let gone_on = stage.step(step, &package.files, folder, &mut problems).await;
        if let Err(error) = &gone_on {
            problems.push(error.clone());
        }
        report.failures.extend(problems.into_iter().map(|text| ScenarioFailure { step: index + 1, text }));
        if gone_on.is_err() {
            break;
        }
    }
    stage.runtime.crash().await;
    report
}

impl Stage {
    async fn set(package: &Package, scenario: &Scenario) -> Result<Self, String> {
        let mut package = package.clone();
        package.overrides.extend(scenario.parameters.iter().map(|(name, value)| (name.clone(), scalar(value))));
        let checked = flow::check(&package);
        let errors: Vec<_> = checked.problems.into_iter().filter(|p| p.severity == diag::Severity::Error).collect();
        if !errors.is_empty() {
            return Err(format!("the package has errors:\n{}", diag::render(&errors, &checked.sources, false)));
        }
        let clock = Arc::new(ManualClock::at(scenario.start()?));
        let world = Arc::new(World::of(&scenario.receivers)?);
        let javascript: Arc<dyn script::Host> = Arc::new(script::JavaScript::default());
        let groovy: Arc<dyn script::Host> = Arc::new(script::Groovy::default());
        let mapping: Arc<dyn script::Host> = Arc::new(script::MessageMapping::default());
        let options = Options {
            store: Arc::new(MemoryStore::new()),
            log: Arc::new(MemoryLog::new()),
            clock: Arc::<ManualClock>::clone(&clock),
            entropy: Arc::new(SeededEntropy::new(1)),
            adapters: Arc::<World>::clone(&world),
            scripts: [
                (Language::JavaScript, javascript),
                (Language::Groovy, groovy),
                (Language::MessageMapping, mapping),
            ]
            .into(),
            script_limits: script::Limits::default(),
            secrets: Arc::new(AnySecret),
            retention: Retention::default(),
            max_runs: 64,
        };
        let runtime = Runtime::start(options.clone()).await.map_err(|e| e.to_string())?;
        let stage = Stage { world, runtime, clock, options, flows: checked.flows };
        stage.deploy().await?;
        Ok(stage)
    }

    async fn deploy(&self) -> Result<(), String> {
        let problems = self.runtime.deploy(self.flows.clone()).await;
        if let Some(problem) = problems.first() {
            return Err(format!("flow {} could not be started: {}", problem.flow, problem.text));
        }
        self.rest().await
    }

    /// Waits until everything that can run has run.
    async fn rest(&self) -> Result<(), String> {
        let idle = self.runtime.shared.hub.activity().idle();
        tokio::time::timeout(RESTLESS, idle)
            .await
            .map_err(|_| "the flows did not come to rest in two minutes".to_owned())
    }

    async fn step(
        &mut self,
        step: &Step,
        files: &BTreeMap<String, String>,
        folder: &str,
        problems: &mut Vec<String>,
    ) -> Result<(), String> {
        let ops = self.runtime.ops();
        match step {
            Step::Post(post) => {
                let answer = self.post(post, files, folder).await?;
                self.rest().await?;
                if let Some(expected) = &post.expect {
                    expect::answer(expected, &answer, problems);
                }
            }
            Step::Advance(text) => self.advance(base::parse_duration(text)?).await?,
            Step::Crash(false) => {}
            Step::Crash(true) => {
                self.runtime.crash().await;
                self.runtime = Runtime::start(self.options.clone()).await.map_err(|e| e.to_string())?;
                self.deploy().await?;
            }
            Step::Retry(target) => self.act(target, true).await?,
            Step::Delete(target) => self.act(target, false).await?,
            Step::Stop(target) => self.switch(target, true).await?,
            Step::Start(target) => self.switch(target, false).await?,
            Step::Tick(flow) => ops.tick_now(flow).await.map_err(|e| e.to_string())?,
            Step::Expect(expected) => expect::check(self, expected, problems).await?,
        }
        self.rest().await
    }

    async fn post(&self, post: &Post, files: &BTreeMap<String, String>, folder: &str) -> Result<DoorResponse, String> {
        let body = match (&post.body, &post.body_file) {
            (Some(_), Some(_)) => return Err("`body` and `body-file` exclude each other".to_owned()),
            (Some(body), None) => Bytes::from(scalar(body)),
            (None, Some(file)) => {
                let path = if folder.is_empty() { file.clone() } else { format!("{folder}/{file}") };
                let text = files.get(&path).or_else(|| files.get(file));
                Bytes::from(text.ok_or_else(|| format!("there is no file {path} in the package"))?.clone())
            }
            (None, None) => Bytes::new(),
        };
        let (path, query) = match post.path.split_once('?') {
            Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
            None => (post.path.clone(), None),
        };
        let method = post.method.as_deref().unwrap_or("POST").to_ascii_uppercase();
        if let Err(answer) = self.runtime.door(&method, &path) {
            return Ok(answer);
        }
        let headers = post.headers.iter().map(|(name, value)| (name.clone(), scalar(value))).collect();
        let request = DoorRequest { method, path, query, headers, body, user: post.user.clone() };
        let answered = tokio::time::timeout(RESTLESS, self.runtime.enter(request)).await;
        answered.map_err(|_| "the request was not answered in two minutes".to_owned())
    }

    /// Moves the clock from one due thing to the next, up to a time from now.
    async fn advance(&self, by: Duration) -> Result<(), String> {
        let until = self.clock.now().plus(by);
        for _ in 0..MOVES {
            let next = self.next_due().await?.filter(|next| *next < until);
            self.clock.set(next.unwrap_or(until));
            self.runtime.shared.hub.ring_all();
            self.rest().await?;
            if next.is_none() {
                return Ok(());
            }
        }
        Err(format!("more than {MOVES} things came due; advance in smaller steps"))
    }

    /// The next time at which something is due.
    async fn next_due(&self) -> Result<Option<Timestamp>, String> {
        let shared = &self.runtime.shared;
        let now = self.clock.now();
        let mut due: Vec<Timestamp> = vec![*shared.next_sweep.lock().unwrap_or_else(PoisonError::into_inner)];
        due.extend(shared.deployed.load().flows.values().flat_map(|s| &s.timers).filter_map(|t| t.next()));
        let mut filter = EntryFilter { state: Some(EntryState::Waiting), limit: 1_000, ..EntryFilter::default() };
        loop {
            let page = self.options.store.entries(filter.clone()).await.map_err(|e| e.to_string())?;
            due.extend(page.iter().map(|e| e.due));
            match page.last() {
                Some(last) if page.len() >= 1_000 => filter.after = Some(last.key),
                _ => break,
            }
        }
        Ok(due.into_iter().filter(|t| *t > now).min())
    }

    async fn act(&self, target: &Target, retry: bool) -> Result<(), String> {
        let ops = self.runtime.ops();
        let done = match (&target.message, retry) {
            (Some(id), true) => ops.retry_message(&self.message(id).await?, None).await,
            (Some(id), false) => ops.cancel_message(&self.message(id).await?, None).await,
            (None, _) => {
                let place = Some(self.place(target).await?);
                let which = EntryFilter { place, interface: target.interface.clone(), ..EntryFilter::default() };
                let which = Selection::Filter(which);
                if retry { ops.retry_entries(which).await } else { ops.delete_entries(which).await }
            }
        };
        done.map(|_| ()).map_err(|e| e.to_string())
    }

    async fn switch(&self, target: &Target, stopped: bool) -> Result<(), String> {
        let ops = self.runtime.ops();
        let done = match &target.flow {
            Some(flow) => ops.stop_flow(flow, stopped).await,
            None => ops.stop_place(self.place(target).await?, target.interface.clone(), stopped).await,
        };
        done.map_err(|e| e.to_string())
    }

    /// The id of a message; `last` is the one that began last.
    async fn message(&self, id: &str) -> Result<MessageId, String> {
        if id != "last" {
            return Ok(MessageId::from_text(id));
        }
        let filter = MessageFilter { limit: 1, ..MessageFilter::default() };
        let list = self.runtime.ops().messages(filter).await.map_err(|e| e.to_string())?;
        list.first().map(|m| m.id.clone()).ok_or_else(|| "there is no message yet".to_owned())
    }

    /// The place that an operator means.
    async fn place(&self, target: &Target) -> Result<Place, String> {
        let (kind, name) = match (&target.queue, &target.store, &target.receiver) {
            (Some(queue), None, None) => return Ok(Place::queue(queue)),
            (None, Some(store), None) => (PlaceKind::DataStore, store),
            (None, None, Some(receiver)) => (PlaceKind::Delivery, receiver),
            _ => return Err("name one of `queue`, `store`, `receiver`, `message` or `flow`".to_owned()),
        };
        let places = self.options.store.places(Some(kind), self.clock.now()).await.map_err(|e| e.to_string())?;
        // A receiver for which nothing was ever parked is no place yet, and can be stopped all the same.
        let deployed = self.runtime.shared.deployed.load();
        let receivers = deployed.flows.values().flat_map(|slot| {
            crate::deploy::parking_receivers(&slot.flow).into_iter().map(|name| Place::delivery(&slot.flow.name, name))
        });
        let receivers = receivers.filter(|_| kind == PlaceKind::Delivery);
        let mut all = places.into_iter().map(|p| p.place).chain(receivers);
        let found = all.find(|p| expect::is_named(&p.flow, &p.name, name));
        found.ok_or_else(|| format!("there is no {} {name}", kind.as_str()))
    }
}
