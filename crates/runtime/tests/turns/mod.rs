//! A receiver that was stopped gets nothing, whatever waits for its turn already.

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
