//! Elements on a plain path, found while streaming: parts are slices of the body.

use std::ops::Range;

use base::Failure;
use bytes::Bytes;
use expr::{NamespaceTest, PlainStep};
use flow::Envelope;

use super::Declarations;
use super::around::{self, Around, Levels};
use crate::convert::xml::{Piece, Place, Walk, local, malformed, utf8};

/// Elements that match may lie inside each other: all parts together may be this many times longer than the body.
const MAX_OVERLAP: usize = 16;

/// The elements that have not been given yet.
#[derive(Clone, Debug)]
pub(super) struct Elements {
    body: Bytes,
    steps: Vec<PlainStep>,
    envelope: Envelope,
    /// Whether elements inside a part can be parts too.
    nested: bool,
    /// Parts are only counted: what they hold does not matter.
    counting: bool,
    place: Place,
    levels: Levels,
    declarations: Declarations,
    /// One per open element: which numbers of steps the path down to it can have matched, as bits.
    matched: Vec<u64>,
    given: usize,
}

/// One matching element.
#[derive(Clone, Debug)]
struct Found {
    element: Range<usize>,
    around: Vec<Around>,
    alone: Bytes,
}

impl Elements {
    pub(super) fn of(body: &Bytes, steps: Vec<PlainStep>, envelope: Envelope) -> Result<Self, Failure> {
        Ok(Elements {
            body: utf8(body)?,
            steps,
            envelope,
            nested: true,
            counting: false,
            place: Place::default(),
            levels: Levels::default(),
            declarations: Declarations::default(),
            matched: Vec::new(),
            given: 0,
        })
    }

    /// All elements of a name, with any prefix; those inside another one belong to it. `None` where the body is no XML, or
    /// has none.
    pub(super) fn named(body: &Bytes, name: &str) -> Option<Self> {
        let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let begins = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if !begins || !name.chars().all(named) {
            return None;
        }
        let step = PlainStep { descendant: true, name: Some(name.to_owned()), namespace: NamespaceTest::Any };
        let all = Elements { nested: false, ..Self::of(body, vec![step], Envelope::None).ok()? };
        all.clone().begins().then_some(all)
    }

    /// Whether the next element that matches begins; what comes after its start tag may be broken.
    fn begins(self) -> bool {
        let mut walk = Walk::new(&self.body);
        let name = self.steps.last().and_then(|step| step.name.as_deref());
        while let Ok(Some(piece)) = walk.next() {
            if matches!(&piece, Piece::Start(tag) if Some(local(tag.name().0)) == name) {
                return true;
            }
        }
        false
    }

    /// From now on only how many parts there are counts.
    pub(super) fn count_only(&mut self) {
        self.counting = true;
    }

    /// The next `group` elements as one part.
    pub(super) fn next(&mut self, group: usize) -> Result<Option<Bytes>, Failure> {
        let Some(mut found) = self.find()? else { return Ok(None) };
        if self.envelope == Envelope::None && group == 1 && !self.counting {
            return Ok(Some(found.alone));
        }
        let mut out = Vec::new();
        let mut open: Vec<Around> = Vec::new();
        for left in (0..group).rev() {
            if self.counting {
                // Nothing is copied.
            } else if self.envelope == Envelope::None {
                out.extend_from_slice(&found.alone);
            } else {
                around::go(&self.body, &mut out, &mut open, &found.around);
                out.extend_from_slice(&self.body[found.element.clone()]);
            }
            if left > 0 {
                match self.find()? {
                    Some(next) => found = next,
                    None => break,
                }
            }
        }
        around::go(&self.body, &mut out, &mut open, &[]);
        Ok(Some(Bytes::from(out)))
    }

    /// The next element that matches.
    fn find(&mut self) -> Result<Option<Found>, Failure> {
        let body = self.body.clone();
        let mut walk = Walk::resume(&body, std::mem::take(&mut self.place));
        while let Some(piece) = walk.next()? {
            match piece {
                Piece::Text(text) => self.levels.text(&text),
                Piece::End(open) => {
                    self.levels.leave(open.tag.start..walk.place.at);
                    self.declarations.leave();
                    self.matched.pop();
                }
                Piece::Start(tag) => {
                    self.declarations.enter(&tag)?;
                    let Some(namespace) = self.declarations.namespace(tag.name().0) else {
                        let what = format!("the prefix of `{}` is not declared", tag.name().0);
                        return Err(malformed(&body, walk.place.at, &what));
                    };
                    let (matched, on_path) = self.step(namespace, local(tag.name().0));
                    self.matched.push(matched);
                    if matched >> self.steps.len() & 1 == 1 {
                        return self.cut(walk, matched).map(Some);
                    }
                    self.levels.enter(walk.place.at, on_path);
                }
            }
        }
        self.place = walk.place;
        Ok(None)
    }

    /// What an element matches inside the innermost open one, and whether it is itself an element of the path.
    fn step(&self, namespace: &str, name: &str) -> (u64, bool) {
        let before = self.matched.last().copied().unwrap_or(1);
        let (mut now, mut on_path) = (0, false);
        for (i, step) in self.steps.iter().enumerate().filter(|(i, _)| before >> i & 1 == 1) {
            let in_namespace = match &step.namespace {
                NamespaceTest::Any => true,
                NamespaceTest::Exact(uri) => uri == namespace,
            };
            if in_namespace && step.name.as_deref().is_none_or(|n| n == name) {
                now |= 1 << (i + 1);
                on_path = true;
            }
            if step.descendant {
                now |= 1 << i;
            }
        }
        (now, on_path)
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
        self.levels.part(element.start);
        let outer = &begun.open[..depth.saturating_sub(1)];
        let around = match self.envelope {
            _ if self.counting => Vec::new(),
            Envelope::None => Vec::new(),
            Envelope::Elements => Around::bare(outer),
            Envelope::Before => self.levels.around(outer),
        };
        let alone = if self.counting || self.envelope != Envelope::None {
            self.body.slice(element.clone())
        } else {
            self.declarations.stand_alone(&self.body, element.clone(), self.declarations.depth() - 1)
        };
        // An empty element has its end at its start: nothing can be inside.
        let inside = self.nested && matched & !(1 << self.steps.len()) != 0 && begun.at != walk.place.at;
        if inside {
            self.levels.enter(begun.at, true);
            self.place = begun;
        } else {
            self.levels.skipped(element.end);
            self.declarations.leave();
            self.matched.pop();
            self.place = walk.place;
        }
        Ok(Found { element, around, alone })
    }
}
