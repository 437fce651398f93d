//! What scripts ask from outside. They run on threads of their own; the caller's thread answers.

use crate::{PartnerQuestion, SecretValue, Services};

/// What a script asks.
pub(super) enum Question {
    Secret(String),
    Map([String; 5]),
    Partner(PartnerQuestion),
}

/// What it is answered.
pub(super) enum Answer {
    /// There is none, or nobody waits for this script any more.
    Nothing,
    Text(String),
    Secret(SecretValue),
}

impl Answer {
    /// The text that was found.
    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Answer::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Asks the services.
pub(super) fn answer(question: Question, services: &dyn Services) -> Answer {
    let text = |found: Option<String>| found.map_or(Answer::Nothing, Answer::Text);
    match question {
        Question::Secret(name) => services.secret(&name).map_or(Answer::Nothing, Answer::Secret),
        Question::Map([from_agency, from_id, value, to_agency, to_id]) => {
            text(services.map_value((&from_agency, &from_id), &value, (&to_agency, &to_id)))
        }
        Question::Partner(question) => text(services.partner(&question)),
    }
}
