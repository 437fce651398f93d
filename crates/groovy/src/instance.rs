//! Making objects of classes of the script: their fields and constructors.
use crate::ast::{Expr, ExprKind, MethodDecl, StmtKind};
use crate::env::Env;
use crate::error::throw;
use crate::interp::Interpreter;
use crate::members::set_exception_fields;
use crate::text::{class_of, text};
use crate::token::Name;
use crate::value::{ClassObj, Instance, Methods, R, Value};
use indexmap::IndexMap;
use std::cell::RefCell;
use std::rc::Rc;

/// The field of an inner object that holds the object around it.
pub(crate) const OUTER: &str = "this$0";
/// The field that holds the library's part of an object whose class extends one of the library.
pub(crate) const BASE: &str = "$base";

/// Fields scripts do not see.
pub(crate) fn hidden(name: &str) -> bool {
    name.starts_with('$') || name == OUTER
}

impl Interpreter<'_> {
    /// Makes an object of a class of the script.
    pub(crate) fn instantiate(&mut self, class: &Rc<ClassObj>, args: Vec<Value>) -> R {
        self.instantiate_with(class, args, IndexMap::new())
    }

    /// Makes an object that has these fields from the start.
    pub(crate) fn instantiate_with(
        &mut self,
        class: &Rc<ClassObj>,
        args: Vec<Value>,
        fields: IndexMap<Name, Value>,
    ) -> R {
        if class.decl.is_abstract && class.env.is_none() {
            return Err(throw(
                "java.lang.InstantiationError",
                format!("You cannot create an instance from the abstract class '{}'.", class.decl.name),
            ));
        }
        self.charge(64)?;
        let i = Rc::new(Instance { class: class.clone(), fields: RefCell::new(fields) });
        if let Some(v) = self.meta.constructor(class).cloned()
            && !self.meta.constructing
        {
            self.meta.constructing = true;
            let r = self.invoke(&v, "call", args);
            self.meta.constructing = false;
            return r;
        }
        let base = class.base.clone();
        let library = !matches!(&*base, "java.lang.Object" | "groovy.lang.Script")
            && crate::classes::is_known(&base)
            && !crate::classes::is_throwable(&base);
        if library {
            let taken = if class.decl.methods.iter().any(|m| &*m.name == "<init>") { vec![] } else { args.clone() };
            if let Ok(v) = self.construct(&base, taken) {
                i.fields.borrow_mut().insert(BASE.into(), v);
            }
        }
        self.init_fields(class, &i)?;
        self.run_constructor(class, &i, args)?;
        Ok(Value::Instance(i))
    }

    fn init_fields(&mut self, class: &Rc<ClassObj>, i: &Rc<Instance>) -> R<()> {
        for p in class.parent.iter().chain(class.traits.iter().rev()) {
            self.init_fields(p, i)?;
        }
        let parent = class.env.clone().unwrap_or_else(|| self.script_fields.clone());
        let env = Env::of(Some(parent), Some(Value::Instance(i.clone())));
        for f in class.decl.fields.iter().filter(|f| !f.is_static && !class.is_plain_interface()) {
            let mut v = match &f.init {
                Some(e) => self.eval(e, &env)?,
                None => f.ty.as_ref().map_or(Value::Null, crate::cast::initial),
            };
            if let Some(t) = f.ty.as_ref().filter(|_| f.init.is_some()) {
                v = self.coerce_declared(v, t)?;
            }
            i.fields.borrow_mut().insert(f.name.clone(), v);
        }
        self.exec_all(&class.decl.blocks, &env)?;
        Ok(())
    }

    /// `this(…)` and `super(…)`.
    pub(crate) fn constructor_call(&mut self, class: &str, up: bool, args: &[Expr], env: &Rc<Env>) -> R {
        let mut args = self.eval_all(args, env)?;
        let Some(Value::Instance(i)) = env.this() else { return Ok(Value::Null) };
        let Some(own) = i.class.above(class) else { return Ok(Value::Null) };
        match if up { own.parent.clone() } else { Some(own) } {
            Some(c) => self.run_constructor(&c, &i, args)?,
            None if crate::classes::is_throwable(&i.class.base) => {
                self.settle(&Value::Null, "<init>", &mut args)?;
                set_exception_fields(&i, &args);
            }
            None => {}
        }
        Ok(Value::Null)
    }

    pub(crate) fn run_constructor(&mut self, class: &Rc<ClassObj>, i: &Rc<Instance>, args: Vec<Value>) -> R<()> {
        let own: Vec<_> = class.decl.methods.iter().filter(|m| &*m.name == "<init>").cloned().collect();
        let this = Value::Instance(i.clone());
        if let Some(m) = self.pick(&own, &args) {
            if !calls_another(&m)
                && let Some(p) = &class.parent
            {
                self.run_constructor(p, i, vec![])?;
            }
            self.run_method(&m, args, Some(this), class.env.clone())?;
            return Ok(());
        }
        match args.as_slice() {
            [] if own.is_empty() => {
                if let Some(p) = class.parent.clone() {
                    self.run_constructor(&p, i, vec![])?;
                }
                Ok(())
            }
            [Value::Map(m)] if own.is_empty() || own.iter().any(|c| c.params.is_empty()) => {
                for (k, v) in m.entries() {
                    self.set_property(&this, &text(&k), v)?;
                }
                Ok(())
            }
            _ if own.is_empty()
                && class.noted(&["TupleConstructor", "Canonical", "Immutable"])
                && args.len() <= class.decl.fields.iter().filter(|f| !f.is_static && !f.hidden).count() =>
            {
                let names: Vec<Name> =
                    class.decl.fields.iter().filter(|f| !f.is_static && !f.hidden).map(|f| f.name.clone()).collect();
                for (n, v) in names.iter().zip(args) {
                    let v = match crate::members::field_type(class, n) {
                        Some(t) => self.coerce_declared(v, &t)?,
                        None => v,
                    };
                    i.fields.borrow_mut().insert(n.clone(), v);
                }
                Ok(())
            }
            // An anonymous class, or a constant of an enum with methods of its own: the parent takes the arguments.
            _ if own.is_empty() && (class.env.is_some() || class.noted(&["InheritConstructors"])) => {
                match class.parent.clone() {
                    Some(p) => self.run_constructor(&p, i, args),
                    None => {
                        if crate::classes::is_throwable(&class.base) {
                            set_exception_fields(i, &args);
                        }
                        Ok(())
                    }
                }
            }
            _ if i.fields.borrow().contains_key(BASE) => Ok(()),
            _ => {
                let types: Vec<String> = args.iter().map(class_of).collect();
                Err(throw(
                    "groovy.lang.GroovyRuntimeException",
                    format!("Could not find matching constructor for: {}({})", class.decl.name, types.join(", ")),
                ))
            }
        }
    }
}

