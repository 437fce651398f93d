//! Methods added at run time: `metaClass`, categories of `use` and mixins.
use crate::error::{no_property, throw};
use crate::interp::Interpreter;
use crate::members::getter;
use crate::text::{class_of, text};
use crate::token::Name;
use crate::value::{ClassObj, ClosureCode, HostObject, R, Value};
use std::any::Any;
use std::collections::HashMap;
use std::rc::Rc;

/// What was added to one class or object.
#[derive(Default)]
struct Added {
    methods: HashMap<Name, Vec<Value>>,
    statics: HashMap<Name, Vec<Value>>,
    properties: HashMap<Name, Value>,
    constructor: Option<Value>,
    mixins: Vec<Name>,
}

/// What was added to classes and objects in this run.
#[derive(Default)]
pub(crate) struct Meta {
    /// Anything was added.
    pub(crate) active: bool,
    /// A constructor that was added is running.
    pub(crate) constructing: bool,
    classes: Vec<(Name, Added)>,
    objects: Vec<(Value, Added)>,
    categories: Vec<Name>,
}

/// So many classes and objects may get methods of their own, and so deep may `use` nest.
const MAX_ADDED: usize = 1000;

impl Meta {
    /// The constructor added to a class.
    pub(crate) fn constructor(&self, class: &ClassObj) -> Option<&Value> {
        if !self.active {
            return None;
        }
        self.classes.iter().find(|c| *c.0 == *class.decl.name).and_then(|c| c.1.constructor.as_ref())
    }

    fn added(&mut self, target: &Value) -> R<&mut Added> {
        self.active = true;
        let full =
            || throw("java.lang.IllegalStateException", "too many classes and objects have methods of their own");
        if let Value::Class(c) = target {
            let at = self.classes.iter().position(|x| x.0 == *c);
            let at = at.unwrap_or_else(|| {
                self.classes.push((c.clone(), Added::default()));
                self.classes.len() - 1
            });
            return self.classes.get_mut(at).filter(|_| at < MAX_ADDED).map(|x| &mut x.1).ok_or_else(full);
        }
        let at = self.objects.iter().position(|x| x.0.same(target));
        let at = at.unwrap_or_else(|| {
            self.objects.push((target.clone(), Added::default()));
            self.objects.len() - 1
        });
        self.objects.get_mut(at).filter(|_| at < MAX_ADDED).map(|x| &mut x.1).ok_or_else(full)
    }
}

/// `metaClass` of a class or an object; `metaClass.static` with `statics`.
struct MetaClass {
    target: crate::free::Held,
    statics: bool,
}

/// The object behind `x.metaClass`.
pub(crate) fn meta_class(target: &Value) -> Value {
    Value::object(MetaClass { target: crate::free::Held(target.clone()), statics: false })
}

