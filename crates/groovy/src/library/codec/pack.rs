//! `java.util.zip`.
use crate::error::{illegal, throw};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Thrown, Value};
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io::{Cursor, Read, Write};

/// No packed thing may grow beyond this.
const MAX: u64 = 128 << 20;

fn io(class: &str, m: impl std::fmt::Display) -> Thrown {
    throw(class, m.to_string())
}

fn inflate(it: &mut Interpreter<'_>, r: impl Read, class: &str) -> R<Vec<u8>> {
    let most = it.limits.memory.min(MAX);
    let mut out = Vec::new();
    r.take(most + 1).read_to_end(&mut out).map_err(|e| io(class, e))?;
    it.charge(out.len())?;
    if out.len() as u64 > most {
        return Err(Thrown::Limit("the packed data is too large".into()));
    }
    Ok(out)
}

/// The bytes of a stream or a byte array.
fn source(it: &mut Interpreter<'_>, v: Option<&Value>) -> R<Vec<u8>> {
    match v {
        Some(v) => super::bytes(it, v),
        None => Err(illegal("the stream is missing")),
    }
}

/// `new GZIPInputStream(…)` and its like.
pub(super) fn construct(it: &mut Interpreter<'_>, class: &str, args: &[Value]) -> R<Option<Value>> {
    let a0 = args.first();
    Ok(Some(match class.rsplit('.').next().unwrap_or("") {
        "GZIPInputStream" => {
            let b = source(it, a0)?;
            if b.is_empty() {
                return Err(throw("java.io.EOFException", "null"));
            }
            if !b.starts_with(&[0x1f, 0x8b]) {
                return Err(throw("java.util.zip.ZipException", "Not in GZIP format"));
            }
            let bytes = inflate(it, MultiGzDecoder::new(&*b), "java.util.zip.ZipException")?;
            crate::streams::source("java.util.zip.GZIPInputStream", bytes)
        }
        "GZIPOutputStream" => Value::object(GzipOut {
            to: crate::free::Held(a0.cloned().unwrap_or(Value::Null)),
            data: RefCell::default(),
            done: Cell::new(false),
        }),
        "ZipOutputStream" => Value::object(ZipOut {
            to: crate::free::Held(a0.cloned().unwrap_or(Value::Null)),
            zip: RefCell::new(Some(zip::ZipWriter::new(Cursor::new(Vec::new())))),
        }),
        "ZipInputStream" => {
            let b = source(it, a0)?;
            Value::object(ZipIn { data: b, next: Cell::new(0), now: RefCell::default(), at: Cell::new(0) })
        }
        "ZipEntry" => Value::object(Entry { name: txt(a0), size: Cell::new(-1) }),
        "CRC32" => Value::object(Crc(RefCell::new(flate2::Crc::new()))),
        _ => return Ok(None),
    }))
}

fn send(it: &mut Interpreter<'_>, to: &Value, b: Vec<u8>) -> R<()> {
    it.invoke(to, "write", vec![Value::bytes(b)])?;
    Ok(())
}

/// What `write` was given.
fn written(it: &mut Interpreter<'_>, args: &[Value]) -> R<Vec<u8>> {
    match args {
        [v] if crate::ops::is_number(v) => Ok(vec![int(Some(v)) as u8]),
        [v] => super::bytes(it, v),
        [v, from, n] => {
            let b = super::bytes(it, v)?;
            let from = int(Some(from)).max(0) as usize;
            let end = from.saturating_add(int(Some(n)).max(0) as usize);
            b.get(from..end).map(<[u8]>::to_vec).ok_or_else(|| throw("java.lang.IndexOutOfBoundsException", ""))
        }
        _ => Ok(vec![]),
    }
}

struct GzipOut {
    to: crate::free::Held,
    data: RefCell<Vec<u8>>,
    done: Cell<bool>,
}

