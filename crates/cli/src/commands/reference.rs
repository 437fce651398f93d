//! `semel cli-reference`: `docs/cli.md`, made from the command line's own definition.

use clap::CommandFactory;

use crate::args::Cli;
use crate::exit::{self, Exit};
use crate::out;

pub(crate) fn run() -> Result<(), Exit> {
    let mut page = String::from(
        "# The command line\n\n<!-- Made by `semel cli-reference > docs/cli.md`; do not edit. -->\n\n\
         Commands that ask a running server find it by its data directory (`--data`), or by `--server` and `--token`.\n\n",
    );
    let mut root = Cli::command().term_width(100).after_help("");
    root.build();
    page.push_str(&format!("```text\n{}\n```\n\n", exit::HELP));
    for command in root.get_subcommands_mut().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
        section(&mut page, "semel", command, 2);
    }
    out::line(page.trim_end())
}

/// The help of a command, then those of its own commands (they are two levels deep).
fn section(page: &mut String, parent: &str, command: &mut clap::Command, level: usize) {
    let name = format!("{parent} {}", command.get_name());
    let help = command.clone().term_width(100).render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    page.push_str(&format!("{} {name}\n\n```text\n{}\n```\n\n", "#".repeat(level), lines.join("\n").trim_end()));
    if level < 4 {
        for child in command.get_subcommands_mut().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
            section(page, &name, child, level + 1);
        }
    }
}
