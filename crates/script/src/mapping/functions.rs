//! What a mapping asks while it runs: functions of its Groovy libraries, headers and properties, value mappings.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use ::groovy::{HostObject, Interpreter, Program, ScriptException, Thrown, Value, text};
use ::mapping::{Entry, Function, Host, Kind, Value as Mapped};
use base::{Message, Timestamp};

use crate::groovy::camel::{CONTEXT_CHANGE, MappingContext, Output};
use crate::groovy::message::Sheet;
use crate::groovy::run::{MAX_DEPTH, explain};
use crate::groovy::stack;
use crate::groovy::world::World;
use crate::timer::Timer;
use crate::{Limits, ScriptError, ScriptErrorKind, ScriptOutput, Services};

/// What a parameter of a function is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// The next argument.
    Value(Type),
    /// All values of the next argument's context.
    Values(Type),
    Output,
    Context,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Text,
    Int,
    Long,
    Double,
    Bool,
}

/// The libraries of one call of a mapping, each with one interpreter.
pub(super) struct Functions<'p> {
    libraries: &'p BTreeMap<String, Program>,
    running: BTreeMap<&'p str, Interpreter<'p>>,
    roles: HashMap<(String, String, usize), Rc<[Role]>>,
    sheet: Rc<Sheet>,
    services: Arc<dyn Services>,
    timer: Rc<Timer>,
    limits: Limits,
    /// Why a function failed.
    pub failed: Option<ScriptError>,
}

impl<'p> Functions<'p> {
    pub(super) fn new(
        libraries: &'p BTreeMap<String, Program>,
        sheet: Rc<Sheet>,
        services: Arc<dyn Services>,
        timer: Rc<Timer>,
        limits: Limits,
    ) -> Self {
        let (running, roles) = (BTreeMap::new(), HashMap::new());
        Functions { libraries, running, roles, sheet, services, timer, limits, failed: None }
    }

    /// The message with what the functions set; as it was before if none was called.
    pub(super) fn output(&mut self, before: Message) -> Result<ScriptOutput, ScriptError> {
        let Some(it) = self.running.values_mut().next() else {
            return Ok(ScriptOutput { message: before, ..ScriptOutput::default() });
        };
        self.sheet.output(it).map_err(|thrown| match thrown {
            Thrown::Limit(message) => ScriptError::limit(message),
            Thrown::Exception(value) => ScriptError {
                message: match &value {
                    Value::Exception(e) => text(&e.message),
                    value => text(value),
                },
                place: None,
                trace: String::new(),
                kind: ScriptErrorKind::Threw,
            },
        })
    }

    /// What the parameters of a function are given.
    fn roles(&mut self, function: &Function) -> Result<Rc<[Role]>, String> {
        let key = (function.path.clone(), function.name.clone(), function.args);
        if let Some(known) = self.roles.get(&key) {
            return Ok(Rc::clone(known));
        }
        let program = self.libraries.get(&function.path);
        let program = program.ok_or_else(|| self.missing(format!("the library {} is not there", function.library)))?;
        let signatures = program.signatures(&function.name);
        if signatures.is_empty() {
            return Err(self.missing(format!("{} has no function `{}`", function.path, function.name)));
        }
        let all = signatures.iter().map(|s| s.iter().map(|(ty, dims)| role(ty, *dims)).collect::<Vec<_>>());
        let takes = |roles: &Vec<Role>| roles.iter().filter(|r| matches!(r, Role::Value(_) | Role::Values(_))).count();
        let fits = all.clone().find(|roles| takes(roles) == function.args);
        let Some(roles) = fits else {
            let wanted = all.map(|roles| takes(&roles)).max().unwrap_or(0);
            return Err(format!("it takes {wanted} arguments, and is given {}", function.args));
        };
        let roles: Rc<[Role]> = roles.into();
        self.roles.insert(key, Rc::clone(&roles));
        Ok(roles)
    }

    fn missing(&mut self, message: String) -> String {
        self.failed = Some(ScriptError::missing(message.clone()));
        message
    }

    /// Calls a function, and keeps why it failed.
    fn invoke(&mut self, function: &Function, args: Vec<Value>) -> Result<Value, String> {
        let libraries = self.libraries;
        let Some((path, program)) = libraries.get_key_value(&function.path) else {
            return Err(self.missing(format!("the library {} is not there", function.library)));
        };
        if !self.running.contains_key(path.as_str()) {
            let limits = ::groovy::Limits {
                steps: self.limits.steps,
                memory: self.limits.memory as u64,
                call_depth: MAX_DEPTH,
                stack: stack::of_script(self.limits),
            };
            let world = World::new(Rc::clone(&self.sheet), Arc::clone(&self.services), Rc::clone(&self.timer));
            self.running.insert(path, Interpreter::new(program, limits, Box::new(world)));
        }
        let Some(it) = self.running.get_mut(path.as_str()) else { return Ok(Value::Null) };
        it.call(&function.name, args).map_err(|e| self.threw(program, &e))
    }

    fn threw(&mut self, program: &Program, e: &ScriptException) -> String {
        let error = explain(program, true, e);
        let message = error.message.clone();
        self.failed = Some(error);
        message
    }

    fn text_of(&mut self, function: &Function, value: &Value) -> Result<String, String> {
        if let Some(text) = value.as_str() {
            return Ok(text.to_string());
        }
        let libraries = self.libraries;
        let found = libraries.get_key_value(&function.path);
        let Some((program, it)) = found.and_then(|(p, program)| Some((program, self.running.get_mut(p.as_str())?)))
        else {
            return Ok(text(value));
        };
        it.text_of(value).map_err(|e| self.threw(program, &e))
    }
}

