//! Calling closures, and binding arguments to parameters.
use crate::ast::{Param, TypeRef};
use crate::env::Env;
use crate::error::no_method;
use crate::interp::{Flow, Interpreter};
use crate::value::{ClosureCode, ClosureObj, Key, ListKind, R, Value};
use std::rc::Rc;

impl Interpreter<'_> {
    /// Binds arguments to parameters in a scope; they fit.
    pub(crate) fn bind(&mut self, params: &[Param], mut args: Vec<Value>, env: &Rc<Env>) -> R<()> {
        if let Some(last) = params.last() {
            let array = last.varargs
                || last.ty.as_ref().is_some_and(|t| t.dims > 0)
                    && (args.len() > params.len() || args.len() == params.len() && !is_array(args.last()));
            let direct =
                args.len() == params.len() && (is_array(args.last()) || args.last().is_some_and(Value::is_null));
            if array && !direct {
                let fixed = params.len() - 1;
                let rest = args.split_off(fixed.min(args.len()));
                let ty = match &last.ty {
                    Some(t) => TypeRef { name: t.name.clone(), dims: t.dims.max(1) },
                    None => TypeRef { name: "Object".into(), dims: 1 },
                };
                let items = self.coerce_declared(Value::list(rest), &ty)?;
                self.bind(&params[..fixed], args, env)?;
                env.declare(last.name.clone(), items);
                return Ok(());
            }
        }
        // Missing arguments take their defaults, rightmost first.
        let mut missing = params.len().saturating_sub(args.len());
        let defaults = params.iter().filter(|p| p.default.is_some()).count();
        let mut skip = defaults.saturating_sub(missing);
        let mut args = args.into_iter();
        for p in params {
            let mut v = match &p.default {
                Some(d) if missing > 0 && skip == 0 => {
                    missing -= 1;
                    self.eval(d, env)?
                }
                other => {
                    if other.is_some() {
                        skip = skip.saturating_sub(1);
                    }
                    args.next().unwrap_or(Value::Null)
                }
            };
            if let Some(t) = p.ty.as_ref().filter(|_| !p.varargs) {
                v = self.coerce_declared(v, t)?;
                env.declare_type(&p.name, t);
            }
            env.declare(p.name.clone(), v);
        }
        Ok(())
    }

    /// Calls a closure.
    pub fn call_closure(&mut self, f: &Rc<ClosureObj>, args: Vec<Value>) -> R {
        self.call_closure_as(f, args, "doCall")
    }

    /// Calls a closure by the name an error shall tell.
    pub(crate) fn call_closure_as(&mut self, f: &Rc<ClosureObj>, mut args: Vec<Value>, name: &str) -> R {
        self.tick()?;
        match &f.code {
            ClosureCode::Method { obj, name } => {
                if &**name == "new"
                    && let Value::Class(c) = obj
                {
                    return self.construct(c, args);
                }
                if let Value::Class(c) = obj
                    && &**c == crate::parser::SCRIPT
                {
                    if self.functions(name).is_some() {
                        return self.call_function(name, args);
                    }
                    if let Some(v) = self.script_method(name, &args)? {
                        return Ok(v);
                    }
                }
                self.invoke(obj, name, args)
            }
            ClosureCode::Curried { of, args: held, at } => {
                let at = usize::try_from(*at).unwrap_or(args.len()).min(args.len());
                args.splice(at..at, held.iter().cloned());
                self.enter()?;
                let r = self.call_closure_as(of, args, name);
                self.depth -= 1;
                r
            }
            ClosureCode::Composed { first, second } => {
                self.enter()?;
                let v = self.call_closure_as(first, args, name);
                let v = v.and_then(|v| self.call_closure(second, vec![v]));
                self.depth -= 1;
                v
            }
            ClosureCode::Memo { of, seen } => {
                let key = Key(Value::list(args.clone()));
                if let Some(v) = seen.borrow().get(&key) {
                    return Ok(v.clone());
                }
                let v = self.call_closure_as(of, args, name)?;
                self.charge(128)?;
                seen.borrow_mut().insert(key, v.clone());
                Ok(v)
            }
            ClosureCode::Trampoline { of, args: held } => {
                let started = !args.is_empty() || held.is_empty();
                let mut next = if started { args } else { held.clone() };
                let mut of = of.clone();
                loop {
                    self.tick()?;
                    let v = self.call_closure_as(&of, next, name)?;
                    let Value::Closure(c) = &v else { return Ok(v) };
                    let ClosureCode::Trampoline { of: again, args } = &c.code else { return Ok(v) };
                    (next, of) = (args.clone(), again.clone());
                }
            }
            ClosureCode::Identity => Ok(args.pop().unwrap_or(Value::Null)),
            ClosureCode::Freed => Ok(Value::Null),
            ClosureCode::Block { decl, env } => {
                let inner = Env::running(f, env);
                match &decl.params {
                    None => {
                        if args.len() > 1 {
                            return Err(no_method(&Value::Closure(f.clone()), name, &args));
                        }
                        inner.vars.borrow_mut().push((self.it.clone(), args.pop().unwrap_or(Value::Null)));
                    }
                    Some(params) => self.bind_closure(f, params, args, &inner, name)?,
                }
                self.enter()?;
                let r = self.exec_all(&decl.body, &inner);
                self.depth -= 1;
                Ok(match r? {
                    Flow::Value(v) | Flow::Return(v) => v,
                    _ => Value::Null,
                })
            }
        }
    }

    fn bind_closure(
        &mut self,
        f: &Rc<ClosureObj>,
        params: &[Param],
        mut args: Vec<Value>,
        inner: &Rc<Env>,
        name: &str,
    ) -> R<()> {
        // Without types, the number of arguments decides.
        if params.len() == args.len() && params.iter().all(|p| p.ty.is_none()) {
            let mut vars = inner.vars.borrow_mut();
            vars.extend(params.iter().map(|p| p.name.clone()).zip(args));
            return Ok(());
        }
        if self.fit(params, &args).is_none() {
            // One list for several parameters is spread.
            let items = match args.as_slice() {
                [Value::List(l)] if params.len() > 1 => Some(l.data.borrow().clone()),
                _ => None,
            };
            match items {
                Some(mut items) => {
                    items.truncate(params.len());
                    items.resize(params.len(), Value::Null);
                    if self.fit(params, &items).is_none() {
                        return Err(no_method(&Value::Closure(f.clone()), name, &args));
                    }
                    args = items;
                }
                None => return Err(no_method(&Value::Closure(f.clone()), name, &args)),
            }
        }
        self.bind(params, args, inner)
    }
}

fn is_array(v: Option<&Value>) -> bool {
    match v {
        Some(Value::Bytes(_)) => true,
        Some(Value::List(l)) => matches!(l.kind, ListKind::Array(_)),
        _ => false,
    }
}
