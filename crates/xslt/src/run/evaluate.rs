//! `xsl:evaluate`: an expression that is known only now.

use expr::Namespaces;
use expr::xpath::ast::Expr;
use expr::xpath::eval::{Eval, Focus};
use expr::xpath::host::{self, HostFunction, HostNames, Statics};
use expr::xpath::value::{R, Seq, fail};

use super::{Cx, Machine, types};
use crate::compile::names::Names;
use crate::model::Evaluate;

/// Expressions of one transformation that differ.
const MOST: usize = 10_000;
/// Bytes that a byte of an expression takes once it is compiled; roughly, at most.
const KEPT: usize = 64;

/// What such an expression sees: the stylesheet's functions, but not its variables.
struct FunctionsOnly<'n>(&'n Names);

impl HostNames for FunctionsOnly<'_> {
    fn variable(&self, _: &str, _: &str) -> Option<usize> {
        None
    }

    fn function(&self, uri: &str, local: &str, count: usize) -> Result<Option<HostFunction>, String> {
        self.0.function(uri, local, count)
    }
}

impl<'a> Machine<'a> {
    pub(super) fn evaluate(&self, ev: &mut Eval<'a>, how: &'a Evaluate, cx: &Cx<'a>) -> R<Seq<'a>> {
        let mut text = String::new();
        let items = self.xp(ev, &how.xpath, cx)?;
        self.join(ev, &items, " ", &mut text)?;
        let expr = self.expression(ev, how, &text)?;
        let mut values = Vec::new();
        for with in &how.with {
            values.push(self.value(ev, &with.value, cx)?);
        }
        let item = match &how.context {
            Some(context) => {
                let mut items = self.xp(ev, context, cx)?;
                if items.len() > 1 {
                    return fail("xsl:evaluate takes one context item");
                }
                items.pop()
            }
            None => None,
        };
        let found = self.deeper(|| {
            self.frame(ev, |ev| {
                ev.locals.append(&mut values);
                let compat = std::mem::replace(&mut ev.compat, false);
                let result = ev.eval(expr, Focus { item: item.as_ref(), position: 1, size: 1 });
                ev.compat = compat;
                result
            })
        })?;
        match &how.of {
            Some(of) => types::convert(ev, found, of),
            None => Ok(found),
        }
    }

    /// The expression, compiled once for each text and place.
    fn expression(&self, ev: &mut Eval<'a>, how: &'a Evaluate, text: &str) -> R<&'a Expr> {
        let key = (std::ptr::from_ref(how).addr(), text.to_owned());
        if let Some(known) = self.evaluated.borrow().get(&key) {
            return Ok(known);
        }
        ev.charge(2_000 + text.len() as u64 * 20)?;
        if self.evaluated.borrow().len() >= MOST {
            return fail(format!("xsl:evaluate made more than {MOST} different expressions"));
        }
        self.keep_bytes(text.len() * KEPT)?;
        let namespaces = Namespaces::new(how.spaces.iter().filter(|(prefix, _)| !prefix.is_empty()).cloned());
        let locals: Vec<String> = how.with.iter().map(|w| w.name.clone()).collect();
        let statics = Statics {
            namespaces: &namespaces,
            element_namespace: &how.element_namespace,
            locals: &locals,
            at_run_time: true,
            host: &FunctionsOnly(&self.sheet.names),
        };
        let shown: String = text.chars().take(200).collect();
        let parsed = host::parse(text, statics);
        let expr = parsed.or_else(|error| fail(format!("the expression \"{shown}\": {}", error.message)))?;
        let expr = self.expressions.keep(expr);
        self.evaluated.borrow_mut().insert(key, expr);
        Ok(expr)
    }
}
