//! A run of a program: its limits, its host, its classes.
use crate::ast::{ClassDecl, Unit};
use crate::env::Env;
use crate::error::{exception, throw};
use crate::found::Found;
use crate::program::Program;
use crate::text::{class_of, text};
use crate::token::{ByName, Name};
use crate::value::{ClassObj, R, Thrown, Value};
use indexmap::IndexMap;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// How much a run may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Evaluation steps.
    pub steps: u64,
    /// Bytes of one value; all values together may take sixteen times as much over the whole run.
    pub memory: u64,
    /// Calls inside calls.
    pub call_depth: u32,
    /// Bytes of the machine stack.
    pub stack: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { steps: 50_000_000, memory: 256 << 20, call_depth: 400, stack: 1 << 20 }
    }
}

/// What the world outside offers a script.
pub trait Host {
    /// Milliseconds since 1970.
    fn now_millis(&self) -> i64;
    /// Fills with random bytes.
    fn random(&self, bytes: &mut [u8]);
    /// The default time zone.
    fn time_zone(&self) -> String {
        "UTC".into()
    }
    /// Asked every thousand steps: whether the run must end, and why.
    fn interrupted(&self) -> Option<String> {
        None
    }
    /// `println` and the like.
    fn print(&self, _text: &str) {}
    /// A variable of the binding.
    fn binding(&self, _name: &str) -> Option<Value> {
        None
    }
    /// Whether a full name is a class of the host; only used to resolve imports with a star.
    fn has_class(&self, _class: &str) -> bool {
        false
    }
    /// `new C(…)`.
    fn construct(&self, _it: &mut Interpreter<'_>, _class: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(None)
    }
    /// `C.m(…)`.
    fn call_static(&self, _it: &mut Interpreter<'_>, _class: &str, _name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(None)
    }
    /// `C.p`.
    fn get_static(&self, _it: &mut Interpreter<'_>, _class: &str, _name: &str) -> R<Option<Value>> {
        Ok(None)
    }
}

/// What a call ended with if not with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptException {
    /// Java class of the exception.
    pub class: String,
    /// Its message.
    pub message: String,
    /// The line of the script.
    pub line: u32,
    /// Functions and lines, innermost first.
    pub trace: Vec<String>,
}

impl std::fmt::Display for ScriptException {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} (line {})", self.class, self.message, self.line)
    }
}
impl std::error::Error for ScriptException {}

/// So long may a chain of `extends` be.
const MAX_PARENTS: u32 = 60;

fn depth_of(c: &Rc<ClassObj>) -> u32 {
    let (mut n, mut at) = (0, c.parent.clone());
    while let Some(c) = at {
        n += 1;
        at = c.parent.clone();
    }
    n
}

/// The order in which classes are made known: what they extend comes first. A ring has no first: it comes last.
fn parents_first(all: &[Arc<ClassDecl>]) -> Vec<usize> {
    // An inner class is found by any end of its name.
    let mut found: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, c) in all.iter().enumerate() {
        found.entry(&c.name).or_default().push(i);
        for (at, _) in c.name.match_indices('$') {
            found.entry(&c.name[at + 1..]).or_default().push(i);
        }
    }
    let (mut children, mut waits) = (vec![vec![]; all.len()], vec![0usize; all.len()]);
    for (i, c) in all.iter().enumerate() {
        for t in c.parent.iter().chain(&c.interfaces) {
            let first = found.get(&*t.name.replace('.', "$")).and_then(|of| of.iter().find(|j| **j != i));
            if let Some(j) = first {
                children[*j].push(i);
                waits[i] += 1;
            }
        }
    }
    let mut order: Vec<usize> = (0..all.len()).filter(|i| waits[*i] == 0).collect();
    let mut at = 0;
    while let Some(i) = order.get(at).copied() {
        at += 1;
        for c in std::mem::take(&mut children[i]) {
            waits[c] -= 1;
            if waits[c] == 0 {
                order.push(c);
            }
        }
    }
    order.extend((0..all.len()).filter(|i| waits[*i] > 0));
    order
}

/// How a statement ended.
pub(crate) enum Flow {
    Value(Value),
    Return(Value),
    Break(Option<Name>),
    Continue(Option<Name>),
}

