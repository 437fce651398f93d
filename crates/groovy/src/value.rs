//! Values of scripts. They are shared by reference, as in Java; only numbers, booleans and texts are plain.
use crate::ast::{ClassDecl, ClosureDecl, MethodDecl};
use crate::interp::Interpreter;
use crate::token::Name;
use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use indexmap::IndexMap;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

/// Any value.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names are the Java types")]
pub enum Value {
    Null,
    Bool(bool),
    Byte(i8),
    Short(i16),
    Int(i32),
    Long(i64),
    BigInt(Rc<BigInt>),
    Dec(Rc<BigDecimal>),
    Float(f32),
    Double(f64),
    Char(char),
    Str(Rc<str>),
    /// An interpolated string, already put together.
    GStr(Rc<str>),
    List(Rc<ListObj>),
    Map(Rc<MapObj>),
    Set(Rc<MapObj>),
    Range(Rc<RangeObj>),
    /// A `byte[]`.
    Bytes(Rc<RefCell<Vec<u8>>>),
    Entry(Rc<EntryObj>),
    Closure(Rc<ClosureObj>),
    /// A class by its full name.
    Class(Name),
    /// An object of a class of the script.
    Instance(Rc<Instance>),
    Exception(Rc<ExceptionObj>),
    /// Anything else: library objects and what the host brings.
    Object(Rc<dyn HostObject>),
}

/// What a script throws, or why it had to end.
#[derive(Clone)]
pub enum Thrown {
    /// An exception a script may catch.
    Exception(Value),
    /// A limit was reached; scripts cannot catch it.
    Limit(String),
}

/// The result of evaluating something.
pub type R<T = Value> = Result<T, Thrown>;

/// An object implemented in Rust. `None` means that there is no such member.
pub trait HostObject {
    /// Full Java class name.
    fn class_name(&self) -> &str;
    /// Reads a property.
    fn get_property(&self, _it: &mut Interpreter<'_>, _this: &Value, _name: &str) -> R<Option<Value>> {
        Ok(None)
    }
    /// Writes a property; false if there is none.
    fn set_property(&self, _it: &mut Interpreter<'_>, _name: &str, _value: Value) -> R<bool> {
        Ok(false)
    }
    /// Calls a method.
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>>;
    /// `toString()`.
    fn text(&self) -> String {
        format!("{}@1", self.class_name())
    }
    /// What `for`, `each` and the like walk over.
    fn items(&self) -> Option<Vec<Value>> {
        None
    }
    /// Groovy truth.
    fn truth(&self) -> bool {
        true
    }
    /// `equals`; None means identity.
    fn equal(&self, _other: &Value) -> Option<bool> {
        None
    }
    /// `compareTo`.
    fn compare(&self, _other: &Value) -> Option<std::cmp::Ordering> {
        None
    }
    /// Whether it is an instance of this class, given by its full name.
    fn is_a(&self, class: &str) -> bool {
        crate::classes::is_subclass(self.class_name(), class)
    }
    /// For the Rust side.
    fn as_any(&self) -> &dyn Any;
}

/// What kind of list it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the Java types")]
pub enum ListKind {
    ArrayList,
    LinkedList,
    Tuple2,
    NodeList,
    EmptyRange,
    /// Of `Arrays.asList`: it keeps its size.
    Fixed,
    /// Array with its element type.
    Array(Name),
}

/// A list or an array.
pub struct ListObj {
    /// What kind.
    pub kind: ListKind,
    /// May not be changed.
    pub frozen: Cell<bool>,
    /// Elements.
    pub data: RefCell<Vec<Value>>,
    /// The map it is a view of.
    pub origin: RefCell<Option<Rc<MapObj>>>,
}

/// What kind of map or set it is; it decides the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the Java types")]
pub enum MapKind {
    Linked,
    Hash,
    Tree,
    Lazy,
    /// Keys are compared without case; in order.
    IgnoreCase,
    /// In the order of a comparator, in which the data stands.
    Compared,
}

