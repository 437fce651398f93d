//! What a call is given, and the functions by which the prelude reads and writes it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::{Message, Value};
use bytes::Bytes;
use rquickjs::function::Opt;
use rquickjs::{Array, Ctx, Function, Object, Result, Value as Js};

use super::wire;
use crate::{Invocation, PartnerQuestion, Services, caught};

/// So many entries, and bytes in them, are written at once. What goes beyond stays in the script's memory, which has a
/// limit, until the call ends.
const MAX_WRITES: usize = 256;
const MAX_WRITTEN: usize = 64 << 10;

/// What a call is given, and what it has changed.
#[derive(Clone)]
pub(super) struct Sheet {
    pub(super) message: Message,
    pub(super) body_is_text: bool,
    pub(super) exception: Option<String>,
    id: String,
    flow: String,
    services: Arc<dyn Services>,
    writes: usize,
    written: usize,
}

impl Sheet {
    pub(super) fn of(call: Invocation<'_>) -> Self {
        Sheet {
            id: call.message_id.to_string(),
            flow: call.flow.to_owned(),
            exception: call.exception.map(str::to_owned),
            message: call.message,
            body_is_text: call.body_is_text,
            services: Arc::clone(call.services),
            writes: 0,
            written: 0,
        }
    }

    fn get(&self, part: Part, name: &str) -> Option<&Value> {
        match part {
            Part::Headers => self.message.headers.get(name),
            Part::Properties => self.message.properties.get(name),
        }
    }

    /// Sets an entry to a plain value, unless too much was set already.
    fn put(&mut self, part: Part, name: &Js<'_>, value: &Js<'_>) -> Result<bool> {
        let Some(name) = name_of(name)? else { return Ok(false) };
        let Some(value) = wire::plain(value, self.get(part, &name))? else { return Ok(false) };
        self.writes += 1;
        self.written += name.len() + if let Value::Text(text) = &value { text.len() } else { 0 };
        if self.writes > MAX_WRITES || self.written > MAX_WRITTEN {
            return Ok(false);
        }
        match part {
            Part::Headers => self.message.headers.set(name, value),
            Part::Properties => _ = self.message.properties.insert(name, value),
        }
        Ok(true)
    }

    fn set_body(&mut self, body: Bytes, is_text: bool) {
        self.message.body = body;
        self.body_is_text = is_text;
    }

    /// What the prelude makes an exception of: the failure's text and, of an HTTP call, the answer.
    pub(super) fn exception<'js>(&self, ctx: &Ctx<'js>) -> Result<Option<Array<'js>>> {
        let Some(text) = &self.exception else { return Ok(None) };
        let parts = Array::new(ctx.clone())?;
        parts.set(0, text.as_str())?;
        if let Some((status, reason, body)) = caught::answer(&self.message) {
            parts.set(1, status)?;
            parts.set(2, reason)?;
            parts.set(3, body)?;
        }
        Ok(Some(parts))
    }
}

/// Where the sheet of the call that runs lies.
#[derive(Clone, Default)]
pub(super) struct Desk(Arc<Mutex<Option<Sheet>>>);

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Option<Sheet>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, sheet: Sheet) {
        *self.lock() = Some(sheet);
    }

    pub(super) fn take(&self) -> Option<Sheet> {
        self.lock().take()
    }

    /// Looks at the sheet. There is none while a script is loaded.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Sheet) -> Result<T>) -> Result<T> {
        self.lock().as_mut().map_or(Err(rquickjs::Error::Unknown), look)
    }

    fn services(&self) -> Result<Arc<dyn Services>> {
        self.with(|sheet| Ok(Arc::clone(&sheet.services)))
    }
}

#[derive(Clone, Copy)]
enum Part {
    Headers,
    Properties,
}