impl HostObject for MetaClass {
    fn class_name(&self) -> &str {
        "org.codehaus.groovy.runtime.HandleMetaClass"
    }
    fn get_property(&self, it: &mut Interpreter<'_>, this: &Value, name: &str) -> R<Option<Value>> {
        Ok(Some(match name {
            "static" => Value::object(MetaClass { target: self.target.clone(), statics: true }),
            "class" => return Ok(None),
            "theClass" => match &self.target.0 {
                c @ Value::Class(_) => c.clone(),
                v => Value::Class(class_of(v).into()),
            },
            "methods" | "properties" | "metaMethods" => {
                let v = it.invoke(
                    &self.target.0,
                    if name == "properties" { "getProperties" } else { "getMethods" },
                    vec![],
                )?;
                it.call_method_items(&v)?
            }
            n => Value::object(Slot { meta: crate::free::Held(this.clone()), name: n.into() }),
        }))
    }
    fn set_property(&self, it: &mut Interpreter<'_>, name: &str, value: Value) -> R<bool> {
        it.charge(256)?;
        let added = it.meta.added(&self.target.0)?;
        match (&value, name) {
            (Value::Closure(_), "constructor") => added.constructor = Some(value),
            (Value::Closure(_), _) => {
                let all = if self.statics { &mut added.statics } else { &mut added.methods };
                let all = all.entry(name.into()).or_default();
                all.retain(|f| arity(f) != arity(&value));
                all.push(value);
            }
            _ => {
                added.properties.insert(name.into(), value);
            }
        }
        Ok(true)
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("invokeMethod", [o, n, a @ ..]) => {
                let args = match a {
                    [Value::List(l)] => l.data.borrow().clone(),
                    a => a.to_vec(),
                };
                it.invoke(o, &text(n), args)?
            }
            ("getProperty", [o, n]) => it.get_property(o, &text(n))?,
            ("setProperty", [o, n, v]) => {
                it.set_property(o, &text(n), v.clone())?;
                Value::Null
            }
            ("respondsTo", [o, n, ..]) => it.invoke(o, "respondsTo", vec![n.clone()])?,
            ("hasProperty", [o, n]) => it.invoke(o, "hasProperty", vec![n.clone()])?,
            ("mixin", _) => return mixin(it, &self.target.0, args).map(Some),
            ("call", [Value::Closure(f)]) => crate::gdk::with_delegate(it, f, this.clone(), vec![], true)?,
            (n, [f @ Value::Closure(_)]) if !matches!(n, "with" | "is" | "equals") => {
                self.set_property(it, n, f.clone())?;
                Value::Null
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        format!("org.codehaus.groovy.runtime.HandleMetaClass@1[groovy.lang.MetaClassImpl@1[{}]]", text(&self.target.0))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `metaClass.name` before `<<`.
struct Slot {
    meta: crate::free::Held,
    name: Name,
}

impl HostObject for Slot {
    fn class_name(&self) -> &str {
        "groovy.lang.ExpandoMetaClass$ExpandoMetaProperty"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        match (name, args) {
            ("leftShift", [f]) => {
                it.set_property(&self.meta.0, &self.name, f.clone())?;
                Ok(Some(self.meta.0.clone()))
            }
            _ => Ok(None),
        }
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn arity(f: &Value) -> usize {
    match f {
        Value::Closure(c) => match &c.code {
            ClosureCode::Block { decl, .. } => decl.params.as_ref().map_or(1, Vec::len),
            _ => 1,
        },
        _ => 0,
    }
}

/// `C.mixin(M)`.
pub(crate) fn mixin(it: &mut Interpreter<'_>, target: &Value, args: &[Value]) -> R {
    for a in args {
        if let Value::Class(m) = a {
            it.meta.added(target)?.mixins.push(m.clone());
        }
    }
    Ok(Value::Null)
}

/// `use(Category) { … }`.
pub(crate) fn use_categories(it: &mut Interpreter<'_>, args: &[Value]) -> R<Option<Value>> {
    let Some((f @ Value::Closure(_), classes)) = args.split_last() else { return Ok(None) };
    let mut names = Vec::new();
    for c in classes {
        match c {
            Value::Class(c) => names.push(c.clone()),
            Value::List(l) => names.extend(l.data.borrow().iter().filter_map(|c| match c {
                Value::Class(c) => Some(c.clone()),
                _ => None,
            })),
            _ => return Ok(None),
        }
    }
    let depth = it.meta.categories.len();
    if depth + names.len() > MAX_ADDED {
        return Err(throw("java.lang.StackOverflowError", "use is nested too deeply"));
    }
    let active = it.meta.active;
    it.meta.active = true;
    it.meta.categories.extend(names);
    let r = it.invoke(f, "call", vec![]);
    it.meta.categories.truncate(depth);
    it.meta.active = active || !it.meta.classes.is_empty() || !it.meta.objects.is_empty();
    r.map(Some)
}

impl Interpreter<'_> {
    /// A method that a category, a mixin or a metaClass adds.
    pub(crate) fn extension(&mut self, recv: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        if !self.meta.active {
            return Ok(None);
        }
        for n in (0..self.meta.categories.len()).rev() {
            let Some(category) = self.meta.categories.get(n).cloned() else { continue };
            if let Some(v) = self.from_category(&category, recv, name, args)? {
                return Ok(Some(v));
            }
        }
        for n in (0..self.meta.objects.len()).rev() {
            if self.meta.objects.get(n).is_some_and(|o| o.0.same(recv)) {
                let added = self.meta.objects.get(n).and_then(|o| o.1.methods.get(name)).cloned();
                if let Some(v) = self.run_added(recv, added, args)? {
                    return Ok(Some(v));
                }
            }
        }
        // The class itself before what it extends.
        let own = class_of(recv);
        let classes: Vec<Name> = self.meta.classes.iter().map(|c| c.0.clone()).collect();
        let mut order: Vec<usize> = (0..classes.len()).filter(|n| *classes[*n] == *own).collect();
        order.extend((0..classes.len()).filter(|n| *classes[*n] != *own));
        for n in order {
            let class = &classes[n];
            if let Value::Class(c) = recv
                && c == class
            {
                let added = self.meta.classes.get(n).and_then(|c| c.1.statics.get(name)).cloned();
                if let Some(v) = self.run_added(recv, added, args)? {
                    return Ok(Some(v));
                }
            }
            let Some(added) = self.meta.classes.get(n).map(|c| &c.1) else { continue };
            if !added.methods.contains_key(name) && added.mixins.is_empty() {
                continue;
            }
            let (methods, mixins) = (added.methods.get(name).cloned(), added.mixins.clone());
            if !self.instance_of(recv, class) && &**class != "java.lang.Object" {
                continue;
            }
            if let Some(v) = self.run_added(recv, methods, args)? {
                return Ok(Some(v));
            }
            for m in mixins {
                if let Some(v) = self.from_category(&m, recv, name, args)? {
                    return Ok(Some(v));
                }
            }
        }
        Ok(None)
    }

    fn run_added(&mut self, recv: &Value, methods: Option<Vec<Value>>, args: &[Value]) -> R<Option<Value>> {
        for f in methods.iter().flatten().rev() {
            let Value::Closure(c) = f else { continue };
            let fits = match &c.code {
                ClosureCode::Block { decl, .. } => match &decl.params {
                    Some(p) => self.fit(p, args).is_some(),
                    None => args.len() < 2,
                },
                _ => true,
            };
            if fits {
                return crate::gdk::with_delegate(self, c, recv.clone(), args.to_vec(), false).map(Some);
            }
        }
        Ok(None)
    }

    /// A method of a category: a static one with the object as its first argument, or of a class with `@Category`.
    fn from_category(&mut self, class: &Name, recv: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let all: Vec<Value> = std::iter::once(recv.clone()).chain(args.iter().cloned()).collect();
        let Some(class) = self.classes.get(class).cloned() else {
            // Categories of the library are families too: their static methods take the object first.
            return match crate::library::family_of(class) {
                Some(f) => (f.call_static)(self, class, name, &all),
                None => Ok(None),
            };
        };
        let methods = class.methods(name);
        if methods.is_empty() {
            return Ok(None);
        }
        let statics: Vec<_> = methods.iter().filter(|m| m.is_static).cloned().collect();
        if let Some(m) = self.pick(&statics, &all) {
            return self.run_method(&m, all, Some(Value::Class(class.decl.name.clone())), None).map(Some);
        }
        let own: Vec<_> = methods.iter().filter(|m| !m.is_static).cloned().collect();
        match self.pick(&own, args) {
            Some(m) => self.run_method(&m, args.to_vec(), Some(recv.clone()), None).map(Some),
            None => Ok(None),
        }
    }

    /// A property that a category or a metaClass adds.
    pub(crate) fn added_property(&mut self, recv: &Value, name: &str) -> R<Option<Value>> {
        if !self.meta.active {
            return Ok(None);
        }
        if let Some(v) = self.extension(recv, &getter(name), &[])? {
            return Ok(Some(v));
        }
        if let Some(o) = self.meta.objects.iter().find(|o| o.0.same(recv))
            && let Some(v) = o.1.properties.get(name)
        {
            return Ok(Some(v.clone()));
        }
        let found: Vec<(Name, Value)> =
            self.meta.classes.iter().filter_map(|c| Some((c.0.clone(), c.1.properties.get(name)?.clone()))).collect();
        for (class, v) in found {
            if self.instance_of(recv, &class) {
                return Ok(Some(v));
            }
        }
        Ok(None)
    }

    /// `propertyMissing` that a metaClass adds, or the exception.
    pub(crate) fn property_missing(&mut self, recv: &Value, name: &str) -> R {
        if let Some(v) = self.extension(recv, "propertyMissing", &[Value::str(name)])? {
            return Ok(v);
        }
        Err(no_property(name, &crate::call::class_text(recv)))
    }

    /// A list of the items of a map or a list.
    fn call_method_items(&mut self, v: &Value) -> R {
        Ok(Value::list(self.items_of(v)?))
    }

    /// Sets a property an object's metaClass has; false if it has none.
    pub(crate) fn set_added_property(&mut self, recv: &Value, name: &str, v: &Value) -> R<bool> {
        if !self.meta.active {
            return Ok(false);
        }
        let setter = format!("s{}", &getter(name)[1..]);
        if self.extension(recv, &setter, std::slice::from_ref(v))?.is_some() {
            return Ok(true);
        }
        let class = class_of(recv);
        let known = self.meta.classes.iter().any(|c| *c.0 == *class && c.1.properties.contains_key(name))
            || self.meta.objects.iter().any(|o| o.0.same(recv) && o.1.properties.contains_key(name));
        if known {
            self.meta.added(recv)?.properties.insert(name.into(), v.clone());
        }
        Ok(known)
    }
}

/// The classes of `@Mixin`.
pub(crate) fn annotated_mixins(class: &Rc<ClassObj>) -> Vec<Name> {
    let notes = class.decl.notes.iter().filter(|n| n.name.rsplit('.').next() == Some("Mixin"));
    notes
        .flat_map(|n| n.args.split(',').map(|a| a.trim_matches(['[', ']', ' ']).into()).collect::<Vec<Name>>())
        .collect()
}
