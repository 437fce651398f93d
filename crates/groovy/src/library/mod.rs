//! The Java and Groovy library outside the language: one file or folder per family of classes.
//!
//! A family says which classes it has and what they extend, and makes their objects, static methods and constants.
//! Objects are `HostObject`s. To add a class: add it to its family; to add a family: add it to `FAMILIES`.
pub(crate) mod codec;
pub(crate) mod number;
pub(crate) mod support;
pub(crate) mod time;
pub(crate) mod util;
pub(crate) mod xml;
#[allow(unused_imports, reason = "the statement `use` calls it")]
pub(crate) use time::category as time_category;

use crate::interp::Interpreter;
use crate::value::{R, Value};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Class, method, arguments.
pub(crate) type StaticCall = fn(&mut Interpreter<'_>, &str, &str, &[Value]) -> R<Option<Value>>;

/// Classes that belong together.
pub(crate) struct Family {
    /// A package and the simple names of its classes, divided by blanks.
    pub(crate) classes: &'static [(&'static str, &'static str)],
    /// A class and what it extends or implements, full names. `Exception` and `Error` names need none.
    pub(crate) parents: &'static [(&'static str, &'static str)],
    /// `new C(…)`; `None` if it has no such constructor.
    pub(crate) construct: fn(&mut Interpreter<'_>, class: &str, args: &[Value]) -> R<Option<Value>>,
    /// `C.m(…)`; `None` if there is no such method.
    pub(crate) call_static: StaticCall,
    /// `C.P`; `None` if there is no such constant.
    pub(crate) get_static: fn(&mut Interpreter<'_>, class: &str, name: &str) -> R<Option<Value>>,
}

/// All families.
pub(crate) const FAMILIES: &[&Family] = &[&time::FAMILY, &number::FAMILY, &codec::FAMILY, &util::FAMILY, &xml::FAMILY];

/// The family of a class, by its full name.
pub(crate) fn family_of(class: &str) -> Option<&'static Family> {
    static TABLE: OnceLock<HashMap<String, &'static Family>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let names = |f: &&'static Family| {
            let f = *f;
            f.classes.iter().flat_map(move |(p, names)| names.split(' ').map(move |n| (format!("{p}.{n}"), f)))
        };
        FAMILIES.iter().flat_map(names).collect()
    });
    table.get(class).copied()
}
