//! What is in doubt, and what is only under way: after a crash, and while runs send.

use store::conformance::{new_entry, put};
use store::{EntryInfo, NewEntry, PlaceKind, PlaceSummary};

use super::*;

/// Sends each line to a receiver, then all of it to another one that hangs.
fn two(policy: &str) -> String {
    format!(
        "flow: f\nquality: exactly-once\npersistence: first\nfrom: {{ http: /f }}\nsteps:\n  - send: good\n  - send: r\n\
         receivers:\n  good: {{ http: http://a.test/ok }}\n  r: {{ http: {{ url: http://b.test/hang }}, in-doubt: {policy} }}\n"
    )
}

/// What a run that is made again after a crash finds held or waiting is part of the status of its message.
#[test]
fn a_message_is_not_done_while_something_of_it_is_held() {
    let probe = "{ probe: { http: http://b.test/ask, delivered: \"${body} = ''\" } }";
    for (policy, status) in [("hold", Status::Escalated), (probe, Status::Retry)] {
        let world = World::new();
        let tokio = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let life = tokio();
        life.block_on(async {
            let runtime = world.start(&[&two(policy)]).await;
            assert_eq!(post(&runtime, "/f", "x").await.status, 202);
            until("the second call", async || world.receivers.calls.load(Ordering::SeqCst) == 2).await;
        });
        life.shutdown_timeout(Duration::from_secs(5));
        tokio().block_on(async {
            for start in 0..2 {
                let runtime = world.start(&[&two(policy)]).await;
                until("the run that is made again", async || world.entries().await.len() == 1).await;
                let seen = async || world.statuses().await == [("f".to_owned(), status)];
                until(&format!("{policy}, start {start}: {status}"), seen).await;
                runtime.shutdown(Duration::from_secs(5)).await;
            }
            let runtime = world.start(&[&two(policy).replace("hang", "ok")]).await;
            let message = world.log.messages(MessageFilter::default()).await.unwrap().remove(0).id;
            runtime.ops().retry_message(&message, None).await.unwrap();
            until("the end", async || world.statuses().await == [("f".to_owned(), Status::Completed)]).await;
            runtime.shutdown(Duration::from_secs(5)).await;
        });
    }
}

fn holding(word: &str) -> String {
    format!(
        "flow: f\nquality: exactly-once\nfrom: {{ http: /f }}\nsteps: [ {{ send: r }} ]\nreceivers:\n  \
         r: {{ http: {{ url: http://b.test/{word} }}, in-doubt: hold }}\n"
    )
}

async fn place(runtime: &Runtime) -> PlaceSummary {
    runtime.ops().places(Some(PlaceKind::Delivery)).await.unwrap().remove(0)
}

async fn listed(runtime: &Runtime, state: Option<EntryState>, limit: u32) -> Vec<EntryInfo> {
    let place = Some(Place::delivery("f", "r"));
    runtime.ops().entries(EntryFilter { place, state, limit, ..EntryFilter::default() }).await.unwrap()
}

/// A send that a run is making is taken, wherever people look; what was held before stays in doubt beside it.
#[tokio::test]
async fn a_send_under_way_is_no_doubt() {
    let world = World::new();
    let runtime = world.start(&[&holding("gate")]).await;
    let doubt = NewEntry { state: EntryState::InDoubt, doubt: true, ..new_entry(&Place::delivery("f", "r"), "old") };
    world.store.commit(vec![put(doubt)]).await.unwrap();
    let sends: Vec<_> = (0..3)
        .map(|n| {
            let runtime = runtime.clone();
            tokio::spawn(async move { post(&runtime, "/f", &n.to_string()).await })
        })
        .collect();
    until("the calls", async || world.receivers.calls.load(Ordering::SeqCst) == 3).await;
    let states = |entries: Vec<EntryInfo>| entries.into_iter().map(|e| (e.state, e.doubt)).collect::<Vec<_>>();
    let (held, sent) = ((EntryState::InDoubt, true), (EntryState::Taken, false));
    assert_eq!(states(listed(&runtime, None, 0).await), [held, sent, sent, sent]);
    for limit in [0, 1] {
        assert_eq!(states(listed(&runtime, Some(EntryState::InDoubt), limit).await), [held], "limit {limit}");
    }
    assert_eq!(states(listed(&runtime, Some(EntryState::Taken), 0).await), [sent, sent, sent]);
    assert_eq!(states(listed(&runtime, Some(EntryState::Taken), 2).await), [sent, sent]);
    assert_eq!(states(listed(&runtime, Some(EntryState::Waiting), 0).await), []);
    let line = place(&runtime).await;
    assert_eq!((line.entries, line.waiting, line.blocked, line.in_doubt), (4, 3, 1, 1));
    let receiver = runtime.ops().receivers().await.unwrap().remove(0);
    assert_eq!((receiver.waiting, receiver.blocked, receiver.in_doubt), (3, 1, 1));
    let key = listed(&runtime, Some(EntryState::Taken), 1).await.remove(0).key;
    assert_eq!(runtime.ops().entry(key).await.unwrap().info.state, EntryState::Taken);
    world.receivers.open.store(true, Ordering::SeqCst);
    for send in sends {
        assert_eq!(send.await.unwrap().status, 200);
    }
    let line = place(&runtime).await;
    assert_eq!((line.entries, line.waiting, line.blocked, line.in_doubt), (1, 0, 1, 1));
    runtime.shutdown(Duration::from_secs(1)).await;
}

