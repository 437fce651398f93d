//! Worlds keep their promises, are the same each time, and show every planted bug.

use sim::{Planted, World, play};

/// Seeds that every run of the tests plays.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=60;

#[test]
fn a_seed_gives_the_same_history_each_time() {
    for seed in 1..=15 {
        let world = World::from_seed(seed);
        let (a, b) = (play(&world, None), play(&world, None));
        let differs = a.trace.iter().zip(&b.trace).find(|(a, b)| a != b);
        assert_eq!(a.hash(), b.hash(), "seed {seed}, first at {differs:#?}");
        assert!(!a.trace.is_empty());
    }
}

#[test]
fn worlds_keep_their_promises() {
    for seed in SEEDS {
        let outcome = play(&World::from_seed(seed), None);
        assert!(outcome.violations.is_empty(), "seed {seed}: {:#?}", outcome.violations);
    }
}

/// Finds a bug: behind which seed (one that no seed before shows need not be looked for there), up to which one, and as a
/// break of which promises.
fn finds(planted: Planted, behind: u64, within: u64, rules: &[&str]) {
    let found = (behind + 1..=within).find_map(|seed| {
        let outcome = play(&World::from_seed(seed), Some(planted));
        outcome.violations.iter().map(|v| v.rule).find(|rule| rules.contains(rule))
    });
    assert!(found.is_some(), "{} is not found in {within} seeds", planted.name());
}

macro_rules! planted {
    ($($name:ident $planted:ident $(behind $behind:literal)? $within:literal $rules:expr;)*) => {
        $(#[test]
        fn $name() {
            finds(Planted::$planted, 0 $(+ $behind)?, $within, &$rules);
        })*
        #[test]
        fn every_planted_bug_has_a_test() {
            let tested = [$(Planted::$planted),*];
            for planted in sim::planted::ALL {
                assert!(tested.contains(&planted), "{}", planted.name());
            }
        }
    };
}

planted! {
    finds_a_dropped_commit DropCommit 20 ["G1", "G2"];
    finds_an_answer_before_its_commit AnswerBeforeCommit 60 ["G1", "G2", "G3", "G4"];
    finds_a_forgotten_outcome ForgetOutcome 20 ["G2"];
    finds_a_lost_record_of_deliveries ForgetDelivered 60 ["G2"];
    finds_a_reused_delivery_id ReuseId 20 ["G1", "G2"];
    finds_a_wrong_order IgnoreOrder 150 ["G7"];
    finds_half_a_unit_of_work HalfUnit 60 ["G1", "G2", "G4"];
    finds_a_send_without_intent NoIntent 20 ["G4"];
    finds_a_no_taken_for_a_yes RejectedIsSuccess 30 ["G1"];
    finds_a_doubt_taken_for_a_failure DoubtIsFailure 20 ["G4"];
    finds_entries_lost_at_recovery LoseTaken 40 ["G1"];
    finds_a_double_claim DoubleClaim 20 ["G2"];
    finds_an_ignored_key_conflict IgnoreKeyConflict 40 ["G3"];
    finds_retries_without_waiting Impatient 30 ["G8"];
    finds_forgotten_idempotent_calls ForgetOnce behind 100 150 ["G2"];
    finds_a_silent_log Silent 40 ["G9"];
    finds_a_stop_that_is_ignored IgnoreStop 100 ["G6"];
    finds_an_order_that_is_not_kept IgnoreKey 40 ["G7"];
    finds_an_order_that_a_queue_does_not_keep IgnoreQueueKey 100 ["G7"];
    finds_a_key_that_holds_up_all OneOrder 100 ["G7"];
    finds_a_head_that_is_delivered_twice HeadTwice 40 ["G2"];
    finds_a_doubt_that_is_not_asked_about SendInDoubt 40 ["G4"];
    finds_a_question_that_comes_too_early AskAtOnce 60 ["G4"];
    finds_a_yes_taken_for_a_no YesIsNo 40 ["G4"];
    finds_a_circuit_that_never_opens NeverOpen 40 ["G8"];
    finds_circuits_that_are_not_shared LonelyCircuits 100 ["G8"];
    finds_limits_that_nobody_keeps NoLimits 40 ["G8"];
    finds_what_is_tried_for_too_long Ageless 100 ["G8"];
    finds_a_number_that_is_given_twice NumberTwice 100 ["G5"];
    finds_a_variable_that_is_lost LoseVariable 100 ["G5"];
}

/// The smallest worlds of bugs that were found once.
mod found {
    use std::time::Duration;

    use sim::play;
    use sim::world::*;

    fn receiver(in_doubt: Doubt) -> ReceiverSpec {
        ReceiverSpec { idempotent: in_doubt == Doubt::Retry, in_doubt, ..ReceiverSpec::default() }
    }

