//! Scenarios: messages in, scripted receiver outcomes, a clock that stands still; what must have happened.
//!
//! A scenario runs the real runtime on a store in memory. Nothing sleeps: the clock is moved to each thing that is due,
//! and after each move everything that can run has run. The same scenario always gives the same result.

mod expect;
mod play;
mod text;
mod world;

use flow::Package;

/// What a scenario gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScenarioReport {
    /// Its title.
    pub title: String,
    /// Steps that it has.
    pub steps: usize,
    /// What was not as expected; empty where all was.
    pub failures: Vec<ScenarioFailure>,
}

/// Something that was not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioFailure {
    /// Number of the step, from 1; 0 where the scenario could not begin.
    pub step: usize,
    /// What was expected and what was found.
    pub text: String,
}

impl ScenarioReport {
    /// Whether all was as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    fn failed(title: &str, text: impl Into<String>) -> Self {
        let failure = ScenarioFailure { step: 0, text: text.into() };
        ScenarioReport { title: title.to_owned(), steps: 0, failures: vec![failure] }
    }
}

/// Plays a scenario on a package. `file` is the scenario's path inside the package: `body-file` is relative to it, and
/// it is the title of a scenario without one. Files that bodies come from are looked up in the package's files.
pub async fn run(package: &Package, file: &str, scenario: &str) -> ScenarioReport {
    let (package, file, scenario) = (package.clone(), file.to_owned(), scenario.to_owned());
    let title = file.clone();
    // One thread, so that the order of everything is the same each time.
    let played = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        match runtime {
            Ok(runtime) => runtime.block_on(play::play(&package, &file, &scenario)),
            Err(error) => ScenarioReport::failed(&file, format!("cannot start: {error}")),
        }
    });
    played.await.unwrap_or_else(|_| ScenarioReport::failed(&title, "the scenario itself panicked: a defect of Semel"))
}
