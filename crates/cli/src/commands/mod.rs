//! One file per command.

pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod diagram;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod flows;
pub(crate) mod key;
pub(crate) mod language;
pub(crate) mod messages;
pub(crate) mod places;
pub(crate) mod receivers;
pub(crate) mod reference;
pub(crate) mod run;
pub(crate) mod secret;
pub(crate) mod test;
pub(crate) mod values;