    fn world(nodes: Vec<Node>, receivers: Vec<ReceiverSpec>) -> sim::World {
        let (quality, name) = (Quality::Once, "in1".to_owned());
        let flow = FlowSpec {
            name: name.clone(),
            from: From::Http,
            quality,
            first: true,
            required: false,
            by_key: false,
            numbers: false,
            variable: false,
            nodes,
        };
        let post = Post {
            name: "m1".to_owned(),
            flow: name,
            at: Duration::from_secs(1),
            key: 0,
            keyed: true,
            orders: 1,
            items: 1,
            twice: Twice::No,
        };
        sim::World {
            seed: 1,
            flows: vec![flow],
            receivers,
            posts: vec![post],
            crashes: Vec::new(),
            store_faults: 0,
            acts: Vec::new(),
            calm: Duration::from_secs(300),
            single: None,
            given: None,
        }
    }

    fn send(to: usize) -> Node {
        Node::Send { step: format!("s{to}"), to }
    }

    fn down(receiver: ReceiverSpec) -> ReceiverSpec {
        ReceiverSpec { down: Some((Duration::ZERO, Duration::from_secs(3))), ..receiver }
    }

    /// Plays a world with a crash at each effect, and with each commit failing.
    fn keeps_its_promises(world: &sim::World, crashes: bool) {
        let figures = play(world, None).figures;
        let mut worlds = vec![world.clone()];
        for after in [false, true] {
            let commit = |number| sim::World { single: Some(Single::Commit { number, after }), ..world.clone() };
            worlds.extend((1..=figures.commits).map(commit));
            let crash = |effect| sim::World { crashes: vec![Crash { effect, after }], ..world.clone() };
            worlds.extend((1..=figures.effects).filter(|_| crashes).map(crash));
        }
        for world in worlds {
            let outcome = play(&world, None);
            let what = (world.single, world.crashes);
            assert!(outcome.violations.is_empty(), "{what:?}: {:#?}\n{}", outcome.violations, outcome.trace.join("\n"));
        }
    }

    #[test]
    fn an_idempotent_call_does_not_forget_what_it_parked() {
        for unit in [Unit::Inherit, Unit::Required, Unit::None] {
            let once = Node::Once { step: "once".to_owned(), unit, nodes: vec![send(0)] };
            let receivers = vec![down(receiver(Doubt::Retry)), down(receiver(Doubt::Retry))];
            keeps_its_promises(&world(vec![once, Node::Ask(1)], receivers), true);
        }
    }

    #[test]
    fn an_outcome_is_kept_until_the_store_takes_it() {
        keeps_its_promises(&world(vec![send(0)], vec![down(receiver(Doubt::Hold))]), false);
    }

    #[test]
    fn what_a_person_deleted_is_not_sent_again() {
        let receivers = vec![receiver(Doubt::Hold), down(receiver(Doubt::Retry))];
        let mut world = world(vec![send(0), Node::Ask(1)], receivers);
        // The person acts while the message still waits for its next run.
        world.calm = Duration::from_secs(40);
        keeps_its_promises(&world, true);
    }

    /// Taken while the circuit was closed, waiting for the turn that a rate gives, sent although others had failed.
    #[test]
    fn what_waits_for_its_turn_sees_that_the_receiver_is_down() {
        let slow = ReceiverSpec {
            down: Some((Duration::ZERO, Duration::from_secs(100))),
            circuit: Circuit::Of(2, 60),
            rate: Some(5),
            ..ReceiverSpec::default()
        };
        let mut world = world(vec![send(0)], vec![slow]);
        let first = world.posts[0].clone();
        world.posts.extend((2..=6).map(|n| Post { name: format!("m{n}"), ..first.clone() }));
        let outcome = play(&world, None);
        assert!(outcome.violations.is_empty(), "{:#?}\n{}", outcome.violations, outcome.trace.join("\n"));
        assert!(outcome.figures.tried > 0, "the circuit never opened");
    }

    /// A run fails after its ordered send: what it parked is delivered with the number that it drew, which no other
    /// message may get.
    #[test]
    fn a_number_is_not_free_again_while_a_parked_delivery_carries_it() {
        let down = ReceiverSpec { down: Some((Duration::ZERO, Duration::from_secs(100))), ..ReceiverSpec::default() };
        let mut world = world(vec![send(0), Node::Ask(1)], vec![receiver(Doubt::Retry), down]);
        let flow = &mut world.flows[0];
        (flow.quality, flow.by_key, flow.required, flow.numbers) = (Quality::InOrder, true, true, true);
        let second = Post { name: "m2".to_owned(), key: 1, at: Duration::from_secs(2), ..world.posts[0].clone() };
        world.posts.push(second);
        let outcome = play(&world, None);
        assert!(outcome.violations.is_empty(), "{:#?}", outcome.violations);
        let number = |id: &str| {
            let call = outcome.trace.iter().find(|line| line.contains(&format!("call r0 Once {id} "))).cloned();
            call.and_then(|line| line.rsplit(' ').next().map(str::to_owned))
        };
        let (first, second) = (number("m1"), number("m2"));
        assert!(first.is_some() && first != second, "{first:?} {second:?}\n{}", outcome.trace.join("\n"));
    }
}
