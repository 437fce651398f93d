//! A world as plain data: flows, receivers, what senders send, what goes wrong and when.
//!
//! A world is made from a seed, printed, and shrunk by leaving parts out; playing it reads nothing else.

use std::time::Duration;

use base::Class;

use crate::given::Given;

/// A whole world.
#[derive(Clone, Debug)]
pub struct World {
    /// What it was made from, and what chances inside it are drawn from.
    pub seed: u64,
    /// Flows.
    pub flows: Vec<FlowSpec>,
    /// Receivers by number: receiver 3 is `r3`.
    pub receivers: Vec<ReceiverSpec>,
    /// What senders send.
    pub posts: Vec<Post>,
    /// Crashes: at the how-manieth effect, and whether before or after it.
    pub crashes: Vec<Crash>,
    /// How many of 1,000 commits and reads of the store fail while things go wrong.
    pub store_faults: u64,
    /// What operators and the machine's clock do.
    pub acts: Vec<(Duration, Act)>,
    /// From then on nothing goes wrong any more.
    pub calm: Duration,
    /// One thing that goes wrong, chosen by its number.
    pub single: Option<Single>,
    /// A package to play instead of the flows above.
    pub given: Option<Given>,
}

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Single {
    /// This commit fails, before or after it is durable.
    Commit {
        /// The how-manieth since the world began.
        number: u64,
        /// It is durable all the same.
        after: bool,
    },
    /// This call of a receiver.
    Call {
        /// The how-manieth since the world began.
        number: u64,
        /// What becomes of it.
        fate: Fate,
    },
    /// This call of a script.
    Script {
        /// The how-manieth since the world began.
        number: u64,
        /// Its host panics; the script throws otherwise.
        panics: bool,
    },
    /// The body of this request is nothing that a step could read.
    Body {
        /// The how-manieth since the world began.
        number: u64,
    },
}

/// What a receiver does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It acts and says so.
    Good,
    /// It cannot be reached.
    Refuse,
    /// It answers 503.
    Busy,
    /// It answers 400.
    Reject,
    /// It acts, and its answer is lost.
    LoseAnswer,
    /// The request is lost on its way.
    LoseRequest,
}

/// A flow.
#[derive(Clone, Debug)]
pub struct FlowSpec {
    /// Name.
    pub name: String,
    /// What starts it.
    pub from: From,
    /// `quality`.
    pub quality: Quality,
    /// `persistence: first`.
    pub first: bool,
    /// `transaction: required`.
    pub required: bool,
    /// In an ordered flow: one order for each key of a message, instead of one for all.
    pub by_key: bool,
    /// Draws a number first, and names it to its receivers.
    pub numbers: bool,
    /// Writes the id of the message into a variable.
    pub variable: bool,
    /// Steps of `main`.
    pub nodes: Vec<Node>,
}

/// `quality`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// Nothing is kept about single deliveries.
    BestEffort,
    /// Each delivery has an outcome.
    Once,
    /// And the deliveries keep their order.
    InOrder,
}

impl Quality {
    /// Whether each delivery has an outcome.
    #[must_use]
    pub fn keeps_outcomes(self) -> bool {
        self != Quality::BestEffort
    }
}

/// What starts a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// Requests to `/<name of the flow>`.
    Http,
    /// A queue.
    Queue {
        /// Its name.
        name: String,
        /// One message at a time, in order.
        exclusive: bool,
        /// Messages at once.
        concurrency: u64,
        /// Retries before the message is escalated.
        max_retries: Option<u64>,
        /// Whoever fills it says `order-by`: the key of the message.
        by_key: bool,
        /// Its messages expire after so many seconds.
        expire: Option<u64>,
    },
    /// The entries of a global data store, as a sender channel.
    Store(String),
    /// ProcessDirect.
    Direct(String),
    /// A timer that selects from a global data store and handles each entry.
    Timer {
        /// The store.
        store: String,
        /// How often, in seconds.
        every: u64,
    },
}