/// A map, or a set (then the values are null).
pub struct MapObj {
    /// What kind.
    pub kind: MapKind,
    /// May not be changed.
    pub frozen: Cell<bool>,
    /// Entries in the order they came.
    pub data: RefCell<IndexMap<Key, Value>>,
    /// The map it is a view of.
    pub origin: RefCell<Option<Rc<MapObj>>>,
    /// `withDefault`.
    pub default: RefCell<Option<Value>>,
    /// The comparator of its keys.
    pub by: RefCell<Option<Value>>,
}

/// A range.
#[expect(missing_docs, reason = "the names say it")]
pub struct RangeObj {
    pub from: Value,
    pub to: Value,
    pub inclusive: bool,
}

/// An entry of a map: key, first value, the map it changes, and the value set since.
pub struct EntryObj(pub Value, pub Value, pub Option<Rc<MapObj>>, pub RefCell<Option<Value>>);

impl EntryObj {
    /// Sets the value, in the map too; gives the old one.
    pub fn set_value(&self, v: Value) -> Value {
        let old = self.value();
        let gone = self.3.replace(Some(v.clone()));
        if let Some(m) = &self.2 {
            m.put(self.0.clone(), v);
        }
        drop(gone);
        old
    }
    /// The value as it is now.
    pub fn value(&self) -> Value {
        self.3.borrow().clone().unwrap_or_else(|| self.1.clone())
    }
}

/// A closure.
pub struct ClosureObj {
    /// What it does.
    pub code: ClosureCode,
    /// `delegate`.
    pub delegate: RefCell<Option<Value>>,
    /// `resolveStrategy`: the delegate comes first.
    pub delegate_first: Cell<bool>,
}

/// The kinds of closures.
#[expect(missing_docs, reason = "the names say it")]
pub enum ClosureCode {
    Block {
        decl: Arc<ClosureDecl>,
        env: Rc<crate::env::Env>,
    },
    Method {
        obj: Value,
        name: Name,
    },
    Curried {
        of: Rc<ClosureObj>,
        args: Vec<Value>,
        /// Before which argument they stand; negative: after the last.
        at: i64,
    },
    Composed {
        first: Rc<ClosureObj>,
        second: Rc<ClosureObj>,
    },
    Memo {
        of: Rc<ClosureObj>,
        seen: RefCell<IndexMap<Key, Value>>,
    },
    Trampoline {
        of: Rc<ClosureObj>,
        args: Vec<Value>,
    },
    Identity,
    /// What is left while the closure is freed.
    Freed,
}

/// A class of the script at run time.
pub struct ClassObj {
    /// Its declaration.
    pub decl: Arc<ClassDecl>,
    /// Its parent if it is a class of the script.
    pub parent: Option<Rc<ClassObj>>,
    /// Interfaces and traits of the script, the last one first.
    pub traits: Vec<Rc<ClassObj>>,
    /// The full name of a parent of the library.
    pub base: Name,
    /// Static fields.
    pub statics: RefCell<IndexMap<Name, Value>>,
    /// Variables around an anonymous class.
    pub env: Option<Rc<crate::env::Env>>,
    /// Methods found before, by name.
    pub found: RefCell<HashMap<Name, Methods>>,
}

/// Methods of one name, nearest class first.
pub type Methods = Rc<[Arc<MethodDecl>]>;

/// An object of a class of the script.
pub struct Instance {
    /// Its class.
    pub class: Rc<ClassObj>,
    /// Its fields.
    pub fields: RefCell<IndexMap<Name, Value>>,
}

/// An exception of the library.
pub struct ExceptionObj {
    /// Full class name.
    pub class: Name,
    /// Message or null.
    pub message: Value,
    /// Cause or null.
    pub cause: RefCell<Value>,
    /// Line where it was thrown.
    pub line: Cell<u32>,
    /// Suppressed exceptions.
    pub suppressed: RefCell<Vec<Value>>,
    /// Functions and lines from where it was thrown.
    pub trace: RefCell<Vec<String>>,
    /// Further properties.
    pub extra: Vec<(Name, Value)>,
}

