//! Making objects of classes of the script: their fields and constructors.
use crate::env::Env;
use crate::error::throw;
use crate::interp::Interpreter;
use crate::members::set_exception_fields;
use crate::text::{class_of, text};
use crate::value::{ClassObj, Instance, R, Value};
use indexmap::IndexMap;
use std::cell::RefCell;
use std::rc::Rc;

impl Interpreter<'_> {
    /// Makes an object of a class of the script.
    pub(crate) fn instantiate(&mut self, class: &Rc<ClassObj>, args: Vec<Value>) -> R {
        let i = Rc::new(Instance { class: class.clone(), fields: RefCell::new(IndexMap::new()) });
        self.init_fields(class, &i)?;
        self.run_constructor(class, &i, args)?;
        Ok(Value::Instance(i))
    }

    fn init_fields(&mut self, class: &Rc<ClassObj>, i: &Rc<Instance>) -> R<()> {
        if let Some(p) = &class.parent {
            self.init_fields(p, i)?;
        }
        let parent = class.env.clone().unwrap_or_else(|| self.script_fields.clone());
        let env = Env::of(Some(parent), Some(Value::Instance(i.clone())));
        for f in class.decl.fields.iter().filter(|f| !f.is_static) {
            let mut v = match &f.init {
                Some(e) => self.eval(e, &env)?,
                None => f.ty.as_ref().map_or(Value::Null, crate::cast::initial),
            };
            if let Some(t) = f.ty.as_ref().filter(|_| f.init.is_some()) {
                v = self.coerce_declared(v, t)?;
            }
            i.fields.borrow_mut().insert(f.name.clone(), v);
        }
        Ok(())
    }

    pub(crate) fn run_constructor(&mut self, class: &Rc<ClassObj>, i: &Rc<Instance>, args: Vec<Value>) -> R<()> {
        let own: Vec<_> = class.decl.methods.iter().filter(|m| &*m.name == "<init>").cloned().collect();
        let this = Value::Instance(i.clone());
        if let Some(m) = self.pick(&own, &args) {
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
            _ if crate::classes::is_throwable(&class.base) && own.is_empty() => {
                set_exception_fields(i, &args);
                Ok(())
            }
            _ if class.env.is_some() && class.parent.is_none() => Ok(()),
            _ => {
                if let Some(p) = class.parent.clone().filter(|_| own.is_empty() && class.env.is_some()) {
                    return self.run_constructor(&p, i, args);
                }
                let types: Vec<String> = args.iter().map(class_of).collect();
                Err(throw(
                    "groovy.lang.GroovyRuntimeException",
                    format!("Could not find matching constructor for: {}({})", class.decl.name, types.join(", ")),
                ))
            }
        }
    }
}
