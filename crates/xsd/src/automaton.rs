//! The order of elements in a content model, as an automaton whose states are followed all at once.

use std::collections::HashSet;
use std::sync::Arc;

use crate::model::{ElementIx, Model, Wildcard};
use crate::names::Name;

/// Most states of one automaton.
const MAX_STATES: usize = 20_000;

/// A content model with its counts.
#[derive(Clone, Debug)]
pub(crate) struct Particle {
    min: u32,
    /// `None` is unbounded.
    max: Option<u32>,
    term: Term,
    /// How many particles lie in each other, with this one: what is built from them goes that deep.
    height: usize,
}

/// What a particle is about.
#[derive(Clone, Debug)]
pub(crate) enum Term {
    Element(ElementIx),
    Any(Arc<Wildcard>),
    Sequence(Vec<Particle>),
    Choice(Vec<Particle>),
    /// A named group, or the content of a base type.
    Shared(Arc<Particle>),
}

impl Particle {
    pub(crate) fn new(min: u32, max: Option<u32>, term: Term) -> Self {
        let inner = match &term {
            Term::Element(_) | Term::Any(_) => 0,
            Term::Sequence(list) | Term::Choice(list) => list.iter().map(|p| p.height).max().unwrap_or(0),
            Term::Shared(particle) => particle.height,
        };
        Particle { min, max, term, height: inner + 1 }
    }

    /// How many particles lie in each other.
    pub(crate) fn height(&self) -> usize {
        self.height
    }
}

/// The automaton. State 0 is the end.
#[derive(Default)]
pub(crate) struct Automaton {
    states: Vec<State>,
    start: usize,
    /// What building it took.
    work: usize,
}

enum State {
    End,
    Split(Vec<usize>),
    Element(ElementIx, usize),
    Any(Arc<Wildcard>, usize),
}

/// What a child was taken as.
#[derive(Clone, Copy)]
pub(crate) enum Taken<'m> {
    Element(ElementIx),
    Any(&'m Wildcard),
}

/// The content model has too many states.
struct TooLarge;

impl Automaton {
    /// Builds it. Counts that would make it too large become "any number"; `None` if it is too large all the same. The
    /// number is what all attempts took.
    pub(crate) fn of(particle: &Particle) -> (Option<Self>, usize) {
        let mut work = 0;
        let built = [2_000, 50, 1].into_iter().find_map(|most| {
            let mut automaton = Automaton { states: vec![State::End], start: 0, work: 0 };
            let start = automaton.emit(particle, 0, most);
            work += automaton.work;
            automaton.start = start.ok()?;
            Some(automaton)
        });
        (built, work)
    }

    fn add(&mut self, state: State) -> Result<usize, TooLarge> {
        if self.states.len() >= MAX_STATES {
            return Err(TooLarge);
        }
        self.states.push(state);
        Ok(self.states.len() - 1)
    }

    /// Adds a particle that goes on at `next`; gives its first state.
    fn emit(&mut self, particle: &Particle, next: usize, most: u32) -> Result<usize, TooLarge> {
        self.work += 1;
        if self.work > 10 * MAX_STATES {
            return Err(TooLarge);
        }
        let (min, max) = match particle.max {
            Some(max) if max <= most => (particle.min, Some(max)),
            Some(_) if particle.min > most => (most, None),
            _ => (particle.min.min(most), None),
        };
        let mut at = next;
        match max {
            None => {
                let again = self.add(State::Split(vec![next]))?;
                let body = self.once(&particle.term, again, most)?;
                if let Some(State::Split(ways)) = self.states.get_mut(again) {
                    ways.insert(0, body);
                }
                at = again;
            }
            Some(max) => {
                for _ in min..max {
                    let body = self.once(&particle.term, at, most)?;
                    at = self.add(State::Split(vec![body, next]))?;
                }
            }
        }
        for _ in 0..min {
            let before = self.states.len();
            at = self.once(&particle.term, at, most)?;
            // What takes nothing is there as often as wanted.
            if self.states.len() == before {
                break;
            }
        }
        Ok(at)
    }

