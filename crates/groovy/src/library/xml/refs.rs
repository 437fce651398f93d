//! References and the values of attributes; expanding entities has limits.
use super::read::{Reader, Source, allowed};
use crate::value::R;
use std::rc::Rc;

const MAX_EXPANSIONS: usize = 64_000;
const MAX_EXPANDED: usize = 8 << 20;
const MAX_NESTED_ENTITIES: usize = 32;

impl Reader<'_, '_> {
    /// What stands after `&`: its text, or nothing if it is an entity with markup, which is read next.
    pub(super) fn reference(&mut self) -> R<Option<String>> {
        if self.eat("#") {
            return self.character().map(Some);
        }
        let Some(name) = self.name() else {
            return self.fail("The entity name must immediately follow the '&' in the entity reference.");
        };
        if !self.eat(";") {
            return self.fail(format!("The reference to entity \"{name}\" must end with the ';' delimiter."));
        }
        if let Some(t) = predefined(&name) {
            return Ok(Some(t.into()));
        }
        let Some(value) = self.entities.get(&*name).cloned() else {
            return self.fail(format!("The entity \"{name}\" was referenced, but not declared."));
        };
        self.expand(&name, &value)?;
        let outer =
            std::mem::replace(&mut self.source, Source { text: value, at: 0, open: self.open.len(), entity: name });
        self.around.push(outer);
        Ok(None)
    }

    /// Counts an expansion; entities inside themselves and bombs end here.
    fn expand(&mut self, name: &str, value: &str) -> R<()> {
        self.it.tick()?;
        self.expansions += 1;
        self.expanded += value.len();
        if &*self.source.entity == name || self.around.iter().any(|s| &*s.entity == name) {
            return self.fail(format!("Recursive entity reference \"{name}\". (Reference path: {name} -> {name}),"));
        }
        if self.expansions > MAX_EXPANSIONS || self.expanded > MAX_EXPANDED || self.around.len() > MAX_NESTED_ENTITIES {
            return self.fail(format!("JAXP00010001: The parser has encountered more than \"{MAX_EXPANSIONS}\" entity expansions in this document; this is the limit imposed by the JDK."));
        }
        Ok(())
    }

    fn character(&mut self) -> R<String> {
        let (radix, start) = if self.eat("x") { (16, "#x") } else { (10, "#") };
        let n = self.rest().find(|c: char| !c.is_digit(radix)).unwrap_or(self.rest().len());
        let digits = self.rest()[..n].to_string();
        self.skip(n);
        if !self.eat(";") || digits.is_empty() {
            return self.fail(if digits.is_empty() {
                "A decimal representation must immediately follow the \"&#\" in a character reference.".to_string()
            } else {
                "The character reference must end with the ';' delimiter.".to_string()
            });
        }
        match u32::from_str_radix(&digits, radix).ok().and_then(char::from_u32).filter(|c| allowed(*c)) {
            Some(c) => Ok(c.to_string()),
            None => self.fail(format!("Character reference \"&{start}{digits}\" is an invalid XML character.")),
        }
    }

    /// A value in quotes, after the `=` of an attribute.
    pub(super) fn attribute_value(&mut self, element: &str, name: &str) -> R<Rc<str>> {
        let quote = match self.peek() {
            Some(q @ ('"' | '\'')) => q,
            None => return self.ended(),
            _ => {
                return self.fail(format!(
                    "Open quote is expected for attribute \"{name}\" associated with an  element type  \"{element}\"."
                ));
            }
        };
        self.skip(1);
        let depth = self.around.len();
        let mut out = String::new();
        loop {
            let Some(c) = self.peek() else {
                if self.around.len() > depth
                    && let Some(outer) = self.around.pop()
                {
                    self.source = outer;
                    continue;
                }
                return self.ended();
            };
            self.skip(c.len_utf8());
            match c {
                q if q == quote && self.around.len() == depth => return Ok(out.into()),
                '<' => {
                    return self.fail(format!("The value of attribute \"{name}\" associated with an element type \"{element}\" must not contain the '<' character."));
                }
                '&' => {
                    if let Some(t) = self.reference()? {
                        out.push_str(&t);
                    }
                }
                '\n' | '\t' => out.push(' '),
                c if !allowed(c) => {
                    return self.fail(format!("An invalid XML character (Unicode: 0x{:x}) was found in the value of attribute \"{name}\" and element is \"{element}\".", c as u32));
                }
                c => out.push(c),
            }
        }
    }
}

fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}