impl Value {
    /// A string.
    pub fn str(s: impl AsRef<str>) -> Value {
        Value::Str(Rc::from(s.as_ref()))
    }
    /// An ArrayList.
    pub fn list(items: Vec<Value>) -> Value {
        Value::List(ListObj::new(ListKind::ArrayList, items))
    }
    /// An array.
    pub fn array(ty: &str, items: Vec<Value>) -> Value {
        Value::List(ListObj::new(ListKind::Array(ty.into()), items))
    }
    /// A `byte[]`.
    pub fn bytes(b: Vec<u8>) -> Value {
        Value::Bytes(Rc::new(RefCell::new(b)))
    }
    /// A decimal.
    pub fn dec(d: BigDecimal) -> Value {
        Value::Dec(Rc::new(d))
    }
    /// A library object.
    pub fn object(o: impl HostObject + 'static) -> Value {
        Value::Object(Rc::new(o))
    }
    /// A map with string keys.
    pub fn map(entries: Vec<(String, Value)>) -> Value {
        let m = MapObj::new(MapKind::Linked);
        for (k, v) in entries {
            m.put(Value::str(k), v);
        }
        Value::Map(m)
    }
    /// An entry of a map.
    pub fn entry(key: Value, value: Value) -> Value {
        Value::Entry(Rc::new(EntryObj(key, value, None, RefCell::new(None))))
    }
    /// The Rust object behind it.
    pub fn downcast<T: 'static>(&self) -> Option<&T> {
        match self {
            Value::Object(o) => o.as_any().downcast_ref(),
            _ => None,
        }
    }
    /// The text of a string or an interpolated string, to be kept.
    pub fn as_str(&self) -> Option<Rc<str>> {
        match self {
            Value::Str(s) | Value::GStr(s) => Some(s.clone()),
            _ => None,
        }
    }
    /// The text of a string or an interpolated string.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Str(s) | Value::GStr(s) => Some(s),
            _ => None,
        }
    }
    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
    /// Whether both are the same object.
    pub fn same(&self, o: &Value) -> bool {
        match (self, o) {
            (Value::Null, Value::Null) => true,
            (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b),
            (Value::Map(a) | Value::Set(a), Value::Map(b) | Value::Set(b)) => Rc::ptr_eq(a, b),
            (Value::Closure(a), Value::Closure(b)) => Rc::ptr_eq(a, b),
            (Value::Instance(a), Value::Instance(b)) => Rc::ptr_eq(a, b),
            (Value::Exception(a), Value::Exception(b)) => Rc::ptr_eq(a, b),
            (Value::Object(a), Value::Object(b)) => std::ptr::addr_eq(Rc::as_ptr(a), Rc::as_ptr(b)),
            (Value::Bytes(a), Value::Bytes(b)) => Rc::ptr_eq(a, b),
            // An object may call itself equal to other things; it is only itself.
            (Value::Object(_), _) | (_, Value::Object(_)) => false,
            _ => crate::ops::java_equals(self, o),
        }
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Value::str(s)
    }
}

impl ListObj {
    /// A list of this kind.
    pub fn new(kind: ListKind, items: Vec<Value>) -> Rc<ListObj> {
        Rc::new(ListObj { kind, frozen: Cell::new(false), data: RefCell::new(items), origin: RefCell::new(None) })
    }
}

/// Sets in sets, or maps as keys in maps, are compared so deep.
const MAX_KEY_DEPTH: u32 = 16;

thread_local! {
    static COMPARING: Cell<u32> = const { Cell::new(0) };
}

/// A value as a key: equal as Java's `equals` has it.
#[derive(Clone)]
pub struct Key(pub Value);

impl PartialEq for Key {
    fn eq(&self, o: &Key) -> bool {
        // Keys that hold themselves would be compared for ever.
        let depth = COMPARING.get();
        if depth >= MAX_KEY_DEPTH {
            return false;
        }
        COMPARING.set(depth + 1);
        let equal = crate::ops::java_equals(&self.0, &o.0);
        COMPARING.set(depth);
        equal
    }
}
impl Eq for Key {}
impl Hash for Key {
    fn hash<H: Hasher>(&self, h: &mut H) {
        match &self.0 {
            // Texts that have the same hash in Java are easily found; here a message cannot make a map slow with them.
            Value::Str(text) => text.hash(h),
            value => crate::ops::java_hash(value).hash(h),
        }
    }
}

