//! The DOM.
use super::tree::{Id, Tree};
use crate::interp::Interpreter;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

pub(crate) struct Doc {
    pub(crate) tree: RefCell<Tree>,
}
pub(crate) struct Dom {
    pub(crate) doc: Rc<Doc>,
    pub(crate) id: Id,
}
impl HostObject for Dom {
    fn class_name(&self) -> &str {
        "x"
    }
    fn call_method(&self, _: &mut Interpreter<'_>, _: &Value, _: &str, _: &[Value]) -> R<Option<Value>> {
        Ok(None)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