impl Host for Functions<'_> {
    fn kind(&mut self, function: &Function) -> Result<Kind, String> {
        let roles = self.roles(function)?;
        let contexts = roles.iter().any(|r| matches!(r, Role::Values(_) | Role::Output));
        Ok(if contexts { Kind::Contexts } else { Kind::Values })
    }

    fn call_values(&mut self, function: &Function, args: &[Mapped]) -> Result<Mapped, String> {
        let roles = self.roles(function)?;
        let mut args = args.iter();
        let mut given = Vec::with_capacity(roles.len());
        for role in roles.iter() {
            given.push(match role {
                Role::Value(ty) | Role::Values(ty) => converted(args.next(), *ty)?,
                Role::Output | Role::Context => Value::object(MappingContext(Rc::clone(&self.sheet))),
            });
        }
        let value = self.invoke(function, given)?;
        if value.is_null() {
            return Ok(Mapped::text(""));
        }
        self.text_of(function, &value).map(|text| Mapped::text(&text))
    }

    fn call_contexts(&mut self, function: &Function, args: &[&[Mapped]]) -> Result<Vec<Vec<Entry>>, String> {
        let roles = self.roles(function)?;
        let mut args = args.iter();
        let mut given = Vec::with_capacity(roles.len());
        let mut outputs = Vec::new();
        for role in roles.iter() {
            given.push(match role {
                Role::Value(ty) => converted(args.next().and_then(|a| a.first()), *ty)?,
                Role::Values(ty) => {
                    let values = args.next().map_or(&[] as &[Mapped], |a| a);
                    let values = values.iter().map(|v| converted(Some(v), *ty)).collect::<Result<_, _>>()?;
                    Value::array(ty.name(), values)
                }
                Role::Output => {
                    outputs.push(Value::object(Output::default()));
                    outputs.last().cloned().unwrap_or(Value::Null)
                }
                Role::Context => Value::object(MappingContext(Rc::clone(&self.sheet))),
            });
        }
        let returned = self.invoke(function, given)?;
        if outputs.is_empty() {
            // Without an output, what it returns is its value.
            let text = if returned.is_null() { String::new() } else { self.text_of(function, &returned)? };
            return Ok(vec![vec![Entry::Value(Mapped::text(&text))]]);
        }
        let mut all = Vec::with_capacity(outputs.len());
        for output in &outputs {
            let items = output.downcast::<Output>().and_then(HostObject::items).unwrap_or_default();
            let mut entries = Vec::with_capacity(items.len());
            for item in items {
                entries.push(match &item {
                    Value::Null => Entry::Value(Mapped::Suppress),
                    item if item.as_str().is_some_and(|s| &*s == CONTEXT_CHANGE) => Entry::ContextChange,
                    item => Entry::Value(Mapped::text(&self.text_of(function, item)?)),
                });
            }
            all.push(entries);
        }
        Ok(all)
    }

    fn header(&mut self, name: &str) -> Option<String> {
        Some(self.sheet.header(name)).filter(|v| !v.is_null()).map(|v| text(&v))
    }

    fn property(&mut self, name: &str) -> Option<String> {
        Some(self.sheet.property(name)).filter(|v| !v.is_null()).map(|v| text(&v))
    }

    fn map_value(&mut self, source: (&str, &str), value: &str, target: (&str, &str)) -> Option<String> {
        self.services.map_value(source, value, target)
    }

    fn now(&mut self) -> Timestamp {
        self.services.clock().now()
    }

    fn interrupted(&mut self) -> Option<String> {
        self.timer.is_over().then(|| "the time is over".to_owned())
    }
}

impl Type {
    fn name(self) -> &'static str {
        match self {
            Type::Text => "String",
            Type::Int => "int",
            Type::Long => "long",
            Type::Double => "double",
            Type::Bool => "boolean",
        }
    }
}

fn role(ty: &str, dims: u8) -> Role {
    let name = ty.rsplit('.').next().unwrap_or(ty);
    let kind = match name {
        "int" | "Integer" | "short" | "Short" => Type::Int,
        "long" | "Long" => Type::Long,
        "double" | "Double" | "float" | "Float" => Type::Double,
        "boolean" | "Boolean" => Type::Bool,
        _ => Type::Text,
    };
    match name {
        "Output" | "ResultList" => Role::Output,
        "MappingContext" | "Container" => Role::Context,
        "List" | "ArrayList" | "Collection" => Role::Values(Type::Text),
        _ if dims > 0 => Role::Values(kind),
        _ => Role::Value(kind),
    }
}

/// A value for a parameter. What is suppressed is null.
fn converted(value: Option<&Mapped>, ty: Type) -> Result<Value, String> {
    let text = match value {
        None | Some(Mapped::Suppress) => return Ok(Value::Null),
        Some(value) => value.as_str(),
    };
    let no = |_| format!("`{text}` is not a value of the type {}", ty.name());
    Ok(match ty {
        Type::Text => Value::str(text),
        Type::Int => Value::Int(text.trim().parse().map_err(|e: std::num::ParseIntError| no(e.to_string()))?),
        Type::Long => Value::Long(text.trim().parse().map_err(|e: std::num::ParseIntError| no(e.to_string()))?),
        Type::Double => Value::Double(text.trim().parse().map_err(|e: std::num::ParseFloatError| no(e.to_string()))?),
        Type::Bool => Value::Bool(text.eq_ignore_ascii_case("true")),
    })
}
