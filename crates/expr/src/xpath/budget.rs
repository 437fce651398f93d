//! What an evaluation may take: work, and bytes held at one time.

use super::eval::Eval;
use super::value::{Item, R, Seq, bytes, fail};

impl<'a> Eval<'a> {
    /// Takes work from the budget.
    pub fn charge(&mut self, work: u64) -> R<()> {
        self.spent = self.spent.saturating_add(work);
        if self.spent > self.budget {
            return self.too_much();
        }
        Ok(())
    }

    #[cold]
    fn too_much(&self) -> R<()> {
        match self.host {
            Some(_) => fail(format!("this needs too much work (more than {} million steps)", self.budget / 1_000_000)),
            None => fail("the XPath expression needs too much work on this message (more than 10 million steps)"),
        }
    }

    /// Takes the work of writing a text of this length.
    pub fn charge_text(&mut self, length: usize) -> R<()> {
        self.charge(length as u64 / 16 + 1)
    }

    /// Counts bytes that are held from now on.
    pub fn hold(&mut self, bytes: usize) -> R<()> {
        self.room(bytes)?;
        self.held += bytes;
        Ok(())
    }

    /// Whether so many bytes more still fit.
    pub fn room(&self, bytes: usize) -> R<()> {
        if self.held.saturating_add(bytes) <= self.most_bytes {
            return Ok(());
        }
        let most = self.most_bytes >> 20;
        match self.host {
            Some(_) => fail(format!("the values held at one time need more than {most} MiB")),
            None => fail(format!("the XPath expression needs more than {most} MiB on this message")),
        }
    }

    /// Takes the work and the room of a copy.
    pub fn copy(&mut self, items: &[Item<'a>]) -> R<Seq<'a>> {
        let text = bytes(items) - size_of_val(items);
        self.charge(items.len() as u64 + text as u64 / 16)?;
        self.room(bytes(items))?;
        Ok(items.to_vec())
    }
}
