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

/// Finds a bug: in how many seeds at most, and as a break of which promises.
fn finds(planted: Planted, within: u64, rules: &[&str]) {
    let found = (1..=within).find_map(|seed| {
        let outcome = play(&World::from_seed(seed), Some(planted));
        let rule = outcome.violations.iter().map(|v| v.rule).find(|rule| rules.contains(rule))?;
        Some((seed, rule))
    });
    let Some((seed, rule)) = found else { panic!("{} is not found in {within} seeds", planted.name()) };
    eprintln!("{} found in seed {seed}: {rule}", planted.name());
}

macro_rules! planted {
    ($($name:ident $planted:ident $within:literal $rules:expr;)*) => {
        $(#[test]
        fn $name() {
            finds(Planted::$planted, $within, &$rules);
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
    finds_an_answer_before_its_commit AnswerBeforeCommit 60 ["G1", "G2", "G4"];
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
    finds_forgotten_idempotent_calls ForgetOnce 100 ["G2"];
    finds_a_silent_log Silent 40 ["G9"];
    finds_a_stop_that_is_ignored IgnoreStop 100 ["G6"];
}
