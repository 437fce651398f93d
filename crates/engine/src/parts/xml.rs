//! Elements on a plain path, found while streaming: parts are slices of the body.

use std::ops::Range;

use base::Failure;
use bytes::Bytes;
use expr::{NamespaceTest, PlainStep};

use super::Declarations;
use crate::convert::xml::{Open, Piece, Place, Walk, local, malformed, utf8};

/// Elements that match may lie inside each other: all parts together may be this many times longer than the body.
const MAX_OVERLAP: usize = 16;

/// The elements that have not been given yet.
#[derive(Clone, Debug)]
pub(super) struct Elements {
    body: Bytes,
    steps: Vec<PlainStep>,
    envelope: bool,
    place: Place,
    declarations: Declarations,
    /// One per open element: which numbers of steps the path down to it can have matched, as bits.
    matched: Vec<u64>,
    given: usize,
}

/// One matching element.
#[derive(Clone, Debug)]
struct Found {
    element: Range<usize>,
    around: Vec<Open>,
    alone: Bytes,
}

impl Elements {
    pub(super) fn of(body: &Bytes, steps: Vec<PlainStep>, envelope: bool) -> Result<Self, Failure> {
        Ok(Elements {
            body: utf8(body)?,
            steps,
            envelope,
            place: Place::default(),
            declarations: Declarations::default(),
            matched: Vec::new(),
            given: 0,
        })
    }

    /// The next `group` elements as one part.
    pub(super) fn next(&mut self, group: usize) -> Result<Option<Bytes>, Failure> {
        let Some(mut found) = self.find()? else { return Ok(None) };
        if !self.envelope && group == 1 {
            return Ok(Some(found.alone));
        }
        let mut out = Vec::new();
        let mut open: Vec<Open> = Vec::new();
        for left in (0..group).rev() {
            if self.envelope {
                self.around(&mut out, &mut open, &found.around);
                out.extend_from_slice(&self.body[found.element.clone()]);
            } else {
                out.extend_from_slice(&found.alone);
            }
            if left > 0 {
                match self.find()? {
                    Some(next) => found = next,
                    None => break,
                }
            }
        }
        self.around(&mut out, &mut open, &[]);
        Ok(Some(Bytes::from(out)))
    }

    /// Closes and opens elements until exactly `wanted` are open: neighbours share the elements around them.
    fn around(&self, out: &mut Vec<u8>, open: &mut Vec<Open>, wanted: &[Open]) {
        let common = open.iter().zip(wanted).take_while(|(a, b)| a.tag == b.tag).count();
        while open.len() > common {
            let Some(last) = open.pop() else { break };
            out.extend_from_slice(b"</");
            out.extend_from_slice(&self.body[last.name]);
            out.push(b'>');
        }
        for element in &wanted[common..] {
            out.extend_from_slice(&self.body[element.tag.clone()]);
            open.push(element.clone());
        }
    }

    /// The next element that matches.
    fn find(&mut self) -> Result<Option<Found>, Failure> {
        let body = self.body.clone();
        let mut walk = Walk::resume(&body, std::mem::take(&mut self.place));
        while let Some(piece) = walk.next()? {
            match piece {
                Piece::Text(_) => {}
                Piece::End(_) => {
                    self.declarations.leave();
                    self.matched.pop();
                }
                Piece::Start(tag) => {
                    self.declarations.enter(&tag)?;
                    let Some(namespace) = self.declarations.namespace(tag.name().0) else {
                        let what = format!("the prefix of `{}` is not declared", tag.name().0);
                        return Err(malformed(&body, walk.place.at, &what));
                    };
                    let matched = self.step(namespace, local(tag.name().0));
                    self.matched.push(matched);
                    if matched >> self.steps.len() & 1 == 1 {
                        return self.cut(walk, matched).map(Some);
                    }
                }
            }
        }
        self.place = walk.place;
        Ok(None)
    }

    /// What an element matches inside the innermost open one.
    fn step(&self, namespace: &str, name: &str) -> u64 {
        let before = self.matched.last().copied().unwrap_or(1);
        let mut now = 0;
        for (i, step) in self.steps.iter().enumerate().filter(|(i, _)| before >> i & 1 == 1) {
            let in_namespace = match &step.namespace {
                NamespaceTest::Any => true,
                NamespaceTest::Exact(uri) => uri == namespace,
            };
            if in_namespace && step.name.as_deref().is_none_or(|n| n == name) {
                now |= 1 << (i + 1);
            }
            if step.descendant {
                now |= 1 << i;
            }
        }
        now
    }

    /// Cuts out the element that has just begun and goes behind it, or into it where more can match inside.
    fn cut(&mut self, mut walk: Walk<'_>, matched: u64) -> Result<Found, Failure> {
        let depth = walk.place.open.len();
        let begun = walk.place.clone();
        let start = begun.open.last().map_or(0, |open| open.tag.start);
        loop {
            match walk.next()? {
                Some(Piece::End(_)) if walk.place.open.len() < depth => break,
                Some(_) => {}
                None => return Err(malformed(&self.body, walk.place.at, "an element that is not closed")),
            }
        }
        let element = start..walk.place.at;
        self.given = self.given.saturating_add(element.len());
        if self.given > self.body.len().saturating_mul(MAX_OVERLAP) {
            let text =
                format!("the parts lie inside each other and are more than {MAX_OVERLAP} times longer than the body");
            return Err(Failure::permanent("K0004", text));
        }
        let mut around = begun.open.clone();
        around.pop();
        let alone = if self.envelope {
            self.body.slice(element.clone())
        } else {
            self.declarations.stand_alone(&self.body, element.clone(), self.declarations.depth() - 1)
        };
        // An empty element has its end at its start: nothing can be inside.
        let inside = matched & !(1 << self.steps.len()) != 0 && begun.at != walk.place.at;
        if inside {
            self.place = begun;
        } else {
            self.declarations.leave();
            self.matched.pop();
            self.place = walk.place;
        }
        Ok(Found { element, around, alone })
    }
}
