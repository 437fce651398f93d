//! `semel queues`, `semel stores` and `semel deliveries`: one set of actions for places of all kinds.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::messages::done;
use super::values::{brief, list, number, said, text};
use crate::args::{DeliveriesArgs, Format, PlaceAction, QueuesArgs, Server, StoresArgs, Which};
use crate::client::Client;
use crate::exit::Exit;
use crate::out;

pub(crate) async fn queues(args: QueuesArgs) -> Result<(), Exit> {
    let columns = &["name", "entries", "waiting", "overdue", "blocked", "state", "stopped_interfaces", "next_due"];
    let client = Client::new(&args.server)?;
    act(&client, &args.server, ("queues", "queues", columns), None, args.action).await
}

pub(crate) async fn stores(args: StoresArgs) -> Result<(), Exit> {
    let columns = &["name", "visibility", "flow", "entries", "overdue", "oldest"];
    let client = Client::new(&args.server)?;
    act(&client, &args.server, ("stores", "data stores", columns), args.flow, args.action).await
}

pub(crate) async fn deliveries(args: DeliveriesArgs) -> Result<(), Exit> {
    let columns = &["receiver", "flow", "entries", "waiting", "overdue", "blocked", "state", "next_due"];
    let client = Client::new(&args.server)?;
    // A receiver's name is enough where no other flow has one of that name.
    let flow = match (&args.flow, place_name(&args.action)) {
        (None, Some(receiver)) => Some(owner(&client, receiver).await?),
        (flow, _) => flow.clone(),
    };
    act(&client, &args.server, ("deliveries", "parked deliveries", columns), flow, args.action).await
}

async fn owner(client: &Client, receiver: &str) -> Result<String, Exit> {
    // Receivers of deployed flows for which nothing was ever parked, and parked deliveries of flows that are gone.
    let (places, receivers) = (client.get(&["deliveries"], &[]).await?, client.get(&["receivers"], &[]).await?);
    let of = |answer: &Value, key: &str| -> Vec<String> {
        let items = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().filter(|p| p[key] == receiver).map(|p| text(p, "flow")).collect()
    };
    let flows: BTreeSet<String> = of(&places, "receiver").into_iter().chain(of(&receivers, "name")).collect();
    let mut flows: Vec<String> = flows.into_iter().collect();
    match flows.len() {
        1 => Ok(flows.remove(0)),
        0 => Err(Exit::usage(format!("no exactly-once flow has a receiver {receiver}"))),
        _ => Err(Exit::usage(format!("several flows have a receiver {receiver}; add --flow {}", flows.join(" or ")))),
    }
}

fn place_name(action: &PlaceAction) -> Option<&str> {
    match action {
        PlaceAction::List | PlaceAction::Entry { .. } => None,
        PlaceAction::Entries { name, .. }
        | PlaceAction::Retry { name, .. }
        | PlaceAction::Delete { name, .. }
        | PlaceAction::Move { name, .. }
        | PlaceAction::Stop { name, .. }
        | PlaceAction::Start { name, .. }
        | PlaceAction::Drop { name } => Some(name),
    }
}

async fn act(
    client: &Client,
    server: &Server,
    (kind, what, columns): (&str, &str, &[&str]),
    flow: Option<String>,
    action: PlaceAction,
) -> Result<(), Exit> {
    let format = server.format;
    let owner: Vec<(&str, String)> = flow.into_iter().map(|f| ("flow", f)).collect();
    match action {
        PlaceAction::List => {
            let mut answer = client.get(&[kind], &[]).await?;
            if let (Some((_, flow)), Some(items)) = (owner.first(), answer.as_array_mut()) {
                items.retain(|i| i["flow"] == **flow);
            }
            list(&answer, format, what, columns)
        }
        PlaceAction::Entries { name, state, interface, limit } => {
            let mut query = owner;
            query.push(("limit", limit.to_string()));
            query.extend(state.map(|v| ("state", v)));
            query.extend(interface.map(|v| ("interface", v)));
            let answer = client.get(&[kind, &name, "entries"], &query).await?;
            if format == Format::Json { out::json(&answer) } else { entries(&answer) }
        }
        PlaceAction::Entry { key } => {
            let answer = client.get(&["entries", &key.to_string()], &[]).await?;
            if format == Format::Json { out::json(&answer) } else { entry(&answer) }
        }
        PlaceAction::Retry { name, which } => {
            done(&client.post(&[kind, &name, "retry"], &owner, order(which)).await?, "due now", format)
        }
        PlaceAction::Delete { name, which } => {
            done(&client.post(&[kind, &name, "delete"], &owner, order(which)).await?, "deleted", format)
        }
        PlaceAction::Move { name, to, which } => {
            let mut order = order(which);
            order["to"] = to.clone().into();
            let answer = client.post(&[kind, &name, "move"], &owner, order).await?;
            done(&answer, &format!("moved to {to}"), format)
        }
        PlaceAction::Stop { name, interface } => switch(client, (kind, &name, "stop"), &owner, interface, format).await,
        PlaceAction::Start { name, interface } => {
            switch(client, (kind, &name, "start"), &owner, interface, format).await
        }
        PlaceAction::Drop { name } => {
            let answer = client.delete(&[kind, &name], &owner).await?;
            said(&answer, &format!("{name} is deleted with its entries"), format)
        }
    }
}

async fn switch(
    client: &Client,
    (kind, name, action): (&str, &str, &str),
    owner: &[(&str, String)],
    interface: Option<String>,
    format: Format,
) -> Result<(), Exit> {
    let answer = client.post(&[kind, name, action], owner, json!({"interface": interface})).await?;
    let what = interface.map_or_else(|| name.to_owned(), |i| format!("{i} in {name}"));
    said(&answer, &format!("{what} is {}", if action == "stop" { "stopped" } else { "started" }), format)
}

fn order(which: Which) -> Value {
    json!({
        "keys": which.entry, "interface": which.interface, "state": which.state, "message": which.message,
        "all": which.all,
    })
}

fn entries(answer: &Value) -> Result<(), Exit> {
    let items = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        return out::line("no entries");
    }
    let rows = items.iter().map(|e| {
        let (message, interface) = (text(e, "message"), text(e, "interface"));
        let times = [text(e, "created"), text(e, "due")];
        let [created, due] = times;
        vec![
            number(e, "key"),
            brief(&text(e, "id"), 40),
            message,
            interface,
            text(e, "state") + if e["doubt"] == true { " (in doubt)" } else { "" },
            created,
            due,
            number(e, "retries"),
            brief(&text(e, "error"), 80),
        ]
    });
    let head = ["key", "id", "message", "interface", "state", "created", "due", "retries", "error"];
    out::line(&out::table(&head, rows.collect()))
}

fn entry(e: &Value) -> Result<(), Exit> {
    let mut page = String::new();
    for field in [
        "key",
        "id",
        "message",
        "interface",
        "order_key",
        "state",
        "doubt",
        "created",
        "due",
        "expires",
        "retries",
        "error",
    ] {
        let value = super::values::cell(&e[field]);
        if !value.is_empty() {
            page.push_str(&format!("{field:<10} {value}\n"));
        }
    }
    if let Some(headers) = e["payload"]["headers"].as_object() {
        page.push_str("\nHeaders\n");
        for (name, value) in headers {
            page.push_str(&format!("  {name}: {}\n", super::values::cell(value)));
        }
    }
    page.push_str("\nBody\n");
    page.push_str(e["payload"]["body"].as_str().unwrap_or("(binary; see --format json)"));
    out::line(&page)
}