impl HostObject for GzipOut {
    fn class_name(&self) -> &str {
        "java.util.zip.GZIPOutputStream"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match name {
            "write" | "leftShift" => {
                let b = written(it, args)?;
                it.charge(b.len())?;
                self.data.borrow_mut().extend(b);
                if name == "write" { Value::Null } else { this.clone() }
            }
            "close" | "finish" if !self.done.replace(true) => {
                let mut e = GzEncoder::new(Vec::new(), flate2::Compression::default());
                e.write_all(&self.data.take()).map_err(|e| io("java.io.IOException", e))?;
                let b = e.finish().map_err(|e| io("java.io.IOException", e))?;
                send(it, &self.to.0, b)?;
                Value::Null
            }
            "close" | "finish" | "flush" => Value::Null,
            "withStream" | "withCloseable" => {
                let r = it.invoke(&args[0], "call", vec![this.clone()])?;
                it.invoke(this, "close", vec![])?;
                r
            }
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Entry {
    name: String,
    size: Cell<i64>,
}

impl HostObject for Entry {
    fn class_name(&self) -> &str {
        "java.util.zip.ZipEntry"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match name {
            "getName" | "toString" => Value::str(&self.name),
            "isDirectory" => Value::Bool(self.name.ends_with('/')),
            "getSize" => Value::Long(self.size.get()),
            "setSize" => {
                self.size.set(int(args.first()));
                Value::Null
            }
            n if n.starts_with("set") => Value::Null,
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        self.name.clone()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct ZipOut {
    to: crate::free::Held,
    zip: RefCell<Option<zip::ZipWriter<Cursor<Vec<u8>>>>>,
}

impl HostObject for ZipOut {
    fn class_name(&self) -> &str {
        "java.util.zip.ZipOutputStream"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let zip_error = |e: &dyn std::fmt::Display| io("java.util.zip.ZipException", e);
        Ok(Some(match (name, args) {
            ("putNextEntry", [e]) => {
                it.charge(1024)?;
                if let Some(z) = self.zip.borrow_mut().as_mut() {
                    let o = zip::write::SimpleFileOptions::default();
                    z.start_file(text(e), o).map_err(|e| zip_error(&e))?;
                }
                Value::Null
            }
            ("write" | "leftShift", _) => {
                let b = written(it, args)?;
                it.charge(b.len())?;
                if let Some(z) = self.zip.borrow_mut().as_mut() {
                    z.write_all(&b).map_err(|_| throw("java.util.zip.ZipException", "no current ZIP entry"))?;
                }
                if name == "write" { Value::Null } else { this.clone() }
            }
            ("close" | "finish", _) => {
                let z = self.zip.borrow_mut().take();
                if let Some(z) = z {
                    let b = z.finish().map_err(|e| zip_error(&e))?.into_inner();
                    send(it, &self.to.0, b)?;
                }
                Value::Null
            }
            ("withStream" | "withCloseable", [f]) => {
                let r = it.invoke(f, "call", vec![this.clone()])?;
                it.invoke(this, "close", vec![])?;
                r
            }
            ("closeEntry" | "flush" | "setLevel" | "setMethod" | "setComment", _) => Value::Null,
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct ZipIn {
    data: Vec<u8>,
    next: Cell<usize>,
    now: RefCell<Vec<u8>>,
    at: Cell<usize>,
}

impl HostObject for ZipIn {
    fn class_name(&self) -> &str {
        "java.util.zip.ZipInputStream"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("getNextEntry", []) => {
                it.charge(self.data.len() / 16)?;
                let Ok(mut z) = zip::ZipArchive::new(Cursor::new(self.data.as_slice())) else {
                    return Ok(Some(Value::Null));
                };
                let i = self.next.get();
                if i >= z.len() {
                    self.now.borrow_mut().clear();
                    return Ok(Some(Value::Null));
                }
                self.next.set(i + 1);
                let f = z.by_index(i).map_err(|e| io("java.util.zip.ZipException", e))?;
                let (entry, size) = (f.name().map(|n| n.to_string()).unwrap_or_default(), f.size());
                let b = inflate(it, f, "java.util.zip.ZipException")?;
                self.now.replace(b);
                self.at.set(0);
                Value::object(Entry { name: entry, size: Cell::new(size as i64) })
            }
            ("read", []) => match self.now.borrow().get(self.at.get()) {
                Some(b) => {
                    self.at.set(self.at.get() + 1);
                    Value::Int(i32::from(*b))
                }
                None => Value::Int(-1),
            },
            ("read", [Value::Bytes(to), more @ ..]) => {
                let now = self.now.borrow();
                let rest = now.get(self.at.get()..).unwrap_or(&[]);
                if rest.is_empty() {
                    return Ok(Some(Value::Int(-1)));
                }
                let mut to = to.borrow_mut();
                let from = int(more.first()).max(0) as usize;
                let room = to.get_mut(from..).ok_or_else(|| throw("java.lang.IndexOutOfBoundsException", ""))?;
                let most = more.get(1).map_or(room.len(), |n| int(Some(n)).max(0) as usize);
                let n = rest.len().min(room.len()).min(most);
                room[..n].copy_from_slice(&rest[..n]);
                self.at.set(self.at.get() + n);
                Value::Int(n as i32)
            }
            ("getText" | "getBytes" | "readAllBytes", _) => {
                let b = self.now.borrow().get(self.at.get()..).unwrap_or(&[]).to_vec();
                it.charge(b.len())?;
                self.at.set(usize::MAX / 2);
                if name == "getText" {
                    Value::str(crate::objects::decode(&b, &txt(args.first()))?)
                } else {
                    Value::bytes(b)
                }
            }
            ("available", []) => Value::Int(i32::from(self.at.get() < self.now.borrow().len())),
            ("closeEntry" | "close", _) => Value::Null,
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Crc(RefCell<flate2::Crc>);

impl HostObject for Crc {
    fn class_name(&self) -> &str {
        "java.util.zip.CRC32"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match name {
            "update" => {
                let b = written(it, args)?;
                it.charge(b.len())?;
                self.0.borrow_mut().update(&b);
                Value::Null
            }
            "getValue" => Value::Long(self.0.borrow().sum().into()),
            "reset" => {
                self.0.borrow_mut().reset();
                Value::Null
            }
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
