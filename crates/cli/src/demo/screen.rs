//! What the demo shows while it runs: a table that is redrawn on a terminal, a line per second elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use super::receivers::Tally;
use super::traffic::Totals;
use crate::out;

/// One moment of the demo.
pub(super) struct View {
    pub(super) elapsed: Duration,
    pub(super) length: Duration,
    pub(super) news: &'static str,
    pub(super) sent: Totals,
    /// Name, what it did, waiting for a retry, escalated.
    pub(super) receivers: [(&'static str, Tally, u64, u64); 2],
    pub(super) alerts: u64,
}

/// Where it is drawn.
pub(super) struct Screen {
    terminal: bool,
    /// Lines to go back up before the next picture.
    drawn: usize,
    last_second: Option<u64>,
}

impl Screen {
    pub(super) fn new() -> Self {
        Screen { terminal: std::io::stderr().is_terminal(), drawn: 0, last_second: None }
    }

    pub(super) fn draw(&mut self, view: &View) {
        if self.terminal {
            let lines = picture(view);
            let back = if self.drawn > 0 { format!("\u{1b}[{}A", self.drawn) } else { String::new() };
            self.drawn = lines.len();
            // Each line clears what an earlier, longer one left.
            out::note(&format!(
                "{back}{}",
                lines.iter().map(|l| format!("{l}\u{1b}[K")).collect::<Vec<_>>().join("\n")
            ));
        } else if self.last_second != Some(view.elapsed.as_secs()) {
            self.last_second = Some(view.elapsed.as_secs());
            out::note(&line(view));
        }
    }
}

fn picture(view: &View) -> Vec<String> {
    let sent = &view.sent;
    let second = view.elapsed.min(view.length).as_secs();
    let mut lines = vec![
        format!("{second:>4} s of {} s: {}", view.length.as_secs(), view.news),
        String::new(),
        format!(
            "{:<11}{:>10}{:>10}{:>10}{:>11}{:>12}",
            "", "delivered", "refused", "parked", "escalated", "duplicates"
        ),
    ];
    for (name, tally, waiting, escalated) in &view.receivers {
        lines.push(format!(
            "{name:<11}{:>10}{:>10}{waiting:>10}{escalated:>11}{:>12}",
            tally.taken, tally.refused, tally.duplicates
        ));
    }
    lines.push(String::new());
    lines.push(format!(
        "{} orders accepted in {} batches, {} batches posted twice, {} alerts",
        sent.orders, sent.batches, sent.posted_twice, view.alerts
    ));
    lines
}

fn line(view: &View) -> String {
    let mut line = format!("{:>3}s accepted {}", view.elapsed.as_secs(), view.sent.orders);
    for (name, tally, waiting, escalated) in &view.receivers {
        line.push_str(&format!(
            " | {name}: delivered {} refused {} parked {waiting} escalated {escalated} duplicates {}",
            tally.taken, tally.refused, tally.duplicates
        ));
    }
    line.push_str(&format!(" | {}", view.news));
    line
}
