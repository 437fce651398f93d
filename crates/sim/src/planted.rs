//! Bugs that are planted on purpose, to see that the checkers find them. They wrap the store, the receivers or the
//! message log, or leave settings out of the flows; the product's code knows nothing of them.

/// A planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Planted {
    /// Now and then a commit says yes and does nothing.
    DropCommit,
    /// A commit says yes before it is durable.
    AnswerBeforeCommit,
    /// The outcome `delivered` is not recorded.
    ForgetOutcome,
    /// What was recorded as delivered is not found again.
    ForgetDelivered,
    /// All records of a message are sent with the same delivery id.
    ReuseId,
    /// An exclusive queue gives its newest entry first.
    IgnoreOrder,
    /// Only the first half of a unit of work is committed at once, the rest later.
    HalfUnit,
    /// The intent to send is not committed.
    NoIntent,
    /// A receiver's no counts as a yes.
    RejectedIsSuccess,
    /// A doubt counts as a certain failure.
    DoubtIsFailure,
    /// Entries that were being processed are gone after a crash.
    LoseTaken,
    /// A claim does not take what it gives.
    DoubleClaim,
    /// Another content under a known key is not noticed.
    IgnoreKeyConflict,
    /// Nothing is waited for between two retries.
    Impatient,
    /// Idempotent calls are not remembered.
    ForgetOnce,
    /// Lines of the message log are lost.
    Silent,
    /// A stopped queue is taken from.
    IgnoreStop,
    /// Order keys are not stored: what fails is overtaken.
    IgnoreKey,
    /// Order keys of queue messages are not stored.
    IgnoreQueueKey,
    /// All keys are one: what fails holds up everything.
    OneOrder,
    /// The first of a key is delivered, recorded, and stays.
    HeadTwice,
    /// What is in doubt is sent again; nobody is asked.
    SendInDoubt,
    /// A receiver is asked at once about an attempt that a crash cut off.
    AskAtOnce,
    /// A receiver that has a delivery is believed not to have it.
    YesIsNo,
    /// Circuits never open.
    NeverOpen,
    /// Each receiver has a circuit of its own, whatever stands behind it.
    LonelyCircuits,
    /// Nobody keeps to `concurrency` and `rate`.
    NoLimits,
    /// Nothing is too old to be tried again.
    Ageless,
    /// Now and then a number is not remembered as drawn.
    NumberTwice,
    /// Now and then a variable is not written.
    LoseVariable,
}

/// All of them.
pub const ALL: [Planted; 30] = [
    Planted::DropCommit,
    Planted::AnswerBeforeCommit,
    Planted::ForgetOutcome,
    Planted::ForgetDelivered,
    Planted::ReuseId,
    Planted::IgnoreOrder,
    Planted::HalfUnit,
    Planted::NoIntent,
    Planted::RejectedIsSuccess,
    Planted::DoubtIsFailure,
    Planted::LoseTaken,
    Planted::DoubleClaim,
    Planted::IgnoreKeyConflict,
    Planted::Impatient,
    Planted::ForgetOnce,
    Planted::Silent,
    Planted::IgnoreStop,
    Planted::IgnoreKey,
    Planted::IgnoreQueueKey,
    Planted::OneOrder,
    Planted::HeadTwice,
    Planted::SendInDoubt,
    Planted::AskAtOnce,
    Planted::YesIsNo,
    Planted::NeverOpen,
    Planted::LonelyCircuits,
    Planted::NoLimits,
    Planted::Ageless,
    Planted::NumberTwice,
    Planted::LoseVariable,
];

impl Planted {
    /// Its name: `drop-commit`.
    #[must_use]
    pub fn name(self) -> String {
        let mut name = String::new();
        for c in format!("{self:?}").chars() {
            if c.is_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(c.to_ascii_lowercase());
        }
        name
    }

    /// The bug of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        ALL.into_iter().find(|planted| planted.name() == name)
    }
}
