//! Commands that ask a running server.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Server, pair};

#[derive(Args, Debug)]
pub(crate) struct MessagesArgs {
    #[command(flatten)]
    pub(crate) server: Server,
    #[command(subcommand)]
    pub(crate) action: MessagesAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MessagesAction {
    /// List messages, newest first.
    List {
        /// Only these statuses, such as RETRY,ESCALATED.
        #[arg(long, value_delimiter = ',')]
        status: Vec<String>,
        /// Only of this flow.
        #[arg(long)]
        flow: Option<String>,
        /// Only since a time, or a duration back from now: 1h.
        #[arg(long)]
        since: Option<String>,
        /// With this id, or in the chain of this id.
        #[arg(long)]
        id: Option<String>,
        /// With this custom header.
        #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
        header: Option<(String, String)>,
        /// Most messages.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        limit: u32,
    },
    /// Show one message with its runs, deliveries and errors.
    Show {
        /// Message id.
        id: String,
    },
    /// Try all parked entries of a message again, now.
    Retry {
        /// Message id.
        id: String,
        #[command(flatten)]
        after: After,
        #[command(flatten)]
        dry: Dry,
    },
    /// Delete all parked entries of a message: nobody tries it again.
    Cancel {
        /// Message id.
        id: String,
        #[command(flatten)]
        after: After,
        #[command(flatten)]
        dry: Dry,
    },
    /// Send to a receiver again what it already has, as another delivery with an id of its own.
    SendAgain {
        /// Message id.
        id: String,
        /// Receiver that it was delivered to.
        #[arg(long, value_name = "NAME")]
        receiver: String,
        /// Id of the delivery, from `show`; needed where the receiver got several of the message.
        #[arg(long, value_name = "ID")]
        delivery: Option<String>,
        /// A file with the payload; `-` is stdin. Without it the payload of a trace is sent.
        #[arg(long, value_name = "FILE")]
        body: Option<PathBuf>,
        /// The receiver shall have it twice: do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Show the traced steps of a message.
    Trace {
        /// Message id.
        id: String,
    },
}

/// Which entries an action is for.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = true)]
pub(crate) struct Which {
    /// Only this entry; may be repeated.
    #[arg(long, value_name = "KEY")]
    pub(crate) entry: Vec<i64>,
    /// Only entries of this interface.
    #[arg(long, conflicts_with = "entry")]
    pub(crate) interface: Option<String>,
    /// Only entries in this state, such as escalated.
    #[arg(long, conflicts_with = "entry")]
    pub(crate) state: Option<String>,
    /// Only entries of this message.
    #[arg(long, value_name = "ID", conflicts_with = "entry")]
    pub(crate) message: Option<String>,
    /// All entries.
    #[arg(long, conflicts_with = "entry")]
    pub(crate) all: bool,
}

/// Where to go on.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct After {
    /// Only entries with a larger key: goes on where an answer said that there are more.
    #[arg(long, value_name = "KEY")]
    pub(crate) after: Option<i64>,
}

/// Whether something is done.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Dry {
    /// Do nothing; show what would be done, and to which entries.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What can be done with a queue or a data store.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreAction {
    #[command(flatten)]
    Place(PlaceAction),
    /// Move entries.
    Move {
        /// Name.
        name: String,
        /// Where to.
        #[arg(long)]
        to: String,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        after: After,
        #[command(flatten)]
        dry: Dry,
    },
}

