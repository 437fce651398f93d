//! How a command ends: one code per kind of failure, documented in `--help`.

/// Exit codes. Scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Code {
    /// Something failed that has no code of its own.
    Failed = 1,
    /// The command line makes no sense. Clap uses the same.
    Usage = 2,
    /// A flow has errors.
    InvalidFlow = 3,
    /// A scenario failed.
    ScenarioFailed = 4,
    /// No server answers.
    NoServer = 5,
    /// The server refused.
    Refused = 6,
    /// `semel doctor` found something that wants attention.
    Attention = 7,
    /// `semel doctor` found something that endangers messages or keeps Semel from taking them.
    Danger = 8,
    /// Stopped by a second signal.
    Interrupted = 130,
}

/// The same for people.
pub(crate) const HELP: &str = "Exit codes:\n  \
    0    done\n  \
    1    failed\n  \
    2    the command line makes no sense\n  \
    3    a flow has errors\n  \
    4    a scenario failed\n  \
    5    no server answers\n  \
    6    the server refused\n  \
    7    doctor: something wants attention\n  \
    8    doctor: messages are in danger or cannot be taken\n  \
    130  stopped by a second signal\n\n\
    Environment:\n  \
    SEMEL_LOG           what is logged to stderr, such as `info` or `runtime=debug`\n  \
    SEMEL_KEY           key for secrets and encrypted payloads, 64 hex digits, instead of the file DATA/key\n  \
    SEMEL_TOKEN         token for --server\n  \
    SEMEL_PARAM_<NAME>  value of a flow parameter: SEMEL_PARAM_BILLING_URL for {{billing.url}}\n  \
    NO_COLOR            no colours";

/// The end of a command that did not do what was asked.
#[derive(Debug)]
pub(crate) struct Exit {
    pub(crate) code: Code,
    /// What is told on stderr; nothing where all has been said.
    pub(crate) text: String,
}

impl Exit {
    pub(crate) fn new(code: Code, text: impl Into<String>) -> Self {
        Exit { code, text: text.into() }
    }

    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Exit::new(Code::Failed, text)
    }

    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Exit::new(Code::Usage, text)
    }

    /// All has been said already.
    pub(crate) fn silent(code: Code) -> Self {
        Exit::new(code, "")
    }
}
