//! What scripts draw and store: number ranges and entries of data stores. Each is durable before the script goes on.

use std::any::Any;
use std::cell::RefCell;
use std::sync::Arc;

use ::groovy::{HostObject, Interpreter, MapKind, R, Thrown, Value, text, throw, truth};

use super::convert::{bytes_of, from_base, map_of, stream, text_of, to_base};
use super::service;
use crate::{EntryWrite, Services, StoredEntry};

/// `NumberRangeConfigurationService`.
pub(super) struct NumberRanges(pub(super) Arc<dyn Services>);

impl HostObject for NumberRanges {
    fn class_name(&self) -> &str {
        "com.sap.it.api.nrc.NumberRangeConfigurationService"
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        // The second argument is a map that SAP does not use either.
        let ("getNextValuefromNumberRange", [range, ..]) = (name, args) else { return Ok(None) };
        match self.0.next_number(&text(range)) {
            Ok(number) => Ok(Some(Value::str(number))),
            Err(why) => Err(throw("com.sap.it.api.nrc.exception.NumberRangeConfigException", why)),
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `new Factory(DataStoreService.class)`.
pub(super) struct Factory(pub(super) Arc<dyn Services>, pub(super) String);

impl HostObject for Factory {
    fn class_name(&self) -> &str {
        "com.sap.it.api.asdk.runtime.Factory"
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(match name {
            "getService" => Some(service::service(&self.0, &self.1)?),
            _ => None,
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `DataStoreService`.
pub(super) struct DataStores(pub(super) Arc<dyn Services>);

fn failed(why: String) -> Thrown {
    throw("com.sap.it.api.asdk.exception.DataStoreException", why)
}

impl HostObject for DataStores {
    fn class_name(&self) -> &str {
        "com.sap.it.api.asdk.datastore.DataStoreService"
    }

    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        match (name, args) {
            ("get", [store, id]) => {
                let found = self.0.read_entry(&text(store), &text(id)).map_err(failed)?;
                Ok(Some(found.map_or(Value::Null, |entry| Value::object(Bean::of(&entry)))))
            }
            ("put", [bean, config]) => {
                let (Some(bean), Some(config)) = (bean.downcast::<Bean>(), config.downcast::<Config>()) else {
                    return Ok(None);
                };
                let write = config.write(it, bean)?;
                self.0.write_entry(write).map_err(failed)?;
                Ok(Some(Value::Null))
            }
            _ => Ok(None),
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `DataBean`: body and headers of an entry.
pub(super) struct Bean {
    body: RefCell<Value>,
    headers: RefCell<Value>,
}

impl Default for Bean {
    fn default() -> Self {
        Bean { body: RefCell::new(Value::Null), headers: RefCell::new(map_of(MapKind::Hash, [])) }
    }
}

impl Bean {
    fn of(entry: &StoredEntry) -> Bean {
        let headers = entry.headers.iter().map(|(name, value)| (name.to_owned(), from_base(value)));
        Bean {
            body: RefCell::new(Value::bytes(entry.body.to_vec())),
            headers: RefCell::new(map_of(MapKind::Hash, headers)),
        }
    }
}

impl HostObject for Bean {
    fn class_name(&self) -> &str {
        "com.sap.it.api.asdk.datastore.DataBean"
    }

    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let body = self.body.borrow().clone();
        Ok(Some(match (name, args) {
            ("getDataAsArray", []) if body.is_null() => Value::Null,
            ("getDataAsArray", []) => Value::bytes(bytes_of(it, &body)?),
            ("getDataAsStream", []) => {
                let bytes = bytes_of(it, &body)?;
                stream(it, "java.io.ByteArrayInputStream", bytes)?
            }
            ("setDataAsArray" | "setDataAsStream", [data]) => {
                // A stream is read at once, so that the entry is what the script had in its hands.
                let bytes = bytes_of(it, data)?;
                self.body.replace(Value::bytes(bytes));
                Value::Null
            }
            ("getHeaders", []) => self.headers.borrow().clone(),
            ("setHeaders", [map]) => {
                self.headers.replace(map.clone());
                Value::Null
            }
            _ => return Ok(None),
        }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `DataConfig`: where an entry goes.
#[derive(Default)]
pub(super) struct Config(RefCell<Place>);

#[derive(Clone, Default)]
struct Place {
    store: String,
    id: String,
    overwrite: bool,
    encrypt: bool,
}

impl Config {
    fn write(&self, it: &mut Interpreter<'_>, bean: &Bean) -> R<EntryWrite> {
        let Place { store, id, overwrite, encrypt } = self.0.borrow().clone();
        let (body, headers) = (bean.body.borrow().clone(), bean.headers.borrow().clone());
        let mut entry = StoredEntry { body: bytes_of(it, &body)?.into(), ..StoredEntry::default() };
        if let Value::Map(headers) = headers {
            for (name, value) in headers.entries() {
                let name = text_of(it, &name)?;
                let value = to_base(it, &value, format_args!("header '{name}'"))?;
                entry.headers.set(name, value);
            }
        }
        Ok(EntryWrite { store, id, overwrite, encrypt, entry })
    }
}

impl HostObject for Config {
    fn class_name(&self) -> &str {
        "com.sap.it.api.asdk.datastore.DataConfig"
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let mut place = self.0.borrow_mut();
        match (name, args) {
            ("setStoreName", [name]) => place.store = text(name),
            ("setId", [id]) => place.id = text(id),
            ("setOverwrite", [flag]) => place.overwrite = truth(flag),
            ("setEncrypt", [flag]) => place.encrypt = truth(flag),
            ("getStoreName", []) => return Ok(Some(Value::str(&place.store))),
            ("getId", []) => return Ok(Some(Value::str(&place.id))),
            ("isOverwrite" | "getOverwrite", []) => return Ok(Some(Value::Bool(place.overwrite))),
            ("isEncrypt" | "getEncrypt", []) => return Ok(Some(Value::Bool(place.encrypt))),
            _ => return Ok(None),
        }
        Ok(Some(Value::Null))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