/// What can be done with a place of any kind.
#[derive(Debug, Subcommand)]
pub(crate) enum PlaceAction {
    /// List them.
    List,
    /// List the entries of one.
    #[command(visible_alias = "show")]
    Entries {
        /// Name.
        name: String,
        /// Only entries in this state: waiting, taken, blocked, escalated, in-doubt.
        #[arg(long)]
        state: Option<String>,
        /// Only entries of this interface.
        #[arg(long)]
        interface: Option<String>,
        /// Most entries.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        limit: u32,
    },
    /// Show one entry with its payload.
    Entry {
        /// Key of the entry, from `entries`.
        key: i64,
    },
    /// Try entries again, now.
    Retry {
        /// Name.
        name: String,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        after: After,
        #[command(flatten)]
        dry: Dry,
        /// A file with the corrected body for one entry; `-` is stdin. Delivery id and all else stay as they are.
        #[arg(long, value_name = "FILE", requires = "entry", conflicts_with = "dry_run")]
        body: Option<PathBuf>,
    },
    /// Delete entries: nobody tries them again.
    Delete {
        /// Name.
        name: String,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        after: After,
        #[command(flatten)]
        dry: Dry,
    },
    /// Take nothing from it any more; entries wait. A receiver that is stopped gets no first attempts either.
    Stop {
        /// Name.
        name: String,
        /// Only this interface.
        #[arg(long)]
        interface: Option<String>,
    },
    /// Take from it again.
    Start {
        /// Name.
        name: String,
        /// Only this interface.
        #[arg(long)]
        interface: Option<String>,
    },
    /// Delete it with all its entries; refused while a deployed flow names it.
    Drop {
        /// Name.
        name: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct QueuesArgs {
    #[command(flatten)]
    pub(crate) server: Server,
    #[command(subcommand)]
    pub(crate) action: StoreAction,
}

#[derive(Args, Debug)]
pub(crate) struct StoresArgs {
    #[command(flatten)]
    pub(crate) server: Server,
    /// Flow that the store belongs to; none for a global store.
    #[arg(long, global = true)]
    pub(crate) flow: Option<String>,
    #[command(subcommand)]
    pub(crate) action: StoreAction,
}

#[derive(Args, Debug)]
pub(crate) struct InboxesArgs {
    #[command(flatten)]
    pub(crate) server: Server,
    /// Flow that took the messages; not needed where only one flow has an inbox of that name.
    #[arg(long, global = true)]
    pub(crate) flow: Option<String>,
    #[command(subcommand)]
    pub(crate) action: PlaceAction,
}

#[derive(Args, Debug)]
pub(crate) struct DeliveriesArgs {
    #[command(flatten)]
    pub(crate) server: Server,
    /// Flow that delivers; not needed where only one flow has a receiver of that name.
    #[arg(long, global = true)]
    pub(crate) flow: Option<String>,
    #[command(subcommand)]
    pub(crate) action: PlaceAction,
}

#[derive(Args, Debug)]
pub(crate) struct VariablesArgs {
    #[command(flatten)]
    pub(crate) server: Server,
    #[command(subcommand)]
    pub(crate) action: VariablesAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VariablesAction {
    /// List variables.
    List,
    /// Delete a variable.
    Delete {
        /// Name.
        name: String,
        /// Flow that it belongs to; none for a global variable.
        #[arg(long)]
        flow: Option<String>,
    },
}

#[derive(Args, Debug)]
pub(crate) struct NumbersArgs {
    #[command(flatten)]
    pub(crate) server: Server,
    #[command(subcommand)]
    pub(crate) action: NumbersAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NumbersAction {
    /// List number ranges.
    List,
}

#[derive(Args, Debug)]
pub(crate) struct FlowsArgs {
    #[command(flatten)]
    pub(crate) server: Server,
    #[command(subcommand)]
    pub(crate) action: FlowsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FlowsAction {
    /// List deployed flows.
    List,
    /// Take nothing for this flow any more; nothing is lost. Lasts over restarts.
    Stop {
        /// Name.
        name: String,
    },
    /// Start a stopped flow.
    Start {
        /// Name.
        name: String,
    },
    /// Keep the message before every step for a while.
    Trace {
        /// Name.
        name: String,
        /// For how long, at most 60.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=60))]
        minutes: u32,
    },
    /// Let the timer of a flow tick now.
    Tick {
        /// Name.
        name: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct ReceiversArgs {
    #[command(flatten)]
    pub(crate) server: Server,
    #[command(subcommand)]
    pub(crate) action: ReceiversAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReceiversAction {
    /// List them with their circuits, waiting deliveries and doubts.
    List,
}