/// A step, or a structure of steps.
#[derive(Clone, Debug)]
pub enum Node {
    /// Sends to an outside receiver.
    Send {
        /// Name of the step.
        step: String,
        /// Receiver.
        to: usize,
    },
    /// Asks an outside receiver; it answers with what it was sent.
    Ask(usize),
    /// Splits, one level deeper; the steps run for each part.
    Split {
        /// Parts at once.
        parallel: u64,
        /// Whether parts are named by their id.
        record: bool,
        /// Steps of a part.
        nodes: Vec<Node>,
    },
    /// Multicast.
    Fan {
        /// All at once.
        parallel: bool,
        /// Branches.
        branches: Vec<Vec<Node>>,
    },
    /// A local process.
    Call {
        /// Its unit of work.
        unit: Unit,
        /// Its steps.
        nodes: Vec<Node>,
    },
    /// A local process that fails on purpose after its steps, and whose exception subprocess does the rest.
    Rescue {
        /// Its unit of work.
        unit: Unit,
        /// Its steps.
        nodes: Vec<Node>,
        /// What its exception subprocess does.
        rescue: Vec<Node>,
    },
    /// A local process, run this often.
    Loop {
        /// Rounds.
        times: u64,
        /// Its steps.
        nodes: Vec<Node>,
    },
    /// An idempotent call of a local process by the id of the body.
    Once {
        /// Name of the step.
        step: String,
        /// Its unit of work.
        unit: Unit,
        /// Its steps.
        nodes: Vec<Node>,
    },
    /// A local process that is called twice with different bodies: it asks a receiver, sends where that answers, and
    /// handles it where not. Which of its sends a run gets to differs from run to run.
    Twice {
        /// Receiver that is asked.
        ask: usize,
        /// In rounds of a loop, instead of from two places.
        rounds: bool,
        /// Its sends: step and receiver.
        sends: Vec<(String, usize)>,
    },
    /// Puts the message into a queue.
    Queue(String),
    /// Writes the body into a global data store, under its id and the name of the step.
    Store {
        /// Name of the step.
        step: String,
        /// The store.
        store: String,
    },
    /// Calls another flow.
    Direct(String),
    /// Design A: sends, and writes into a store what could not be sent; a timer flow tries that again.
    Keep {
        /// Name of the step.
        step: String,
        /// Receiver.
        to: usize,
        /// Store for what it did not take.
        store: String,
    },
}

/// `transaction` of a local process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Part of the caller's.
    Inherit,
    /// Its own.
    Required,
    /// None.
    None,
}

/// A receiver: what it promises and what goes wrong with it. Chances are of 100 calls while things go wrong.
#[derive(Clone, Debug)]
pub struct ReceiverSpec {
    /// It recognises a delivery id that it has seen.
    pub idempotent: bool,
    /// It is a mail server; HTTP otherwise.
    pub mail: bool,
    /// `in-doubt`.
    pub in_doubt: Doubt,
    /// Cannot be reached.
    pub refuse: u64,
    /// Answers 503.
    pub busy: u64,
    /// Answers 400 although the message is good.
    pub reject: u64,
    /// Acts, and its answer is lost.
    pub lose_answer: u64,
    /// The request is lost on its way; nobody can tell.
    pub lose_request: u64,
    /// Longest time it takes, in milliseconds; beyond the timeout of 10 seconds there is no answer.
    pub slow: u64,
    /// Down from one time to another.
    pub down: Option<(Duration, Duration)>,
    /// Rejects some bodies as long as things go wrong.
    pub poison: bool,
    /// `retry.interval` in seconds; the longest wait is eight of them.
    pub interval: u64,
    /// `retry.max-retries`.
    pub max_retries: u64,
    /// `retry.in-doubt`: interval and retries.
    pub doubtful: Option<(u64, u64)>,
    /// `retry.rejected`: interval and retries.
    pub rejected: Option<(u64, u64)>,
    /// `retry.max-age` in seconds.
    pub max_age: Option<u64>,
    /// `order-by` in ordered flows: the key of the body that is sent.
    pub by_key: bool,
    /// Does not take this key as long as things go wrong.
    pub sore: Option<u64>,
    /// `circuit.system`: `sys<number>`.
    pub system: Option<u64>,
    /// `circuit`.
    pub circuit: Circuit,
    /// `concurrency`.
    pub concurrency: Option<u64>,
    /// `rate`, in calls per ten seconds.
    pub rate: Option<u64>,
}

