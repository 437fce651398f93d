//! Variables of all kinds, and calls into the language around an expression.

use base::Value;

use super::ast::Expr;
use super::eval::{Eval, Focus};
use super::value::{Atom, Item, R, Seq, fail};

impl<'a> Eval<'a> {
    pub fn local(&mut self, slot: usize) -> R<Seq<'a>> {
        match self.locals.get(self.base + slot).cloned() {
            Some(items) => self.copy(&items),
            None => Ok(Vec::new()),
        }
    }

    pub fn global(&mut self, number: usize) -> R<Seq<'a>> {
        match self.host {
            Some(host) => host.global(self, number),
            None => fail("there are no global variables here"),
        }
    }

    pub fn host_call(&mut self, number: usize, args: &'a [Expr], focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let Some(host) = self.host else { return fail("there are no such functions here") };
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.eval(arg, focus)?);
        }
        host.call(self, number, values, focus)
    }

    /// A header, else a property, else nothing.
    pub fn external(&mut self, name: &str) -> R<Seq<'a>> {
        let value = self.scope.header(name).or_else(|| self.scope.property(name));
        let mut out = Vec::new();
        let mut open: Vec<&'a Value> = value.into_iter().collect();
        while let Some(value) = open.pop() {
            self.charge(1)?;
            match value {
                Value::Null => {}
                Value::Bool(b) => out.push(Item::bool(*b)),
                Value::Int(n) => out.push(Item::Atom(Atom::Int(*n))),
                Value::Float(n) => out.push(Item::double(*n)),
                Value::Text(text) => out.push(Item::Atom(Atom::Untyped(text.as_str().into()))),
                Value::Bytes(bytes) => {
                    self.charge_text(bytes.len())?;
                    out.push(Item::Atom(Atom::Untyped(String::from_utf8_lossy(bytes))));
                }
                Value::List(items) => open.extend(items.iter().rev()),
                Value::Map(_) => {
                    let text = value.to_string();
                    self.charge_text(text.len())?;
                    out.push(Item::Atom(Atom::Untyped(text.into())));
                }
            }
        }
        Ok(out)
    }
}
