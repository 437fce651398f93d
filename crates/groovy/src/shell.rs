//! Source read at run time: `evaluate`, GroovyShell, Eval, Binding; and Expando.
use crate::ast::Unit;
use crate::env::Env;
use crate::error::throw;
use crate::interp::Interpreter;
use crate::program::Program;
use crate::text::text;
use crate::value::{HostObject, MapKind, MapObj, R, Value};
use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

/// So many sources may a run evaluate, and so long may one be.
const MAX_EVALUATED: usize = 1000;
const MAX_SOURCE: usize = 1 << 20;

impl Interpreter<'_> {
    /// Parses a source and makes its functions and classes known.
    fn compile(&mut self, source: &str) -> R<Arc<Unit>> {
        self.charge(source.len().saturating_mul(64))?;
        if source.len() > MAX_SOURCE || self.evaluated.len() >= MAX_EVALUATED {
            return Err(crate::error::illegal("too much source is evaluated"));
        }
        let program = Program::parse(crate::parser::SCRIPT, source).map_err(|e| {
            throw(
                "org.codehaus.groovy.control.MultipleCompilationErrorsException",
                format!(
                    "startup failed:\nScript1.groovy: {}: {} @ line {}, column {}.\n{}\n\n1 error\n",
                    e.line, e.message, e.line, e.col, e.snippet
                ),
            )
        })?;
        let unit = program.unit;
        self.evaluated.push(unit.clone());
        self.names.forget_all();
        self.declare_classes(&unit);
        self.prepare_unit(&unit)?;
        Ok(unit)
    }

    /// `evaluate(source)`.
    pub(crate) fn evaluate(&mut self, source: &str, binding: Option<&Rc<MapObj>>) -> R {
        self.enter()?;
        let r = self.compile(source).and_then(|unit| self.run_unit(&unit, binding));
        self.depth -= 1;
        r
    }

    fn run_unit(&mut self, unit: &Unit, binding: Option<&Rc<MapObj>>) -> R {
        let Some(map) = binding else { return self.run_body(unit) };
        let env = Env::inside(&self.script_fields);
        for (k, v) in map.entries() {
            env.declare(text(&k).into(), v);
        }
        // What the binding has may be changed, and hides what stands around.
        let inner = Env::inside(&env);
        let r = self.exec_all(&unit.body, &inner);
        let vars = env.vars.borrow().clone();
        for (k, v) in vars {
            map.put(Value::str(k), v);
        }
        env.vars.take();
        Ok(match r? {
            crate::interp::Flow::Value(v) | crate::interp::Flow::Return(v) => v,
            _ => Value::Null,
        })
    }
}

/// GroovyShell, GroovyClassLoader and the scripts they parse.
struct Shell {
    binding: Rc<MapObj>,
    script: Option<Arc<Unit>>,
}