/// The functions.
pub(super) fn functions<'js>(ctx: &Ctx<'js>, desk: &Desk) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    native.set("log", Function::new(ctx.clone(), |text: String| tracing::debug!(target: "script", "{text}"))?)?;
    native.set("encode", Function::new(ctx.clone(), |text: String| wire::latin1(text.as_bytes()))?)?;
    native.set("decode", Function::new(ctx.clone(), |latin1: String| wire::text(&wire::bytes(&latin1)))?)?;
    native.set("headers", entries(ctx, desk, Part::Headers)?)?;
    native.set("properties", entries(ctx, desk, Part::Properties)?)?;

    let at = desk.clone();
    let attachments = move || {
        at.with(|sheet| {
            let row = |a: &base::Attachment| vec![a.name.clone(), a.media_type.clone(), wire::text(&a.content)];
            Ok(sheet.message.attachments.iter().map(row).collect::<Vec<_>>())
        })
    };
    native.set("attachments", Function::new(ctx.clone(), attachments)?)?;
    let at = desk.clone();
    native.set("id", Function::new(ctx.clone(), move || at.with(|sheet| Ok(sheet.id.clone())))?)?;
    let at = desk.clone();
    native.set("flow", Function::new(ctx.clone(), move || at.with(|sheet| Ok(sheet.flow.clone())))?)?;

    let at = desk.clone();
    let text = move || at.with(|sheet| Ok(sheet.message.text().into_owned()));
    native.set("text", Function::new(ctx.clone(), text)?)?;
    let at = desk.clone();
    let bytes = move || at.with(|sheet| Ok(wire::latin1(&sheet.message.body)));
    native.set("bytes", Function::new(ctx.clone(), bytes)?)?;
    let at = desk.clone();
    native.set("size", Function::new(ctx.clone(), move || at.with(|sheet| Ok(sheet.message.body.len())))?)?;
    let at = desk.clone();
    let set = move |text: String| {
        at.with(|sheet| {
            sheet.set_body(text.into(), true);
            Ok(())
        })
    };
    native.set("setText", Function::new(ctx.clone(), set)?)?;
    let at = desk.clone();
    let set = move |latin1: String| {
        at.with(|sheet| {
            sheet.set_body(wire::bytes(&latin1).into(), false);
            Ok(())
        })
    };
    native.set("setBytes", Function::new(ctx.clone(), set)?)?;

    let at = desk.clone();
    let secret = move |name: String| -> Result<Option<Vec<String>>> {
        Ok(at.services()?.secret(&name).map(|secret| vec![secret.user, secret.password]))
    };
    native.set("secret", Function::new(ctx.clone(), secret)?)?;
    let at = desk.clone();
    let map = move |five: Vec<String>| -> Result<Option<String>> {
        let [from_agency, from_id, value, to_agency, to_id] = &five[..] else { return Ok(None) };
        Ok(at.services()?.map_value((from_agency, from_id), value, (to_agency, to_id)))
    };
    native.set("map", Function::new(ctx.clone(), map)?)?;
    let at = desk.clone();
    let partner = move |words: Vec<String>| -> Result<Option<String>> {
        let Some(question) = partner_question(words) else { return Ok(None) };
        Ok(at.services()?.partner(&question))
    };
    native.set("partner", Function::new(ctx.clone(), partner)?)?;
    Ok(native)
}

/// The name of an entry, where a script gives it as a text.
fn name_of(name: &Js<'_>) -> Result<Option<String>> {
    name.as_string().map_or(Ok(None), wire::well_formed)
}

/// Headers or properties: one by name, one set by name, all.
fn entries<'js>(ctx: &Ctx<'js>, desk: &Desk, part: Part) -> Result<Object<'js>> {
    let entries = Object::new(ctx.clone())?;
    let at = desk.clone();
    // Undefined if there is none, and any object where the script has to look itself: what it may change from inside is
    // read with all others.
    let get = move |ctx: Ctx<'js>, name: Js<'js>| -> Result<Js<'js>> {
        let Some(name) = name_of(&name)? else { return Ok(Array::new(ctx)?.into_value()) };
        at.with(|sheet| match sheet.get(part, &name) {
            None => Ok(Js::new_undefined(ctx)),
            Some(value) if wire::is_plain(value) => wire::to_js(&ctx, value),
            Some(_) => Ok(Array::new(ctx)?.into_value()),
        })
    };
    entries.set("get", Function::new(ctx.clone(), get)?)?;
    let at = desk.clone();
    let put = move |name: Js<'js>, value: Opt<Js<'js>>| -> Result<bool> {
        let Some(value) = value.0 else { return Ok(false) };
        at.with(|sheet| sheet.put(part, &name, &value))
    };
    entries.set("put", Function::new(ctx.clone(), put)?)?;
    let at = desk.clone();
    let all = move |ctx: Ctx<'js>| -> Result<Array<'js>> {
        at.with(|sheet| match part {
            Part::Headers => wire::pairs(&ctx, sheet.message.headers.iter()),
            Part::Properties => wire::pairs(&ctx, sheet.message.properties.iter().map(|(n, v)| (n.as_str(), v))),
        })
    };
    entries.set("all", Function::new(ctx.clone(), all)?)?;
    Ok(entries)
}

/// What a script asks the directory of partners: the method's name and its arguments.
fn partner_question(words: Vec<String>) -> Option<PartnerQuestion> {
    let mut words = words.into_iter();
    let (method, mut next) = (words.next()?, || words.next());
    Some(match method.as_str() {
        "getParameter" => {
            let name = next()?;
            PartnerQuestion::Parameter { partner: next()?, name }
        }
        "getPartnerId" => PartnerQuestion::Partner { agency: next()?, scheme: next()?, id: next()? },
        "getAlternativePartnerId" => PartnerQuestion::OtherId { agency: next()?, scheme: next()?, partner: next()? },
        _ => PartnerQuestion::OfUser(next()?),
    })
}