    fn once(&mut self, term: &Term, next: usize, most: u32) -> Result<usize, TooLarge> {
        match term {
            Term::Element(ix) => self.add(State::Element(*ix, next)),
            Term::Any(wildcard) => self.add(State::Any(Arc::clone(wildcard), next)),
            Term::Sequence(list) => list.iter().rev().try_fold(next, |at, p| self.emit(p, at, most)),
            Term::Choice(list) => {
                let mut ways = Vec::with_capacity(list.len());
                for particle in list {
                    ways.push(self.emit(particle, next, most)?);
                }
                ways.dedup();
                self.add(State::Split(ways))
            }
            Term::Shared(particle) => self.emit(particle, next, most),
        }
    }

    /// A way through it.
    pub(crate) fn begin(&self) -> Way<'_> {
        let mut way = Way { automaton: self, now: Vec::new(), seen: HashSet::new(), tried: 0 };
        way.enter(&[self.start]);
        way
    }
}

/// Where a document stands in an automaton.
pub(crate) struct Way<'m> {
    automaton: &'m Automaton,
    /// States that take something, and the end.
    now: Vec<usize>,
    seen: HashSet<usize>,
    /// How many ways the last step had to try.
    tried: usize,
}

impl<'m> Way<'m> {
    fn enter(&mut self, states: &[usize]) {
        self.seen.clear();
        self.now.clear();
        let mut open: Vec<usize> = states.iter().rev().copied().collect();
        self.tried = 0;
        while let Some(at) = open.pop() {
            self.tried += 1;
            if !self.seen.insert(at) {
                continue;
            }
            match self.automaton.states.get(at) {
                Some(State::Split(ways)) => open.extend(ways.iter().rev()),
                Some(_) => self.now.push(at),
                None => {}
            }
        }
    }

    /// Takes a child; `None` where it may not stand here.
    pub(crate) fn take(&mut self, model: &Model, space: &str, local: &str) -> Option<Taken<'m>> {
        let automaton = self.automaton;
        let mut taken = None;
        let mut next = Vec::new();
        let global = model.element(space, local);
        for at in &self.now {
            match automaton.states.get(*at) {
                Some(State::Element(ix, to)) => {
                    if let Some(found) = model.stands_for(*ix, space, local, global) {
                        // An element that is named wins over a wildcard.
                        if !matches!(taken, Some(Taken::Element(_))) {
                            taken = Some(Taken::Element(found));
                        }
                        next.push(*to);
                    }
                }
                Some(State::Any(wildcard, to)) if wildcard.takes(space) => {
                    taken.get_or_insert(Taken::Any(wildcard));
                    next.push(*to);
                }
                _ => {}
            }
        }
        if taken.is_some() {
            self.enter(&next);
        }
        taken
    }

    /// Whether the content may end here.
    pub(crate) fn may_end(&self) -> bool {
        self.now.contains(&0)
    }

    /// What the last step cost: ways that lead to nothing take time too.
    pub(crate) fn cost(&self) -> usize {
        self.tried
    }

    /// The elements that may stand here, some of them.
    pub(crate) fn expected(&self, model: &Model) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for at in &self.now {
            let name = match self.automaton.states.get(*at) {
                Some(State::Element(ix, _)) => {
                    model.elements.get(*ix).map_or_else(String::new, |e| format!("`{}`", e.name))
                }
                Some(State::Any(..)) => "any element".to_owned(),
                _ => continue,
            };
            if !names.contains(&name) && names.len() < 6 {
                names.push(name);
            }
        }
        names
    }
}

impl Model {
    /// The element that a child of this name is where one is expected: itself, or one that may stand for it.
    /// `global` is the global element of the child's name.
    pub(crate) fn stands_for(
        &self,
        ix: ElementIx,
        space: &str,
        local: &str,
        global: Option<ElementIx>,
    ) -> Option<ElementIx> {
        if self.elements.get(ix).is_some_and(|e| e.name.is(space, local)) {
            return Some(ix);
        }
        global.filter(|other| self.substitutes.get(&ix).is_some_and(|known| known.contains(other)))
    }

    /// A global element.
    pub(crate) fn element(&self, space: &str, local: &str) -> Option<ElementIx> {
        self.global_elements.get(&Name::new(space, local)).copied()
    }
}
