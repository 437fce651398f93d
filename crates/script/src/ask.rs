//! What scripts ask from outside. They run on threads of their own; the caller's thread answers.

use crate::{PartnerQuestion, Services};

/// What a script asks.
pub(crate) enum Question {
    Secret(String),
    Map([String; 5]),
    Partner(PartnerQuestion),
}

/// What it is answered: the parts of what was found.
pub(crate) type Answer = Option<Vec<String>>;

/// Asks the services.
pub(crate) fn answer(question: Question, services: &dyn Services) -> Answer {
    match question {
        Question::Secret(name) => services.secret(&name).map(|s| vec![s.user, s.password]),
        Question::Map([from_agency, from_id, value, to_agency, to_id]) => {
            services.map_value((&from_agency, &from_id), &value, (&to_agency, &to_id)).map(|v| vec![v])
        }
        Question::Partner(question) => services.partner(&question).map(|v| vec![v]),
    }
}
