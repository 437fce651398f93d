//! `xsl:number`.

use super::Compiler;
use super::source::{Element, Parsed};
use crate::model::{Level, Number, Pattern, What};

impl<'a> Compiler {
    pub(super) fn number(&mut self, element: Element<'a>) -> Parsed<What> {
        for left_out in ["lang", "letter-value", "ordinal", "start-at"] {
            if element.get(left_out).is_some_and(|v| !matches!(v, "en" | "alphabetic" | "no" | "1")) {
                return Err(element.error_at(left_out, 0..0, format!("`{left_out}` is not supported")));
            }
        }
        let level = match element.word("level") {
            None | Some("single") => Level::Single,
            Some("multiple") => Level::Multiple,
            Some("any") => Level::Any,
            Some(other) => {
                let message = format!("`{other}` is no level (known: single, multiple, any)");
                return Err(element.error_at("level", 0..0, message));
            }
        };
        let patterns = |c: &mut Self, name: &str| -> Parsed<Option<Vec<Pattern>>> {
            match element.get(name) {
                Some(_) => Ok(Some(c.patterns(element, name)?.into_iter().map(|(p, _)| p).collect())),
                None => Ok(None),
            }
        };
        let (count, from) = (patterns(self, "count")?, patterns(self, "from")?);
        let grouping = match (self.avt(element, "grouping-separator")?, self.avt(element, "grouping-size")?) {
            (Some(separator), Some(size)) => Some((separator, size)),
            _ => None,
        };
        Ok(What::Number(Box::new(Number {
            value: self.optional_xpath(element, "value")?,
            select: self.optional_xpath(element, "select")?,
            level,
            count,
            from,
            format: self.avt(element, "format")?,
            grouping,
        })))
    }
}
