//! `semel explain`: the page of a code.

use crate::args::ExplainArgs;
use crate::exit::Exit;
use crate::out;

pub(crate) fn run(args: &ExplainArgs) -> Result<(), Exit> {
    let Some(code) = &args.code else {
        let titles = diag::CODES.iter().map(|c| c.page.lines().next().unwrap_or(c.code).trim_start_matches("# "));
        return out::text(&titles.map(|t| format!("{t}\n")).collect::<String>());
    };
    match diag::page(code) {
        Some(page) => out::line(page.trim_end()),
        None => {
            let near = diag::suggest(code, diag::CODES.iter().map(|c| c.code));
            let hint = near.map_or_else(|| "`semel explain` lists all".to_owned(), |c| format!("did you mean {c}?"));
            Err(Exit::usage(format!("there is no code {code}; {hint}")))
        }
    }
}