/// A run of a program.
pub struct Interpreter<'p> {
    pub(crate) program: &'p Program,
    pub(crate) host: Rc<dyn Host>,
    pub(crate) limits: Limits,
    steps: u64,
    /// At how many steps the host is next asked whether the run must end.
    ask_at: u64,
    allocated: u64,
    pub(crate) depth: u32,
    stack_base: usize,
    pub(crate) line: u32,
    pub(crate) failed_line: u32,
    pub(crate) trace: Vec<String>,
    pub(crate) globals: Rc<Env>,
    pub(crate) script_fields: Rc<Env>,
    pub(crate) classes: ByName<Rc<ClassObj>>,
    /// Full names of inner classes by simple name.
    nested: ByName<Name>,
    pub(crate) names: Found,
    /// What the script evaluated.
    pub(crate) evaluated: Vec<Arc<Unit>>,
    /// The value of the statement before a `break`.
    pub(crate) before_break: Option<Value>,
    /// The name `it`.
    pub(crate) it: Name,
    /// Methods added to classes and objects.
    pub(crate) meta: crate::meta::Meta,
    captured: Vec<Weak<Env>>,
    /// When the scopes that are gone are next swept out of `captured`.
    sweep_at: usize,
    fields_ready: bool,
    /// What library objects want done when the run is over, so that rings of them are freed.
    pub(crate) at_end: Vec<Box<dyn FnOnce()>>,
    /// Texts that are read anew each time.
    pub(crate) texts: crate::gstring::Texts,
}

impl Drop for Interpreter<'_> {
    fn drop(&mut self) {
        // Closures and the scopes they capture hold each other: cut the rings.
        for e in self.captured.drain(..).filter_map(|w| w.upgrade()) {
            e.vars.take();
        }
        self.globals.vars.take();
        self.script_fields.vars.take();
        self.names.share(self.program);
        for end in self.at_end.drain(..) {
            end();
        }
    }
}