impl indexmap::Equivalent<Key> for str {
    fn equivalent(&self, key: &Key) -> bool {
        matches!(&key.0, Value::Str(text) if **text == *self)
    }
}

impl MapObj {
    /// An empty map of this kind.
    pub fn new(kind: MapKind) -> Rc<MapObj> {
        Rc::new(MapObj {
            kind,
            frozen: Cell::new(false),
            data: RefCell::default(),
            origin: RefCell::new(None),
            default: RefCell::new(None),
            by: RefCell::new(None),
        })
    }
    /// A set of this kind.
    pub fn set_of(kind: MapKind, items: impl IntoIterator<Item = Value>) -> Value {
        let m = MapObj::new(kind);
        for i in items {
            m.put(i, Value::Null);
        }
        Value::Set(m)
    }
    /// A map of this kind with these entries: no two keys are equal, nor differ by case alone where that is one key.
    pub fn of(kind: MapKind, entries: impl Iterator<Item = (Value, Value)>) -> Rc<MapObj> {
        let map = MapObj::new(kind);
        map.data.replace(entries.map(|(key, value)| (Key(key), value)).collect());
        map
    }
    /// Where a text stands that is found whatever its case.
    fn place(&self, k: &Value) -> Option<usize> {
        let text = k.text().filter(|_| self.kind == MapKind::IgnoreCase)?;
        self.place_of(text)
    }
    fn place_of(&self, text: &str) -> Option<usize> {
        self.data.borrow().keys().position(|x| x.0.text().is_some_and(|x| x.eq_ignore_ascii_case(text)))
    }
    /// The value of a key.
    pub fn get(&self, k: &Value) -> Option<Value> {
        if let Some(at) = self.place(k) {
            return self.data.borrow().get_index(at).map(|(_, v)| v.clone());
        }
        self.data.borrow().get(&Key(k.clone())).cloned()
    }
    /// The value of a string key.
    pub fn get_str(&self, k: &str) -> Option<Value> {
        if self.kind == MapKind::IgnoreCase {
            return self.place_of(k).and_then(|at| self.data.borrow().get_index(at).map(|(_, v)| v.clone()));
        }
        self.data.borrow().get(k).cloned()
    }
    /// Sets a value; gives the old one.
    pub fn put(&self, k: Value, v: Value) -> Option<Value> {
        if let Some(at) = self.place(&k) {
            return self.data.borrow_mut().get_index_mut(at).map(|(_, slot)| std::mem::replace(slot, v));
        }
        // Hashing and comparing the key may read this very map: it looks empty meanwhile.
        let mut data = self.data.take();
        let old = data.insert(Key(k), v);
        self.data.replace(data);
        old
    }
    /// Removes a key.
    pub fn remove(&self, k: &Value) -> Option<Value> {
        let at = self.place(k).or_else(|| self.data.borrow().get_index_of(&Key(k.clone())))?;
        let gone = self.data.borrow_mut().shift_remove_index(at);
        gone.map(|(_, v)| v)
    }
    /// Removes all keys.
    pub fn clear(&self) {
        self.data.take();
    }
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.data.borrow().len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.data.borrow().is_empty()
    }
    /// The entries in the order Java would walk them.
    pub fn entries(&self) -> Vec<(Value, Value)> {
        let mut out: Vec<(Value, Value)> = self.data.borrow().iter().map(|(k, v)| (k.0.clone(), v.clone())).collect();
        match self.kind {
            MapKind::Linked | MapKind::Lazy | MapKind::Compared => {}
            MapKind::Tree => crate::ops::sort_total(&mut out),
            MapKind::IgnoreCase => {
                out.sort_by_cached_key(|e| e.0.as_str().map(|s| s.to_lowercase()).unwrap_or_default());
            }
            MapKind::Hash => {
                let mut size = 16u32;
                while (out.len() as u64) * 4 > u64::from(size) * 3 {
                    size *= 2;
                }
                out.sort_by_key(|e| {
                    let h = crate::ops::java_hash(&e.0) as u32;
                    (h ^ (h >> 16)) & (size - 1)
                });
            }
        }
        out
    }
    /// The keys in order.
    pub fn keys(&self) -> Vec<Value> {
        self.entries().into_iter().map(|e| e.0).collect()
    }
}