impl ClassObj {
    /// An interface of Java's kind: no fields of its own in objects.
    fn is_plain_interface(&self) -> bool {
        self.decl.is_interface && self.decl.methods.iter().all(|m| m.is_abstract)
    }
}

/// Whether a constructor begins with `this(…)` or `super(…)`.
fn calls_another(m: &MethodDecl) -> bool {
    matches!(m.body.first().map(|s| &s.kind), Some(StmtKind::Expr(e)) if matches!(&*e.kind, ExprKind::ConstructorCall { .. }))
}

impl ClassObj {
    /// The methods of this name, nearest class first.
    pub fn methods(&self, name: &str) -> Methods {
        if let Some(m) = self.found.borrow().get(name) {
            return m.clone();
        }
        let mut out: Vec<_> =
            self.decl.methods.iter().filter(|m| &*m.name == name && !m.is_abstract).cloned().collect();
        for t in self.traits.iter().chain(&self.parent) {
            out.extend(t.methods(name).iter().cloned());
        }
        let out: Methods = out.into();
        self.found.borrow_mut().insert(name.into(), out.clone());
        out
    }
    /// The class of this name among it and its parents.
    pub fn above(self: &Rc<Self>, name: &str) -> Option<Rc<ClassObj>> {
        let mut at = Some(self.clone());
        while let Some(c) = at {
            if &*c.decl.name == name {
                return Some(c);
            }
            at = c.parent.clone();
        }
        None
    }
    /// Whether it says how its objects are equal.
    pub fn by_value(&self) -> bool {
        self.noted(&["EqualsAndHashCode", "Canonical", "Immutable"]) || !self.methods("equals").is_empty()
    }
    /// Whether it has one of these annotations.
    pub fn noted(&self, names: &[&str]) -> bool {
        self.decl.notes.iter().any(|n| names.iter().any(|x| n.name.rsplit('.').next() == Some(x)))
    }
}
