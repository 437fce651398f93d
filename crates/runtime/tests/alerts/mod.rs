//! Alerts about what no commit says: a doubt that a crash left, and alerts that a restore held.

use super::*;
use store::Change;

const TELL: &str = "flow: tell\nfrom: { alerts: { every: 1h } }\nsteps:\n  - request: t\n\
                    receivers:\n  t: { http: { url: 'http://t.test/ok' } }\n";

fn held(target: &str, more: &str) -> String {
    format!(
        "flow: held\nquality: exactly-once\nfrom: {{ http: /held }}\nsteps:\n  - send: a\n\
         receivers:\n  a: {{ http: {{ url: 'http://a.test/{target}' }}, {more} }}\n"
    )
}

fn told(world: &World) -> Vec<serde_json::Value> {
    let bodies = world.receivers.bodies.lock().unwrap();
    bodies
        .iter()
        .filter_map(|body| serde_json::from_str(body).ok())
        .filter(|b: &serde_json::Value| b.is_object())
        .collect()
}

#[tokio::test]
async fn a_doubt_that_a_crash_left_is_told() {
    let world = World::new();
    let flows = [held("hang", "in-doubt: hold"), TELL.to_owned()];
    let flows: Vec<&str> = flows.iter().map(String::as_str).collect();
    let runtime = world.start(&flows).await;
    let sender = runtime.clone();
    let sending = tokio::spawn(async move { post(&sender, "/held", "one").await });
    until("the call", async || world.receivers.calls.load(Ordering::SeqCst) == 1).await;
    // An intent to send is no doubt yet.
    assert_eq!(world.entries().await, [("a".to_owned(), EntryState::InDoubt, 0)]);
    runtime.shutdown(Duration::from_millis(20)).await;
    let _ = sending.await;
    let runtime = world.start(&flows).await;
    until("the alert", async || !told(&world).is_empty()).await;
    let alert = &told(&world)[0];
    assert_eq!((&alert["kind"], &alert["count"]), (&"in-doubt".into(), &1.into()), "{alert}");
    runtime.shutdown(Duration::from_secs(5)).await;
    // It is not told again after the next start.
    let runtime = world.start(&flows).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(told(&world).len(), 1);
    runtime.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn an_alert_that_a_restore_held_is_told() {
    let world = World::new();
    let flows = [held("fail", "retry: { max-retries: 0 }"), TELL.to_owned()];
    let flows: Vec<&str> = flows.iter().map(String::as_str).collect();
    let runtime = world.start(&flows).await;
    assert_eq!(post(&runtime, "/held", "one").await.status, 200);
    runtime.shutdown(Duration::from_secs(5)).await;
    let filter = EntryFilter { place: Some(Place::inbox("tell", "main")), ..EntryFilter::default() };
    let [alert] = &world.store.entries(filter).await.unwrap()[..] else { panic!("one alert gathers") };
    let hold = Change::Reschedule {
        key: alert.key,
        state: EntryState::InDoubt,
        due: alert.due,
        retries: 0,
        crashes: 0,
        doubt: false,
        error: Some("S0503: held since the restore".to_owned()),
    };
    world.store.commit(vec![hold]).await.unwrap();
    let runtime = world.start(&flows).await;
    until("the alert", async || told(&world).len() == 1).await;
    runtime.shutdown(Duration::from_secs(5)).await;
}
