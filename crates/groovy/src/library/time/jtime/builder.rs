//! `DateTimeFormatterBuilder`.
use super::printer::{El, Formatter, pattern};
use crate::gdk::txt;
use crate::interp::Interpreter;
use crate::library::time::locale::Locale;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::RefCell;

/// `DateTimeFormatterBuilder`.
#[derive(Default)]
pub(crate) struct Builder {
    levels: RefCell<Vec<Vec<El>>>,
    any_case: std::cell::Cell<bool>,
}

impl Builder {
    fn add(&self, els: Vec<El>) {
        let mut l = self.levels.borrow_mut();
        if l.is_empty() {
            l.push(vec![]);
        }
        if let Some(top) = l.last_mut() {
            top.extend(els);
        }
    }
    fn close(&self) {
        let inner = self.levels.borrow_mut().pop();
        if let Some(i) = inner {
            self.add(vec![El::Optional(i)]);
        }
    }
}

impl HostObject for Builder {
    fn class_name(&self) -> &str {
        "java.time.format.DateTimeFormatterBuilder"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let els = || super::statics::formatter(args.first()).map(|f| f.els).unwrap_or_default();
        match name {
            "appendPattern" => self.add(pattern(&txt(args.first()))?),
            "appendLiteral" => self.add(vec![El::Text(txt(args.first()))]),
            "append" => self.add(els()),
            "appendOptional" => self.add(vec![El::Optional(els())]),
            "optionalStart" => {
                self.add(vec![]);
                let mut l = self.levels.borrow_mut();
                if l.len() > 50 {
                    return Err(crate::error::illegal("the pattern is nested too deeply"));
                }
                l.push(vec![]);
            }
            "optionalEnd" => self.close(),
            "appendFraction" => self.add(vec![El::Fraction]),
            "appendOffsetId" => self.add(vec![El::Field('X', 5)]),
            "appendInstant" => self.add(Formatter::constant("ISO_INSTANT").map(|f| f.els).unwrap_or_default()),
            "parseCaseInsensitive" => self.any_case.set(true),
            "parseCaseSensitive" => self.any_case.set(false),
            "parseLenient" | "parseStrict" => {}
            "toFormatter" => {
                while self.levels.borrow().len() > 1 {
                    self.close();
                }
                let mut f = Formatter::of("", Locale::of(args.first()).unwrap_or_else(Locale::default))?;
                f.els = self.levels.borrow().first().cloned().unwrap_or_default();
                return Ok(Some(Value::object(if self.any_case.get() { f.ignoring_case() } else { f })));
            }
            _ => return Ok(None),
        }
        Ok(Some(this.clone()))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
