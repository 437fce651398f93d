//! `semel schema` and `semel reference`: the flow language for editors and for people.

use crate::exit::Exit;
use crate::out;

pub(crate) fn schema() -> Result<(), Exit> {
    out::json(&flow::schema())
}

pub(crate) fn reference() -> Result<(), Exit> {
    out::line(flow::reference().trim_end())
}
