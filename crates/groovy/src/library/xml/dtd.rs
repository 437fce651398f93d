//! The internal part of a document type: entities and default attributes. What lies outside is never fetched.
use super::read::Reader;
use crate::value::R;
use std::rc::Rc;

const MAX_DECLARATIONS: usize = 10_000;

impl Reader<'_, '_> {
    /// What follows `<!DOCTYPE`.
    pub(super) fn doctype(&mut self) -> R<()> {
        self.blank();
        if self.name().is_none() {
            return self
                .fail("The root element type must appear after \"<!DOCTYPE\" in the document type declaration.");
        }
        self.blank();
        self.outside()?;
        self.blank();
        if self.eat("[") {
            self.declarations()?;
            self.blank();
        }
        if self.eat(">") { Ok(()) } else { self.fail("The document type declaration must end with '>'.") }
    }

    /// `SYSTEM "…"` or `PUBLIC "…" "…"`; true if there was one.
    fn outside(&mut self) -> R<bool> {
        let quotes = if self.eat("SYSTEM") {
            1
        } else if self.eat("PUBLIC") {
            2
        } else {
            return Ok(false);
        };
        for _ in 0..quotes {
            self.blank();
            self.quoted()?;
        }
        Ok(true)
    }

    fn quoted(&mut self) -> R<String> {
        let quote = match self.peek() {
            Some(q @ ('"' | '\'')) => q,
            _ => return self.fail("White spaces are required between publicId and systemId."),
        };
        self.skip(1);
        let Some(end) = self.rest().find(quote) else {
            return self.fail("XML document structures must start and end within the same entity.");
        };
        let text = self.rest()[..end].to_string();
        self.skip(end + 1);
        Ok(text)
    }

    fn declarations(&mut self) -> R<()> {
        for _ in 0..MAX_DECLARATIONS {
            self.it.tick()?;
            self.blank();
            if self.eat("]") {
                return Ok(());
            }
            if self.eat("<!ENTITY") {
                self.entity()?;
            } else if self.eat("<!ATTLIST") {
                self.attributes()?;
            } else {
                let end = if self.eat("<!--") {
                    "-->"
                } else if self.eat("<?") {
                    "?>"
                } else if self.eat("<!") {
                    ">"
                } else if self.eat("%") {
                    ";"
                } else {
                    return self.fail("The markup declarations contained or pointed to by the document type declaration must be well-formed.");
                };
                self.to(end)?;
            }
        }
        self.fail(format!("the document type has more than {MAX_DECLARATIONS} declarations"))
    }

    fn to(&mut self, end: &str) -> R<()> {
        match self.rest().find(end) {
            Some(n) => {
                self.skip(n + end.len());
                Ok(())
            }
            None => self.fail("XML document structures must start and end within the same entity."),
        }
    }

    fn entity(&mut self) -> R<()> {
        self.blank();
        let parameter = self.eat("%");
        self.blank();
        let Some(name) = self.name() else {
            return self.fail("The name of the entity is required in the entity declaration.");
        };
        self.blank();
        // An entity of another document stays empty.
        let value = if self.outside()? { String::new() } else { self.quoted()? };
        if !parameter && !self.entities.contains_key(&*name) {
            self.it.charge(value.len() + 64)?;
            self.entities.insert(name.to_string(), characters(&value).into());
        }
        self.to(">")
    }

    fn attributes(&mut self) -> R<()> {
        self.blank();
        let Some(element) = self.name() else { return self.to(">") };
        loop {
            self.it.tick()?;
            self.blank();
            if self.eat(">") {
                return Ok(());
            }
            let Some(name) = self.name() else { return self.to(">") };
            self.blank();
            if self.rest().starts_with('(') {
                self.to(")")?;
            } else {
                let kind = self.name();
                self.blank();
                if kind.as_deref() == Some("NOTATION") {
                    self.to(")")?;
                }
            }
            self.blank();
            if self.eat("#REQUIRED") || self.eat("#IMPLIED") {
                continue;
            }
            self.eat("#FIXED");
            self.blank();
            let value: Rc<str> = self.quoted()?.into();
            self.it.charge(value.len() + 64)?;
            let of = self.defaults.entry(element.to_string()).or_default();
            if of.len() < 1000 && !of.iter().any(|d| d.0 == name) {
                of.push((name, value));
            }
        }
    }
}

/// References to characters in the value of an entity are read where it is declared.
fn characters(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(n) = rest.find("&#") {
        out.push_str(&rest[..n]);
        rest = &rest[n..];
        let end = rest.find(';').unwrap_or(0);
        let code = rest.get(2..end).unwrap_or("");
        let c = match code.strip_prefix('x') {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => code.parse().ok(),
        };
        match c.and_then(char::from_u32).filter(|c| super::read::allowed(*c)) {
            Some(c) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push_str("&#");
                rest = &rest[2..];
            }
        }
    }
    out.push_str(rest);
    out
}
