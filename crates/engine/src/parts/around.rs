//! What stands around a part: the elements that it is in, and what stands before it among their children.

use std::ops::Range;

use crate::convert::xml::Open;

/// What of an open element has been passed by.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    /// What a part below it keeps of its content.
    kept: Vec<Range<usize>>,
    /// Where the last child ended.
    from: usize,
    /// Whether there is text behind that.
    text: bool,
    /// Whether it is an element of the path itself, which leads to parts and is never kept beside one.
    on_path: bool,
    /// Whether a part was in it.
    holds: bool,
    /// Whether one of its own children was a part: nothing that follows is kept.
    over: bool,
}

/// An element around a part.
#[derive(Clone, Debug)]
pub(super) struct Around {
    open: Open,
    /// What of its content goes before the part.
    before: Vec<Range<usize>>,
}

/// The open elements, outermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels(Vec<Level>);

impl Levels {
    /// An element begins; its start tag ends at a place.
    pub(super) fn enter(&mut self, end: usize, on_path: bool) {
        self.0.push(Level { from: end, on_path, ..Level::default() });
    }

    /// There is text, maybe nothing but blanks.
    pub(super) fn text(&mut self, text: &str) {
        if let Some(level) = self.0.last_mut() {
            level.text |= !text.trim_ascii().is_empty();
        }
    }

    /// The innermost element ended.
    pub(super) fn leave(&mut self, element: Range<usize>) {
        let Some(child) = self.0.pop() else { return };
        let Some(level) = self.0.last_mut() else { return };
        level.holds |= child.holds;
        if !child.on_path && !child.holds {
            level.keep(element.end);
        } else if level.text {
            level.keep(element.start);
        }
        (level.from, level.text) = (element.end, false);
    }

    /// The innermost element has a part that begins at a place: nothing that follows is kept.
    pub(super) fn part(&mut self, start: usize) {
        let Some(level) = self.0.last_mut() else { return };
        level.keep(start);
        (level.holds, level.over) = (true, true);
    }

    /// That part was skipped.
    pub(super) fn skipped(&mut self, end: usize) {
        if let Some(level) = self.0.last_mut() {
            (level.from, level.text) = (end, false);
        }
    }

    /// The elements around a part that begins now.
    pub(super) fn around(&self, open: &[Open]) -> Vec<Around> {
        let starts = open.iter().skip(1).map(|inner| Some(inner.tag.start)).chain([None]);
        let all = self.0.iter().zip(open).zip(starts);
        all.map(|((level, open), inner)| {
            let mut level = level.clone();
            // What stands between the last child and the element that leads to the part.
            level.keep(inner.unwrap_or(level.from));
            Around { open: open.clone(), before: level.kept }
        })
        .collect()
    }
}

impl Level {
    /// Keeps what stands between the last child and a place.
    fn keep(&mut self, to: usize) {
        if self.over || self.from >= to {
            return;
        }
        match self.kept.last_mut() {
            Some(last) if last.end == self.from => last.end = to,
            _ => self.kept.push(self.from..to),
        }
    }
}

impl Around {
    /// Elements alone, without what stands before a part.
    pub(super) fn bare(open: &[Open]) -> Vec<Self> {
        open.iter().map(|open| Around { open: open.clone(), before: Vec::new() }).collect()
    }
}

/// Closes and opens elements until exactly `wanted` are open: neighbours share the elements around them.
pub(super) fn go(body: &[u8], out: &mut Vec<u8>, open: &mut Vec<Around>, wanted: &[Around]) {
    let common = open.iter().zip(wanted).take_while(|(a, b)| a.open.tag == b.open.tag).count();
    while open.len() > common {
        let Some(last) = open.pop() else { break };
        out.extend_from_slice(b"</");
        out.extend_from_slice(&body[last.open.name]);
        out.push(b'>');
    }
    // What has come since in the element that stays open.
    if let (Some(last), Some(now)) = (open.last_mut(), common.checked_sub(1).and_then(|at| wanted.get(at))) {
        let done = last.before.last().map_or(0, |range| range.end);
        for range in now.before.iter().filter(|range| range.end > done) {
            out.extend_from_slice(&body[range.start.max(done)..range.end]);
        }
        last.before.clone_from(&now.before);
    }
    for element in &wanted[common..] {
        out.extend_from_slice(&body[element.open.tag.clone()]);
        for range in &element.before {
            out.extend_from_slice(&body[range.clone()]);
        }
        open.push(element.clone());
    }
}