impl<'p> Interpreter<'p> {
    /// A run of a program.
    pub fn new(program: &'p Program, limits: Limits, host: Box<dyn Host>) -> Interpreter<'p> {
        let globals = Env::of(None, Some(Value::Class("Script1".into())));
        let script_fields = Env::inside(&globals);
        let mut it = Interpreter {
            program,
            host: Rc::from(host),
            limits,
            steps: 0,
            ask_at: 1024,
            allocated: 0,
            depth: 0,
            stack_base: 0,
            line: 0,
            failed_line: 0,
            trace: vec![],
            globals,
            script_fields,
            classes: ByName::default(),
            nested: ByName::default(),
            names: Found::of(program),
            evaluated: vec![],
            before_break: None,
            it: "it".into(),
            meta: crate::meta::Meta::default(),
            captured: vec![],
            sweep_at: 10_000,
            fields_ready: false,
            at_end: vec![],
            texts: crate::gstring::Texts::default(),
        };
        for unit in program.companions.iter().chain([&program.unit]) {
            it.declare_classes(unit);
        }
        it
    }

    /// Makes the classes of a unit known, parents first.
    pub(crate) fn declare_classes(&mut self, unit: &Unit) {
        if unit.classes.is_empty() {
            return;
        }
        let (mut all, mut more) = (vec![], unit.classes.iter().rev().cloned().collect::<Vec<_>>());
        while let Some(c) = more.pop() {
            more.extend(c.inner.iter().rev().cloned());
            all.push(c);
        }
        for i in parents_first(&all) {
            self.declare_class(&all[i]);
        }
    }

    /// A class of the script by its name, its simple name if it is an inner one, or `Outer.Inner`.
    pub(crate) fn class_named(&self, name: &str) -> Option<Rc<ClassObj>> {
        if self.classes.is_empty() {
            return None;
        }
        self.classes
            .get(name)
            .or_else(|| self.nested.get(name).and_then(|n| self.classes.get(n)))
            .or_else(|| name.contains('.').then(|| self.classes.get(&*name.replace('.', "$"))).flatten())
            .cloned()
    }

    /// What a class extends.
    pub(crate) fn make_class(&mut self, decl: &Arc<ClassDecl>, env: Option<Rc<Env>>) -> Rc<ClassObj> {
        let mut parent = decl.parent.as_ref().and_then(|p| self.class_named(&p.name));
        let mut traits: Vec<_> = decl.interfaces.iter().rev().filter_map(|t| self.class_named(&t.name)).collect();
        if parent.as_ref().is_some_and(|p| p.decl.is_interface) {
            traits.extend(parent.take());
        }
        if parent.as_ref().is_some_and(|p| depth_of(p) > MAX_PARENTS) {
            parent = None;
        }
        let base = match (&decl.parent, &parent) {
            (Some(p), None) => self.resolve(&p.name).unwrap_or_else(|| p.name.clone()),
            (_, Some(p)) => p.base.clone(),
            _ => decl
                .interfaces
                .first()
                .map_or_else(|| "java.lang.Object".into(), |i| self.resolve(&i.name).unwrap_or_else(|| i.name.clone())),
        };
        Rc::new(ClassObj {
            decl: decl.clone(),
            parent,
            traits,
            base,
            statics: RefCell::new(IndexMap::new()),
            env,
            found: RefCell::default(),
        })
    }

    fn declare_class(&mut self, decl: &Arc<ClassDecl>) {
        let class = self.make_class(decl, None);
        if let Some((_, simple)) = decl.name.rsplit_once('$') {
            self.nested.insert(simple.into(), decl.name.clone());
        }
        self.names.forget(decl.name.rsplit('$').next().unwrap_or(""));
        self.classes.insert(decl.name.clone(), class);
    }

    /// Calls a function of the script; `run` runs what stands outside functions.
    pub fn call(&mut self, function: &str, args: Vec<Value>) -> Result<Value, ScriptException> {
        let here = 0u8;
        self.stack_base = std::ptr::from_ref(&here) as usize;
        self.trace.clear();
        self.failed_line = 0;
        let r = self.prepare().and_then(|()| {
            if function == "run" && self.functions("run").is_none() {
                let unit = self.program.unit.clone();
                self.run_body(&unit)
            } else if self.functions(function).is_none()
                && let Some(class) = self.program.class_with(function).and_then(|c| self.class_named(&c.name))
            {
                let object = self.instantiate(&class, vec![])?;
                self.invoke(&object, function, args)
            } else {
                self.call_function(function, args)
            }
        });
        r.and_then(|v| self.settled(&v)).map_err(|t| self.report(t))
    }

    /// The functions of this name in the script or in what it evaluated.
    pub(crate) fn functions(&self, name: &str) -> Option<Arc<[Arc<crate::ast::MethodDecl>]>> {
        let later = self.evaluated.iter().rev().find_map(|u| u.functions.get(name));
        later.or_else(|| self.program.unit.functions.get(name)).cloned()
    }

    /// Runs what stands outside functions.
    pub(crate) fn run_body(&mut self, unit: &Unit) -> R {
        let env = Env::inside(&self.script_fields);
        match self.exec_all(&unit.body, &env)? {
            Flow::Value(v) | Flow::Return(v) => Ok(v),
            _ => Ok(Value::Null),
        }
    }

    fn prepare(&mut self) -> R<()> {
        if std::mem::replace(&mut self.fields_ready, true) {
            return Ok(());
        }
        let program = self.program;
        for unit in program.companions.iter().chain([&program.unit]) {
            self.prepare_unit(unit)?;
        }
        Ok(())
    }

    /// Fields of the script and static members of its classes.
    pub(crate) fn prepare_unit(&mut self, unit: &Arc<Unit>) -> R<()> {
        let env = self.script_fields.clone();
        let own = Arc::ptr_eq(unit, &self.program.unit) || self.evaluated.iter().any(|u| Arc::ptr_eq(u, unit));
        for f in unit.fields.iter().filter(|_| own) {
            let mut v = match &f.init {
                Some(e) => self.eval(e, &env)?,
                None => Value::Null,
            };
            if let Some(t) = &f.ty {
                v = self.coerce_declared(v, t)?;
            }
            env.declare(f.name.clone(), v);
        }
        for c in &unit.classes {
            self.init_statics(c)?;
            if let Some(class) = self.classes.get(&c.name).cloned() {
                for m in crate::meta::annotated_mixins(&class) {
                    crate::meta::mixin(self, &Value::Class(c.name.clone()), &[Value::Class(m)])?;
                }
            }
        }
        Ok(())
    }

    fn init_statics(&mut self, decl: &Arc<ClassDecl>) -> R<()> {
        for i in &decl.inner {
            self.init_statics(i)?;
        }
        let Some(class) = self.classes.get(&decl.name).cloned() else { return Ok(()) };
        let env = Env::of(Some(self.script_fields.clone()), Some(Value::Class(decl.name.clone())));
        for (n, constant) in decl.constants.iter().enumerate() {
            let vals = self.eval_all(&constant.args, &env)?;
            let of = match &constant.body {
                Some(body) => self.make_class(body, Some(env.clone())),
                None => class.clone(),
            };
            let named = [("$name", Value::str(&constant.name)), ("$ordinal", Value::Int(n as i32))];
            let v = self.instantiate_with(&of, vals, named.map(|(k, v)| (k.into(), v)).into())?;
            class.statics.borrow_mut().insert(constant.name.clone(), v);
        }
        let plain = decl.is_interface && decl.methods.iter().all(|m| m.is_abstract);
        for f in decl.fields.iter().filter(|f| f.is_static || plain) {
            let mut v = match &f.init {
                Some(e) => self.eval(e, &env)?,
                None => f.ty.as_ref().map_or(Value::Null, crate::cast::initial),
            };
            if let Some(t) = f.ty.as_ref().filter(|_| f.init.is_some()) {
                v = self.coerce_declared(v, t)?;
            }
            class.statics.borrow_mut().insert(f.name.clone(), v);
        }
        self.exec_all(&decl.statics, &env)?;
        Ok(())
    }

    fn report(&self, t: Thrown) -> ScriptException {
        let line = if self.failed_line > 0 { self.failed_line } else { self.line };
        let trace = self.trace.clone();
        match t {
            Thrown::Limit(m) => ScriptException { class: "Limit".into(), message: m, line, trace },
            Thrown::Exception(v) => {
                let message = match &v {
                    Value::Exception(e) => text(&e.message),
                    Value::Instance(i) => i.fields.borrow().get("message").map(text).unwrap_or_default(),
                    v => text(v),
                };
                ScriptException { class: class_of(&v), message, line, trace }
            }
        }
    }

    /// Remembers a scope that a closure or an object holds.
    pub(crate) fn capture(&mut self, env: &Rc<Env>) {
        self.captured.push(Rc::downgrade(env));
        if self.captured.len() > self.sweep_at {
            self.captured.retain(|w| w.strong_count() > 0);
            self.sweep_at = self.captured.len() * 2 + 10_000;
        }
    }

    /// Counts a step.
    pub(crate) fn tick(&mut self) -> R<()> {
        self.work(1)?;
        let here = 0u8;
        if self.stack_base.abs_diff(std::ptr::from_ref(&here) as usize) > self.limits.stack {
            return Err(throw("java.lang.StackOverflowError", "calls or expressions are nested too deeply"));
        }
        Ok(())
    }

    /// Counts steps of the library that are about to be taken.
    pub(crate) fn work(&mut self, steps: u64) -> R<()> {
        self.steps += steps;
        if self.steps >= self.ask_at {
            self.ask_at = self.steps + 1024;
            if let Some(why) = self.host.interrupted() {
                return Err(Thrown::Limit(why));
            }
        }
        if self.steps > self.limits.steps {
            return Err(Thrown::Limit(format!("the script took more than {} steps", self.limits.steps)));
        }
        Ok(())
    }

    /// The steps that were taken so far; what the library does and allocates counts by its size.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Counts memory about to be used.
    pub fn charge(&mut self, bytes: usize) -> R<()> {
        self.allocated = self.allocated.saturating_add(bytes as u64);
        self.steps += bytes as u64 / 256;
        if bytes as u64 > self.limits.memory || self.allocated > self.limits.memory.saturating_mul(16) {
            return Err(Thrown::Limit("the script uses too much memory".into()));
        }
        Ok(())
    }

    pub(crate) fn enter(&mut self) -> R<()> {
        if self.depth >= self.limits.call_depth {
            return Err(throw("java.lang.StackOverflowError", "calls are nested too deeply"));
        }
        self.depth += 1;
        Ok(())
    }

    /// The text of a value, asking objects of the script's classes.
    pub fn text_of(&mut self, v: &Value) -> Result<String, ScriptException> {
        let r = self.to_text(v);
        r.map_err(|t| self.report(t))
    }

    /// An exception of a class, for hosts.
    pub fn exception(&self, class: &str, message: &str) -> Thrown {
        Thrown::Exception(exception(class, Value::str(message)))
    }
}
