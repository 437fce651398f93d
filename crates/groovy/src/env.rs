//! Scopes: variables by name, nested.
use crate::ast::TypeRef;
use crate::token::Name;
use crate::value::{ClosureObj, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// One scope.
pub struct Env {
    /// Variables in the order they were declared.
    pub vars: RefCell<Vec<(Name, Value)>>,
    /// Declared types of its variables, where an assignment converts.
    pub types: RefCell<Vec<(Name, TypeRef)>>,
    /// The scope around it.
    pub parent: Option<Rc<Env>>,
    /// The closure whose activation this is.
    pub closure: Option<Rc<ClosureObj>>,
    /// The object of a method, or the class of a static one.
    pub this: Option<Value>,
}

impl Env {
    /// A scope inside another.
    pub fn inside(parent: &Rc<Env>) -> Rc<Env> {
        Rc::new(Env {
            vars: RefCell::default(),
            types: RefCell::default(),
            parent: Some(parent.clone()),
            closure: None,
            this: None,
        })
    }
    /// The scope of a method, with its object or class.
    pub fn of(parent: Option<Rc<Env>>, this: Option<Value>) -> Rc<Env> {
        Rc::new(Env { vars: RefCell::default(), types: RefCell::default(), parent, closure: None, this })
    }
    /// The scope of a closure while it runs.
    pub fn running(closure: &Rc<ClosureObj>, parent: &Rc<Env>) -> Rc<Env> {
        Rc::new(Env {
            vars: RefCell::default(),
            types: RefCell::default(),
            parent: Some(parent.clone()),
            closure: Some(closure.clone()),
            this: None,
        })
    }
    /// Declares a variable.
    pub fn declare(&self, name: Name, value: Value) {
        let mut vars = self.vars.borrow_mut();
        if let Some(v) = vars.iter_mut().find(|v| v.0 == name) {
            v.1 = value;
        } else {
            vars.push((name, value));
        }
    }
    /// Remembers the type of a variable, if it converts what is assigned.
    pub fn declare_type(&self, name: &Name, ty: &TypeRef) {
        if !matches!(&*ty.name, "Object" | "def" | "var") || ty.dims > 0 {
            self.types.borrow_mut().push((name.clone(), ty.clone()));
        }
    }
    /// The type of a variable that is declared with one.
    pub fn type_of(&self, name: &str) -> Option<TypeRef> {
        self.find(|e| {
            e.vars.borrow().iter().find(|v| &*v.0 == name)?;
            Some(e.types.borrow().iter().rev().find(|t| &*t.0 == name).map(|t| t.1.clone()))
        })
        .flatten()
    }
    /// Walks outwards through the scopes.
    pub fn find<T>(&self, mut f: impl FnMut(&Env) -> Option<T>) -> Option<T> {
        if let Some(t) = f(self) {
            return Some(t);
        }
        let mut at = self.parent.clone();
        while let Some(e) = at {
            if let Some(t) = f(&e) {
                return Some(t);
            }
            at = e.parent.clone();
        }
        None
    }
    /// Reads a variable.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.find(|e| e.vars.borrow().iter().find(|v| &*v.0 == name).map(|v| v.1.clone()))
    }
    /// Writes a variable that exists.
    pub fn set(&self, name: &str, value: &Value) -> bool {
        self.find(|e| {
            let mut vars = e.vars.borrow_mut();
            let v = vars.iter_mut().find(|v| &*v.0 == name)?;
            v.1 = value.clone();
            Some(())
        })
        .is_some()
    }
    /// The object of the method around.
    pub fn this(&self) -> Option<Value> {
        self.find(|e| e.this.clone())
    }
    /// The closures around, innermost first.
    pub fn closures(&self) -> Vec<Rc<ClosureObj>> {
        let mut out = Vec::new();
        self.find(|e| {
            out.extend(e.closure.clone());
            None::<()>
        });
        out
    }
}
