//! `java.util` besides dates: `Collections`, `Arrays`, `Objects`, streams, small classes, `org.json`, `System`.
mod lists;
mod orgjson;
mod orgjson_text;
mod orgjson_xml;
mod priority;
pub(crate) mod properties;
mod small;
pub(crate) mod stream;
mod tasks;

use super::Family;
use super::support::{Constant, EnumClass};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{MapKind, MapObj, R, Value};

pub(crate) static FAMILY: Family = Family {
    classes: &[
        ("java.lang", "System Thread Runtime"),
        (
            "java.util",
            "Collections Arrays Objects Optional StringTokenizer StringJoiner Scanner Properties PriorityQueue",
        ),
        (
            "java.util.concurrent",
            "TimeUnit Executors CompletableFuture ConcurrentLinkedQueue CopyOnWriteArrayList LinkedBlockingQueue",
        ),
        ("java.util.concurrent.atomic", "AtomicInteger AtomicLong AtomicBoolean AtomicReference"),
        ("java.util.stream", "Collectors Stream IntStream"),
        ("org.json", "JSONObject JSONArray XML JSONException JSONTokener"),
    ],
    parents: &[
        ("org.json.JSONException", "java.lang.RuntimeException"),
        ("java.util.concurrent.atomic.AtomicInteger", "java.lang.Number"),
        ("java.util.concurrent.atomic.AtomicLong", "java.lang.Number"),
        ("java.util.concurrent.ExecutionException", "java.lang.Exception"),
    ],
    construct,
    call_static,
    get_static,
};

static TIME_UNITS: EnumClass = EnumClass {
    class: "java.util.concurrent.TimeUnit",
    names: &["NANOSECONDS", "MICROSECONDS", "MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS"],
    texts: &[],
    methods: time_unit,
};

const UNIT_NANOS: [i128; 7] =
    [1, 1000, 1_000_000, 1_000_000_000, 60_000_000_000, 3_600_000_000_000, 86_400_000_000_000];

fn time_unit(_: &mut Interpreter<'_>, c: &Constant, name: &str, args: &[Value]) -> R<Option<Value>> {
    let n = i128::from(int(args.first()));
    let long = |v: i128| Value::Long(v.clamp(i64::MIN.into(), i64::MAX.into()) as i64);
    let names = ["toNanos", "toMicros", "toMillis", "toSeconds", "toMinutes", "toHours", "toDays"];
    Ok(match names.iter().position(|x| *x == name) {
        Some(to) => Some(long(n * UNIT_NANOS[c.at.min(6)] / UNIT_NANOS[to])),
        None if name == "convert" => {
            let from = super::support::constant(args.get(1), &TIME_UNITS).unwrap_or(0);
            Some(long(n * UNIT_NANOS[from.min(6)] / UNIT_NANOS[c.at.min(6)]))
        }
        // Nothing waits inside a script.
        None if name == "sleep" => Some(Value::Null),
        None => None,
    })
}

fn construct(it: &mut Interpreter<'_>, class: &str, args: &[Value]) -> R<Option<Value>> {
    match class {
        c if c.starts_with("org.json.") => orgjson::construct(it, c, args),
        "java.util.PriorityQueue" => priority::construct(it, args).map(Some),
        "java.util.concurrent.ConcurrentLinkedQueue"
        | "java.util.concurrent.CopyOnWriteArrayList"
        | "java.util.concurrent.LinkedBlockingQueue" => it.construct("java.util.ArrayList", args.to_vec()).map(Some),
        c => small::construct(it, c, args),
    }
}

fn call_static(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    let a0 = args.first();
    match class {
        "java.util.Collections" => lists::collections(it, name, args),
        "java.util.Arrays" => lists::arrays(it, name, args),
        "java.util.Objects" => objects(it, name, args),
        "java.util.Optional" => Ok(Some(match name {
            "of" if a0.is_some_and(Value::is_null) => return Err(crate::error::null_pointer("null")),
            "of" | "ofNullable" => small::optional(a0.filter(|v| !v.is_null()).cloned()),
            "empty" => small::optional(None),
            _ => return Ok(None),
        })),
        "java.util.concurrent.TimeUnit" => TIME_UNITS.call_static(name, args),
        "java.util.concurrent.Executors" => Ok(name.starts_with("new").then(tasks::executor)),
        "java.util.concurrent.CompletableFuture" => match (name, a0) {
            ("supplyAsync" | "runAsync", Some(f)) => tasks::future(it, f).map(Some),
            ("completedFuture", Some(v)) => Ok(Some(tasks::done(v.clone()))),
            ("allOf", _) => Ok(Some(tasks::done(Value::Null))),
            _ => Ok(None),
        },
        "java.util.stream.Collectors" => Ok(Some(stream::collector(name, args))),
        "java.util.stream.Stream" | "java.util.stream.IntStream" => stream::call_static(it, name, args),
        "java.lang.System" => system(it, name, args),
        "java.lang.Thread" => Ok(Some(match name {
            "sleep" => Value::Null,
            "currentThread" => Value::Class("java.lang.Thread".into()),
            "getName" => Value::str("main"),
            "getId" => Value::Long(1),
            "isInterrupted" | "interrupted" => Value::Bool(false),
            "interrupt" => Value::Null,
            _ => return Ok(None),
        })),
        "java.lang.Runtime" => Ok(Some(match name {
            "getRuntime" => Value::Class("java.lang.Runtime".into()),
            "availableProcessors" => Value::Int(1),
            "maxMemory" | "totalMemory" => Value::Long(it.limits.memory as i64),
            "freeMemory" => Value::Long((it.limits.memory / 2) as i64),
            "gc" => Value::Null,
            _ => return Ok(None),
        })),
        c if c.starts_with("org.json.") => orgjson::call_static(it, c, name, args),
        _ => Ok(None),
    }
}

