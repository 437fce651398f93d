//! What scripts ask from outside. They run on threads of their own; the caller's thread answers.

use crate::{EntryWrite, PartnerQuestion, SecretValue, Services, StoredEntry};

/// What a script asks.
pub(crate) enum Question {
    Secret(String),
    Map([String; 5]),
    Partner(PartnerQuestion),
    Number(String),
    Read { store: String, id: String },
    Write(EntryWrite),
}

/// What it is answered.
pub(crate) enum Answer {
    /// There is none, or nothing to say.
    Nothing,
    Text(String),
    Secret(SecretValue),
    Entry(StoredEntry),
    /// It could not be done.
    Failed(String),
}

impl Answer {
    /// Where the caller is gone.
    pub(crate) fn unheard() -> Answer {
        Answer::Failed("nobody waits for this script any more".to_owned())
    }

    /// The text that was found.
    pub(crate) fn into_text(self) -> Option<String> {
        match self {
            Answer::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Asks the services.
pub(crate) fn answer(question: Question, services: &dyn Services) -> Answer {
    let text = |found: Option<String>| found.map_or(Answer::Nothing, Answer::Text);
    match question {
        Question::Secret(name) => services.secret(&name).map_or(Answer::Nothing, Answer::Secret),
        Question::Map([from_agency, from_id, value, to_agency, to_id]) => {
            text(services.map_value((&from_agency, &from_id), &value, (&to_agency, &to_id)))
        }
        Question::Partner(question) => text(services.partner(&question)),
        Question::Number(range) => services.next_number(&range).map_or_else(Answer::Failed, Answer::Text),
        Question::Read { store, id } => match services.read_entry(&store, &id) {
            Ok(entry) => entry.map_or(Answer::Nothing, Answer::Entry),
            Err(error) => Answer::Failed(error),
        },
        Question::Write(write) => services.write_entry(write).map_or_else(Answer::Failed, |()| Answer::Nothing),
    }
}
