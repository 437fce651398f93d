//! A parsed script, shared between threads and runs.
use crate::ast::Unit;
use crate::found::Shared;
use crate::gstring::asks_for_values;
use std::sync::Arc;

/// Why a source is not a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub col: u32,
    /// What is wrong.
    pub message: String,
    /// The line with a caret under the place.
    pub snippet: String,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}: {}\n{}", self.line, self.col, self.message, self.snippet)
    }
}
impl std::error::Error for ParseError {}

/// A parsed script.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its name, for messages.
    pub name: String,
    pub(crate) unit: Arc<Unit>,
    /// Further units whose classes it may use.
    pub(crate) companions: Vec<Arc<Unit>>,
    /// Texts are asked for their values.
    pub(crate) keeps_values: bool,
    /// What its names stand for. All its runs have hosts that know the same classes.
    pub(crate) found: Shared,
}

impl Program {
    /// Parses a script.
    pub fn parse(name: &str, source: &str) -> Result<Program, ParseError> {
        let unit = crate::parser::parse(source).map_err(|e| {
            let line = source.lines().nth(e.pos.line.saturating_sub(1) as usize).unwrap_or("").trim_end();
            let blank: String = line
                .chars()
                .take(e.pos.col.saturating_sub(1) as usize)
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            let shown: String = line.chars().take(400).collect();
            ParseError { line: e.pos.line, col: e.pos.col, message: e.message, snippet: format!("{shown}\n{blank}^") }
        })?;
        Ok(Program {
            name: name.to_string(),
            unit: Arc::new(unit),
            companions: vec![],
            keeps_values: asks_for_values(source),
            found: Shared::default(),
        })
    }

    /// Lets it use the classes of another script.
    pub fn add_companion(&mut self, other: &Program) {
        self.companions.push(other.unit.clone());
        self.found = Shared::default();
        self.keeps_values |= other.keeps_values;
    }

    /// The names of its functions.
    pub fn functions(&self) -> Vec<String> {
        self.unit.methods.iter().map(|m| m.name.to_string()).collect()
    }

    /// Whether it has a function of this name, or is one class with such a method.
    pub fn has_function(&self, name: &str) -> bool {
        self.unit.functions.contains_key(name) || self.class_with(name).is_some()
    }

    /// The parameters of its functions of a name: the declared type of each, empty where there is none, and how many
    /// `[]` follow it.
    pub fn signatures(&self, name: &str) -> Vec<Vec<(String, u8)>> {
        let own = self.unit.functions.get(name).map_or(&[] as &[_], |all| all);
        let of_class = self.class_with(name).map_or(&[] as &[_], |c| &c.methods);
        let all = own.iter().chain(of_class.iter().filter(|m| &*m.name == name));
        let ty = |p: &crate::ast::Param| p.ty.as_ref().map_or((String::new(), 0), |t| (t.name.to_string(), t.dims));
        all.map(|m| m.params.iter().map(ty).collect()).collect()
    }

    /// The class that a source is, if it is nothing but classes, and the first one has this method.
    pub(crate) fn class_with(&self, method: &str) -> Option<&std::sync::Arc<crate::ast::ClassDecl>> {
        let alone = self.unit.methods.is_empty() && self.unit.body.is_empty();
        self.unit.classes.first().filter(|c| alone && c.methods.iter().any(|m| &*m.name == method))
    }

    /// Its imports, with `.*` where they end so.
    pub fn imports(&self) -> Vec<String> {
        self.unit.imports.iter().map(|i| if i.star { format!("{}.*", i.path) } else { i.path.to_string() }).collect()
    }
}
