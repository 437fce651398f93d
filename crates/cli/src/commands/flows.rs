//! `semel flows`: what is deployed.

use serde_json::json;

use super::values::{list, said};
use crate::args::{FlowsAction, FlowsArgs};
use crate::client::Client;
use crate::exit::Exit;

pub(crate) async fn run(args: FlowsArgs) -> Result<(), Exit> {
    let client = Client::new(&args.server)?;
    let format = args.server.format;
    let (name, action, body, sentence) = match args.action {
        FlowsAction::List => {
            let columns = &["name", "package", "state", "senders", "running", "log_level", "next_tick", "error"];
            return list(&client.get(&["flows"], &[]).await?, format, "flows", columns);
        }
        FlowsAction::Stop { name } => (name, "stop", json!({}), "is stopped".to_owned()),
        FlowsAction::Start { name } => (name, "start", json!({}), "is started".to_owned()),
        FlowsAction::Tick { name } => (name, "tick", json!({}), "ticks".to_owned()),
        FlowsAction::Trace { name, minutes } => {
            (name, "trace", json!({"minutes": minutes}), format!("is traced for {minutes} minutes"))
        }
    };
    let answer = client.post(&["flows", &name, action], &[], body).await?;
    said(&answer, &format!("{name} {sentence}"), format)
}