impl HostObject for Shell {
    fn class_name(&self) -> &str {
        if self.script.is_some() { crate::parser::SCRIPT } else { "groovy.lang.GroovyShell" }
    }
    fn get_property(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str) -> R<Option<Value>> {
        Ok(match name {
            "binding" | "context" => Some(Value::object(Binding(self.binding.clone()))),
            n => self.binding.get_str(n),
        })
    }
    fn set_property(&self, _it: &mut Interpreter<'_>, name: &str, value: Value) -> R<bool> {
        self.binding.put(Value::str(name), value);
        Ok(true)
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        if let Some(unit) = &self.script {
            if name == "run" && args.is_empty() && !unit.functions.contains_key("run") {
                return it.run_unit(unit, Some(&self.binding)).map(Some);
            }
            let Some(all) = unit.functions.get(name).cloned() else { return Ok(None) };
            return match it.pick(&all, args) {
                Some(m) => it.run_method(&m, args.to_vec(), None, None).map(Some),
                None => Ok(None),
            };
        }
        Ok(Some(match (name, args) {
            ("evaluate", [s, ..]) => {
                let s = source(it, s)?;
                it.evaluate(&s, Some(&self.binding))?
            }
            ("parse", [s, ..]) => {
                let s = source(it, s)?;
                let unit = it.compile(&s)?;
                Value::object(Shell { binding: self.binding.clone(), script: Some(unit) })
            }
            ("parseClass", [s, ..]) => {
                let s = source(it, s)?;
                let unit = it.compile(&s)?;
                match unit.classes.first() {
                    Some(c) if unit.body.is_empty() => Value::Class(c.name.clone()),
                    _ => Value::object(Shell { binding: self.binding.clone(), script: Some(unit) }),
                }
            }
            ("newInstance" | "getDeclaredConstructor", []) => return Ok(None),
            ("setVariable" | "setProperty", [k, v]) => {
                self.binding.put(Value::str(text(k)), v.clone());
                Value::Null
            }
            ("getVariable" | "getProperty", [k]) => self.binding.get(k).unwrap_or(Value::Null),
            ("getContext" | "getBinding", []) => Value::object(Binding(self.binding.clone())),
            ("clearCache" | "close" | "resetLoadedClasses", []) => Value::Null,
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The text of a source: a string or a reader.
fn source(it: &mut Interpreter<'_>, v: &Value) -> R<String> {
    match v {
        Value::Object(_) => it.invoke(v, "getText", vec![]).map(|t| text(&t)),
        v => it.to_text(v),
    }
}

/// groovy.lang.Binding with variables of its own.
struct Binding(Rc<MapObj>);

impl HostObject for Binding {
    fn class_name(&self) -> &str {
        "groovy.lang.Binding"
    }
    fn get_property(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str) -> R<Option<Value>> {
        Ok(match name {
            "variables" => Some(Value::Map(self.0.clone())),
            n => self.0.get_str(n),
        })
    }
    fn set_property(&self, _it: &mut Interpreter<'_>, name: &str, value: Value) -> R<bool> {
        self.0.put(Value::str(name), value);
        Ok(true)
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("getVariable", [k]) => match self.0.get(k) {
                Some(v) => v,
                None => return Err(crate::error::no_property(&text(k), "groovy.lang.Binding")),
            },
            ("setVariable" | "setProperty", [k, v]) => {
                self.0.put(Value::str(text(k)), v.clone());
                Value::Null
            }
            ("hasVariable", [k]) => Value::Bool(self.0.get(k).is_some()),
            ("getVariables", []) => Value::Map(self.0.clone()),
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The `binding` of the script itself.
struct OwnBinding;

/// The `binding` of the script.
pub(crate) fn own_binding() -> Value {
    Value::object(OwnBinding)
}

fn own_variables(it: &Interpreter<'_>) -> Rc<MapObj> {
    let map = MapObj::new(MapKind::Linked);
    for (k, v) in it.globals.vars.borrow().iter() {
        map.put(Value::str(k), v.clone());
    }
    map
}

impl HostObject for OwnBinding {
    fn class_name(&self) -> &str {
        "groovy.lang.Binding"
    }
    fn get_property(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str) -> R<Option<Value>> {
        Ok(match name {
            "variables" => Some(Value::Map(own_variables(it))),
            n => it.globals.get(n).or_else(|| it.host.binding(n)),
        })
    }
    fn set_property(&self, it: &mut Interpreter<'_>, name: &str, value: Value) -> R<bool> {
        it.globals.declare(name.into(), value);
        Ok(true)
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("getVariable", [k]) => match it.globals.get(&text(k)).or_else(|| it.host.binding(&text(k))) {
                Some(v) => v,
                None => return Err(crate::error::no_property(&text(k), "groovy.lang.Binding")),
            },
            ("setVariable" | "setProperty", [k, v]) => {
                it.globals.declare(text(k).into(), v.clone());
                Value::Null
            }
            ("hasVariable", [k]) => {
                Value::Bool(it.globals.get(&text(k)).is_some() || it.host.binding(&text(k)).is_some())
            }
            ("getVariables", []) => Value::Map(own_variables(it)),
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// groovy.util.Expando.
struct Expando(Rc<MapObj>);

impl HostObject for Expando {
    fn class_name(&self) -> &str {
        "groovy.util.Expando"
    }
    fn get_property(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str) -> R<Option<Value>> {
        Ok(Some(match name {
            "properties" | "expandoProperties" => Value::Map(self.0.clone()),
            "class" => Value::Class("groovy.util.Expando".into()),
            n => self.0.get_str(n).unwrap_or(Value::Null),
        }))
    }
    fn set_property(&self, it: &mut Interpreter<'_>, name: &str, value: Value) -> R<bool> {
        it.charge(64)?;
        self.0.put(Value::str(name), value);
        Ok(true)
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        if let Some(Value::Closure(f)) = self.0.get_str(name) {
            return crate::gdk::with_delegate(it, &f, this.clone(), args.to_vec(), true).map(Some);
        }
        Ok(Some(match (name, args) {
            ("getProperties", []) => Value::Map(self.0.clone()),
            ("getProperty", [k]) => self.0.get(k).unwrap_or(Value::Null),
            ("setProperty", [k, v]) => {
                self.0.put(Value::str(text(k)), v.clone());
                Value::Null
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        crate::text::java_text(&Value::Map(self.0.clone()))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `new` of the classes of this file.
pub(crate) fn construct(class: &str, args: &[Value]) -> Option<Value> {
    let map = |v: Option<&Value>| match v {
        Some(Value::Map(m)) => crate::gdk::copy(m),
        Some(v) => v.downcast::<Binding>().map_or_else(|| MapObj::new(MapKind::Linked), |b| b.0.clone()),
        None => MapObj::new(MapKind::Linked),
    };
    Some(match class {
        "groovy.lang.GroovyShell" | "groovy.lang.GroovyClassLoader" => {
            let b = args.iter().find(|a| a.downcast::<Binding>().is_some());
            Value::object(Shell { binding: map(b), script: None })
        }
        "groovy.lang.Binding" => Value::object(Binding(map(args.first()))),
        "groovy.util.Expando" => Value::object(Expando(map(args.first()))),
        _ => return None,
    })
}

/// `Eval.me(…)` and its kind.
pub(crate) fn eval(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let (names, code): (Vec<String>, &Value) = match (name, args) {
        ("me", [code]) => (vec![], code),
        ("me", [n, _, code]) => (vec![text(n)], code),
        ("x", [_, code]) => (vec!["x".into()], code),
        ("xy", [_, _, code]) => (vec!["x".into(), "y".into()], code),
        ("xyz", [_, _, _, code]) => (vec!["x".into(), "y".into(), "z".into()], code),
        _ => return Ok(None),
    };
    let binding = MapObj::new(MapKind::Linked);
    let first = usize::from(name == "me");
    for (n, k) in names.iter().enumerate() {
        binding.put(Value::str(k), args.get(n + first).cloned().unwrap_or(Value::Null));
    }
    let code = it.to_text(code)?;
    it.evaluate(&code, Some(&binding)).map(Some)
}
