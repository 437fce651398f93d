//! Whose turn it is: nobody's at a receiver that was stopped; the next one's when the one before it is gone.

use super::*;

#[tokio::test]
async fn what_waits_for_its_turn_is_held_by_a_stop() {
    // The second one waits for its turn in a dispatcher, or in its run.
    for rate in ["0.5", "1.25"] {
        let world = World::new();
        let flow = format!(
            "flow: f\nquality: exactly-once\nfrom: {{ http: /f }}\nsteps: [ {{ send: r }} ]\nreceivers:\n  r: {{ http: 'http://r/ok', rate: {rate} }}\n"
        );
        let runtime = world.start(&[&flow]).await;
        assert_eq!(post(&runtime, "/f", "one").await.status, 200);
        let sender = runtime.clone();
        let second = tokio::spawn(async move { post(&sender, "/f", "two").await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (ops, place) = (runtime.ops(), Place::delivery("f", "r"));
        ops.stop_place(place.clone(), None, true).await.unwrap();
        assert_eq!(second.await.unwrap().status, 200);
        tokio::time::sleep(Duration::from_millis(2_300)).await;
        assert_eq!(*world.receivers.bodies.lock().unwrap(), ["one"], "{rate}");
        assert_eq!(world.entries().await, [("r".to_owned(), EntryState::Waiting, 0)], "{rate}");
        ops.stop_place(place, None, false).await.unwrap();
        until("the delivery", async || world.entries().await.is_empty()).await;
        assert_eq!(*world.receivers.bodies.lock().unwrap(), ["one", "two"], "{rate}");
        runtime.shutdown(Duration::from_secs(1)).await;
    }
}

/// Who waits behind an entry that a person removes has its turn at once.
#[tokio::test]
async fn the_next_one_has_its_turn_when_the_head_is_gone() {
    let flow = "flow: f\nfrom: { queue: q }\nsteps: [ { send: r } ]\nreceivers: { r: { http: 'http://r/ok' } }\n";
    for how in ["delete", "cancel", "move"] {
        let world = World::new();
        let far = base::Clock::now(&WallClock).plus(Duration::from_secs(86_400));
        for (id, state) in [("head", EntryState::Escalated), ("next", EntryState::Waiting)] {
            let entry = store::conformance::new_entry(&Place::queue("q"), id);
            let (expires, alert_at, due) = (far, far, base::Timestamp(0));
            let entry = store::NewEntry { order_key: "=k".to_owned(), state, due, expires, alert_at, ..entry };
            world.store.commit(vec![store::conformance::put(entry)]).await.unwrap();
        }
        let runtime = world.start(&[flow]).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(*world.receivers.bodies.lock().unwrap(), [""; 0], "{how}");
        let head = world.store.entries(EntryFilter::default()).await.unwrap().remove(0);
        let (ops, keys) = (runtime.ops(), Selection::Keys(vec![head.key]));
        let bulk = match how {
            "delete" => ops.delete_entries(keys).await,
            "cancel" => ops.cancel_message(&head.message_id, None).await,
            _ => ops.move_entries(keys, Place::queue("other")).await,
        };
        assert_eq!(bulk.unwrap().done, 1, "{how}");
        // What is not there is said.
        let named = |keys: &[i64]| Selection::Keys(keys.iter().map(|key| base::EntryKey(*key)).collect());
        let refused = ops.retry_entries(named(&[9_998])).await.unwrap_err();
        assert_eq!((refused.status, refused.code, &*refused.text), (404, "R0102", "there is no entry 9998"));
        for refused in [
            ops.delete_entries(named(&[9_998, 9_999])).await.map(|_| ()),
            ops.preview(named(&[9_998, 9_999])).await.map(|_| ()),
        ] {
            assert_eq!(refused.unwrap_err().text, "none of these 2 entries is there");
        }
        until(how, async || *world.receivers.bodies.lock().unwrap() == ["body of next"]).await;
        runtime.shutdown(Duration::from_secs(1)).await;
    }
}
