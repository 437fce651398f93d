//! `semel receivers`: which systems are there, and what waits for them.

use super::values::list;
use crate::args::{ReceiversAction, ReceiversArgs};
use crate::client::Client;
use crate::exit::Exit;

pub(crate) async fn run(args: ReceiversArgs) -> Result<(), Exit> {
    let ReceiversAction::List = args.action;
    let answer = Client::new(&args.server)?.get(&["receivers"], &[]).await?;
    let fields =
        ["flow", "name", "system", "circuit", "waiting", "in_doubt", "blocked", "oldest", "next_probe", "error"];
    list(&answer, args.server.format, "receivers of exactly-once flows", &fields)
}
