//! `semel queues`, `semel stores` and `semel deliveries`: one set of actions for places of all kinds.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use super::messages::done;
use super::values::{brief, list, number, said, text};
use crate::args::{
    After, DeliveriesArgs, Dry, Format, InboxesArgs, PlaceAction, QueuesArgs, Server, StoreAction, StoresArgs, Which,
};
use crate::client::Client;
use crate::exit::Exit;
use crate::out;

pub(crate) async fn queues(args: QueuesArgs) -> Result<(), Exit> {
    let columns = &["name", "entries", "waiting", "overdue", "blocked", "state", "stopped_interfaces", "next_due"];
    let client = Client::new(&args.server)?;
    store(&client, &args.server, ("queues", "queues", columns), None, args.action).await
}

pub(crate) async fn stores(args: StoresArgs) -> Result<(), Exit> {
    let columns = &["name", "visibility", "flow", "entries", "overdue", "oldest"];
    let client = Client::new(&args.server)?;
    store(&client, &args.server, ("stores", "data stores", columns), args.flow, args.action).await
}

pub(crate) async fn inboxes(args: InboxesArgs) -> Result<(), Exit> {
    let columns = &["name", "flow", "entries", "waiting", "overdue", "blocked", "state", "next_due"];
    let client = Client::new(&args.server)?;
    let flow = match (&args.flow, place_name(&args.action)) {
        (None, Some(name)) => {
            let inboxes = client.get(&["inboxes"], &[]).await?;
            one_flow(flows_of(&inboxes, "name", name), "inbox", name)?
        }
        (flow, _) => flow.clone().unwrap_or_default(),
    };
    let flow = Some(flow).filter(|flow| !flow.is_empty());
    act(&client, &args.server, ("inboxes", "inboxes", columns), flow, args.action).await
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
    let mut flows = flows_of(&places, "receiver", receiver);
    flows.extend(flows_of(&receivers, "name", receiver));
    one_flow(flows, "receiver", receiver)
}

/// The flows of the items of a name.
fn flows_of(answer: &Value, key: &str, name: &str) -> BTreeSet<String> {
    let items = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter(|item| item[key] == name).map(|item| text(item, "flow")).collect()
}

fn one_flow(flows: BTreeSet<String>, what: &str, name: &str) -> Result<String, Exit> {
    let mut flows: Vec<String> = flows.into_iter().collect();
    match flows.len() {
        1 => Ok(flows.remove(0)),
        0 => Err(Exit::usage(format!("no flow has the {what} {name}"))),
        _ => Err(Exit::usage(format!("several flows have the {what} {name}; add --flow {}", flows.join(" or ")))),
    }
}

fn place_name(action: &PlaceAction) -> Option<&str> {
    match action {
        PlaceAction::List | PlaceAction::Entry { .. } => None,
        PlaceAction::Entries { name, .. }
        | PlaceAction::Retry { name, .. }
        | PlaceAction::Delete { name, .. }
        | PlaceAction::Stop { name, .. }
        | PlaceAction::Start { name, .. }
        | PlaceAction::Drop { name } => Some(name),
    }
}

async fn store(
    client: &Client,
    server: &Server,
    (kind, what, columns): (&str, &str, &[&str]),
    flow: Option<String>,
    action: StoreAction,
) -> Result<(), Exit> {
    let (name, to, which, after, dry) = match action {
        StoreAction::Place(action) => return act(client, server, (kind, what, columns), flow, action).await,
        StoreAction::Move { name, to, which, after, dry } => (name, to, which, after, dry),
    };
    let owner: Vec<(&str, String)> = flow.into_iter().map(|f| ("flow", f)).collect();
    let mut order = order(which, after, dry);
    order["to"] = to.clone().into();
    let answer = client.post(&[kind, &name, "move"], &owner, order).await?;
    done(&answer, &format!("moved to {to}"), server.format)
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
        PlaceAction::Retry { which, body: Some(file), .. } => {
            let [key] = which.entry[..] else { return Err(Exit::usage("a body is for one --entry")) };
            let path = ["entries", &key.to_string(), "correct"];
            done(&client.post_bytes(&path, &[], content(&file)?).await?, "due now", format)
        }
        PlaceAction::Retry { name, which, after, dry, body: None } => {
            let which = order(which, after, dry);
            done(&client.post(&[kind, &name, "retry"], &owner, which).await?, "due now", format)
        }
        PlaceAction::Delete { name, which, after, dry } => {
            done(&client.post(&[kind, &name, "delete"], &owner, order(which, after, dry)).await?, "deleted", format)
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

/// What a file holds; `-` is stdin.
pub(super) fn content(file: &Path) -> Result<Vec<u8>, Exit> {
    let content = if file.as_os_str() == "-" {
        let mut content = Vec::new();
        std::io::stdin().read_to_end(&mut content).map(|_| content)
    } else {
        std::fs::read(file)
    };
    content.map_err(|e| Exit::usage(format!("{}: {e}", file.display())))
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

fn order(which: Which, after: After, dry: Dry) -> Value {
    json!({
        "dry_run": dry.dry_run,
        "keys": which.entry, "interface": which.interface, "state": which.state, "message": which.message,
        "all": which.all, "after": after.after,
    })
}

/// Entries as a table.
pub(super) fn entries(answer: &Value) -> Result<(), Exit> {
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