impl Default for ReceiverSpec {
    /// One that is well and recognises what it has seen.
    fn default() -> Self {
        ReceiverSpec {
            idempotent: true,
            mail: false,
            in_doubt: Doubt::Retry,
            refuse: 0,
            busy: 0,
            reject: 0,
            lose_answer: 0,
            lose_request: 0,
            slow: 1,
            down: None,
            poison: false,
            interval: 5,
            max_retries: 5,
            doubtful: None,
            rejected: None,
            max_age: None,
            by_key: false,
            sore: None,
            system: None,
            circuit: Circuit::Usual,
            concurrency: None,
            rate: None,
        }
    }
}

impl ReceiverSpec {
    /// Nothing ever goes wrong with it, except with a key that it does not take.
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.refuse + self.busy + self.reject + self.lose_answer + self.lose_request == 0
            && self.slow < 1_000
            && self.down.is_none()
            && !self.poison
    }

    /// Shortest wait before the next attempt and number of retries, after a failure of a class.
    #[must_use]
    pub fn policy(&self, class: Class) -> (u64, u64) {
        self.own_policy(class).unwrap_or((self.interval, self.max_retries))
    }

    /// For how many seconds something that failed so is tried again.
    #[must_use]
    pub fn patience(&self, class: Class) -> Option<u64> {
        self.max_age.filter(|_| self.own_policy(class).is_none())
    }

    fn own_policy(&self, class: Class) -> Option<(u64, u64)> {
        match class {
            Class::InDoubt => self.doubtful,
            Class::Permanent => self.rejected,
            Class::Transient | Class::Bug => None,
        }
    }
}

/// `circuit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circuit {
    /// Nothing is said: 5 failures, 30 seconds.
    Usual,
    /// `off`.
    Off,
    /// After so many failures, so many seconds.
    Of(u64, u64),
}

/// `in-doubt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Send again.
    Retry,
    /// Park for a person.
    Hold,
    /// Ask the receiver.
    Probe,
}

/// A message that a sender wants to get in, and tries until it is told that it did.
#[derive(Clone, Debug)]
pub struct Post {
    /// Its name, the id of its body.
    pub name: String,
    /// Flow that takes it, or the path of its door.
    pub flow: String,
    /// First try.
    pub at: Duration,
    /// Its order key; its parts have keys that follow from it.
    pub key: u64,
    /// With an `Idempotency-Key`. Without one each try is a message of its own.
    pub keyed: bool,
    /// Orders in it.
    pub orders: u64,
    /// Items in each order.
    pub items: u64,
    /// What the sender does twice.
    pub twice: Twice,
}

/// What a sender does twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twice {
    /// Nothing.
    No,
    /// The same request at the same time.
    Same,
    /// The same request after it was answered.
    Later,
    /// Another content under the same key after it was answered.
    Conflict,
}

/// The process dies at an effect: a commit, a claim, a receiver's act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// The how-manieth effect since the process before died.
    pub effect: u64,
    /// After it took place, before anybody knows.
    pub after: bool,
}

/// What operators and the clock do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The stored clock jumps by this many milliseconds.
    Jump(i64),
    /// Everything that is parked is tried now.
    RetryAll,
    /// A parked delivery is given up.
    Skip,
    /// A flow is stopped, or started again.
    Stop(String, bool),
    /// A queue is stopped, or started again.
    StopQueue(String, bool),
    /// An edited version of every flow is deployed.
    Redeploy,
    /// Shut down, waiting this many milliseconds for what runs, and started again.
    Restart(u64),
}