fn get_static(_it: &mut Interpreter<'_>, class: &str, name: &str) -> R<Option<Value>> {
    Ok(match (class, name) {
        ("java.util.concurrent.TimeUnit", n) => TIME_UNITS.named(n),
        ("java.util.Collections", "EMPTY_LIST") => Some(lists::frozen(Value::list(vec![]))),
        ("java.util.Collections", "EMPTY_MAP") => Some(lists::frozen(Value::map(vec![]))),
        ("java.util.Collections", "EMPTY_SET") => Some(MapObj::set_of(MapKind::Linked, [])),
        ("java.lang.System", "properties") => Some(properties()),
        ("java.lang.System", "out" | "err") => Some(tasks::out()),
        ("org.json.JSONObject", "NULL") => Some(orgjson::null()),
        _ => None,
    })
}

fn objects(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let a = args.first().cloned().unwrap_or(Value::Null);
    let b = args.get(1).cloned().unwrap_or(Value::Null);
    Ok(Some(match (name, args.len()) {
        ("equals" | "deepEquals", 2) => Value::Bool(ops::java_equals(&a, &b)),
        ("isNull", 1) => Value::Bool(a.is_null()),
        ("nonNull", 1) => Value::Bool(!a.is_null()),
        ("toString", 1) => Value::str(it.to_text(&a)?),
        ("toString", 2) => Value::str(it.to_text(if a.is_null() { &b } else { &a })?),
        ("hash", _) => {
            let items = if let [Value::List(_)] = args { it.items_of(&a)? } else { args.to_vec() };
            Value::Int(items.iter().fold(1i32, |h, v| h.wrapping_mul(31).wrapping_add(ops::java_hash(v))))
        }
        ("hashCode", 1) => Value::Int(ops::java_hash(&a)),
        ("requireNonNull", 1 | 2) if a.is_null() => {
            let message = if args.len() == 2 { Value::str(text(&b)) } else { Value::Null };
            return Err(crate::value::Thrown::Exception(crate::error::exception(
                "java.lang.NullPointerException",
                message,
            )));
        }
        ("requireNonNull", 1 | 2) => a,
        ("requireNonNullElse", 2) => {
            if a.is_null() {
                b
            } else {
                a
            }
        }
        ("compare", 3) => it.invoke(&args[2], "call", vec![a, b])?,
        _ => return Ok(None),
    }))
}

/// What scripts see of the properties of the machine: nothing that differs between machines.
const PROPERTIES: &[(&str, &str)] = &[
    ("line.separator", "\n"),
    ("file.separator", "/"),
    ("path.separator", ":"),
    ("file.encoding", "UTF-8"),
    ("java.version", "1.8.0_402"),
    ("java.specification.version", "1.8"),
    ("java.vendor", "SAP AG"),
    ("user.timezone", "UTC"),
    ("user.language", "en"),
    ("os.name", "Linux"),
    ("java.io.tmpdir", "/tmp"),
];

fn properties() -> Value {
    let m = MapObj::new(MapKind::Hash);
    for (name, value) in PROPERTIES {
        m.put(Value::str(name), Value::str(value));
    }
    Value::Map(m)
}

fn system(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let known = |k: &str| PROPERTIES.iter().find(|p| p.0 == k).map(|p| p.1);
    Ok(Some(match (name, args.len()) {
        ("getProperty", 1 | 2) => {
            known(&txt(args.first())).map_or(args.get(1).cloned().unwrap_or(Value::Null), Value::str)
        }
        ("getProperties", 0) => properties(),
        ("setProperty" | "clearProperty" | "gc", _) => Value::Null,
        ("exit", _) => {
            return Err(crate::error::throw("java.lang.SecurityException", "Scripts do not end the runtime"));
        }
        ("identityHashCode", 1) => Value::Int(ops::java_hash(&args[0])),
        ("arraycopy", 5) => {
            let n = |i: usize| usize::try_from(int(args.get(i))).ok();
            let (Some(from), Some(to), Some(len)) = (n(1), n(3), n(4)) else {
                return Err(crate::error::throw("java.lang.ArrayIndexOutOfBoundsException", "a position is negative"));
            };
            let part = it.items_of(&args[0])?.get(from..from.saturating_add(len)).map(<[Value]>::to_vec);
            let Some(part) = part else {
                return Err(crate::error::throw(
                    "java.lang.ArrayIndexOutOfBoundsException",
                    format!("arraycopy: last source index {} out of bounds", from.saturating_add(len)),
                ));
            };
            for (i, v) in part.into_iter().enumerate() {
                it.index_set(&args[2], &Value::Int((to + i) as i32), v)?;
            }
            Value::Null
        }
        _ => return Ok(None),
    }))
}