/// Runs that end between two looks at the store leave no doubt in either.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_in_doubt_under_healthy_load() {
    let world = World::new();
    let runtime = world.start(&[&holding("ok")]).await;
    let load = AtomicBool::new(true);
    let senders: Vec<_> = (0..4)
        .map(|n| {
            let runtime = runtime.clone();
            tokio::spawn(async move {
                for _ in 0..300 {
                    assert_eq!(post(&runtime, "/f", &n.to_string()).await.status, 200);
                }
            })
        })
        .collect();
    let look = async {
        let mut looks = 0_u32;
        while load.load(Ordering::SeqCst) {
            for line in runtime.ops().places(None).await.unwrap() {
                assert_eq!((line.blocked, line.in_doubt), (0, 0), "look {looks}");
            }
            assert_eq!(runtime.ops().receivers().await.unwrap()[0].in_doubt, 0, "look {looks}");
            assert_eq!(listed(&runtime, Some(EntryState::InDoubt), 0).await, [], "look {looks}");
            looks += 1;
            tokio::task::yield_now().await;
        }
        looks
    };
    let send = async {
        for sender in senders {
            sender.await.unwrap();
        }
        load.store(false, Ordering::SeqCst);
    };
    let (looks, ()) = tokio::join!(look, send);
    assert!(looks > 20, "{looks} looks");
    runtime.shutdown(Duration::from_secs(1)).await;
}

/// An attempt of a parked delivery that a crash cut off may go on at its receiver: it is asked when that is over.
#[test]
fn a_receiver_is_asked_when_a_cut_off_attempt_is_certainly_over() {
    let flow = |word: &str| {
        format!(
            "flow: f\nquality: exactly-once\nfrom: {{ http: /f }}\nsteps: [ {{ send: r }} ]\nreceivers:\n  r:\n    \
             http: {{ url: http://b.test/{word}, timeout: 15s }}\n    retry: {{ interval: 1s }}\n    \
             in-doubt: {{ probe: {{ http: http://b.test/ask, delivered: \"${{body}} = ''\" }} }}\n"
        )
    };
    let world = World::new();
    let tokio = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let life = tokio();
    life.block_on(async {
        let runtime = world.start(&[&flow("fail")]).await;
        assert_eq!(post(&runtime, "/f", "x").await.status, 200);
        assert_eq!(runtime.deploy(checked(&[&flow("hang")])).await, []);
        until("the second attempt", async || world.receivers.calls.load(Ordering::SeqCst) == 2).await;
    });
    life.shutdown_timeout(Duration::from_secs(5));
    for start in 0..2 {
        let life = tokio();
        life.block_on(async {
            let begin = base::Clock::now(&WallClock);
            let _runtime = world.start(&[&flow("hang")]).await;
            let entry = async || world.store.entries(EntryFilter::default()).await.unwrap().remove(0);
            until("the wait", async || entry().await.error.as_deref() == Some(engine::CUT_OFF)).await;
            let due = entry().await.due.since(begin);
            assert!(due > Duration::from_secs(if start == 0 { 15 } else { 5 }), "start {start}: {due:?}");
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!(world.receivers.calls.load(Ordering::SeqCst), 2, "start {start}: nobody is asked yet");
        });
        life.shutdown_timeout(Duration::from_secs(5));
    }
}
