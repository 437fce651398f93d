//! The store: each call of the contract goes to the writing thread or to a reader.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use base::{DeliveryId, Entropy, EntryKey, Fut, MessageId, Scope, Timestamp};
use store::{
    Answer, Change, CommitError, DeliveryEnd, Entry, EntryFilter, EntryInfo, Expired, NumberState, Place, PlaceKind,
    PlaceSummary, Recovered, Store, StoreError, TickState, Variable,
};

use crate::open::{self, OpenError, Options};
use crate::payload::Cipher;
use crate::reader::Readers;
use crate::state::taking::Aside;
use crate::state::{change, entry, places, sweep, taking, values};
use crate::writer::Writer;

/// What must survive, in `state.db` of a directory that only this store may use.
///
/// Dropping it waits until all that was asked of it is done, closes the file and releases the directory.
pub struct SqliteStore {
    // In this order they are dropped: readers first, so that the writer's connection is the last and tidies the file up.
    readers: Readers,
    pub(crate) writer: Writer,
    cipher: Arc<Cipher>,
    _lock: File,
}

impl SqliteStore {
    /// Opens the store of a directory; makes both where they are missing.
    ///
    /// # Errors
    /// [`OpenError`] says why it cannot be opened; nothing was changed then.
    pub fn open(dir: &Path, options: Options, entropy: Arc<dyn Entropy>) -> Result<Self, OpenError> {
        let cipher = Arc::new(Cipher::new(&options, entropy)?);
        let opened = open::open(dir, &open::STATE, &options, cipher.sealer())?;
        let path = dir.join(open::STATE.file);
        cipher.remember(&opened.writer).map_err(OpenError::database(&path))?;
        let writer = Writer::start(opened.writer, &path)?;
        let readers = Readers::start(opened.readers, dir)?;
        Ok(SqliteStore { readers, writer, cipher, _lock: opened.lock })
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteStore(..)")
    }
}

impl Store for SqliteStore {
    fn commit(&self, changes: Vec<Change>) -> Fut<'_, Result<(), CommitError>> {
        if changes.is_empty() {
            return Box::pin(std::future::ready(Ok(())));
        }
        let cipher = Arc::clone(&self.cipher);
        self.writer.write(move |c| change::apply_all(c, &cipher, &changes))
    }

    fn claim(
        &self,
        place: &Place,
        now: Timestamp,
        limit: u32,
        in_order: bool,
    ) -> Fut<'_, Result<Vec<Entry>, StoreError>> {
        let (cipher, place) = (Arc::clone(&self.cipher), place.clone());
        let claim =
            self.writer.write::<_, StoreError, _>(move |c| taking::claim(c, &cipher, &place, now, limit, in_order));
        Box::pin(async move {
            let (taken, aside) = claim.await?;
            aside.iter().for_each(Aside::tell);
            Ok(taken)
        })
    }

    fn next_due(&self, place: &Place, in_order: bool) -> Fut<'_, Result<Option<Timestamp>, StoreError>> {
        let place = place.clone();
        self.readers.ask(move |c| taking::next_due(c, &place, in_order))
    }

    fn entry(&self, key: EntryKey) -> Fut<'_, Result<Option<Entry>, StoreError>> {
        let cipher = Arc::clone(&self.cipher);
        self.readers.ask(move |c| entry::get(c, &cipher, key))
    }

    fn find(&self, place: &Place, id: &str) -> Fut<'_, Result<Option<Entry>, StoreError>> {
        let (cipher, place, id) = (Arc::clone(&self.cipher), place.clone(), id.to_owned());
        self.readers.ask(move |c| entry::find(c, &cipher, &place, &id))
    }

    fn select(&self, place: &Place, max: u32, except: &[EntryKey]) -> Fut<'_, Result<Vec<Entry>, StoreError>> {
        let (cipher, place) = (Arc::clone(&self.cipher), place.clone());
        let except: Arc<Vec<i64>> = Arc::new(except.iter().map(|key| key.0).collect());
        Box::pin(async move {
            loop {
                let (secrets, place, except) = (Arc::clone(&cipher), place.clone(), Arc::clone(&except));
                let select = self.readers.ask(move |c| entry::select(c, &secrets, &place, max, &except));
                let (found, unreadable) = select.await?;
                if unreadable.is_empty() {
                    return Ok(found);
                }
                let (secrets, whole) = (Arc::clone(&cipher), unreadable.len() < entry::MOST_UNREADABLE);
                let set_aside = move |c: &_| taking::set_all_aside(c, &secrets, &unreadable);
                let aside = self.writer.write::<_, StoreError, _>(set_aside).await?;
                aside.iter().for_each(Aside::tell);
                if whole {
                    return Ok(found);
                }
            }
        })
    }

    fn entries(&self, filter: EntryFilter) -> Fut<'_, Result<Vec<EntryInfo>, StoreError>> {
        self.readers.ask(move |c| entry::list(c, &filter))
    }

    fn places(&self, kind: Option<PlaceKind>, now: Timestamp) -> Fut<'_, Result<Vec<PlaceSummary>, StoreError>> {
        self.readers.ask(move |c| places::summaries(c, kind, now))
    }

    fn variable(&self, scope: &Scope, name: &str, now: Timestamp) -> Fut<'_, Result<Option<Variable>, StoreError>> {
        let (scope, name) = (scope.clone(), name.to_owned());
        self.readers.ask(move |c| values::variable(c, &scope, &name, now))
    }

    fn variables(&self) -> Fut<'_, Result<Vec<Variable>, StoreError>> {
        self.readers.ask(values::variables)
    }

    fn number_range(&self, name: &str) -> Fut<'_, Result<Option<NumberState>, StoreError>> {
        let name = name.to_owned();
        self.readers.ask(move |c| Ok(values::number_ranges(c, Some(&name))?.pop()))
    }

    fn number_ranges(&self) -> Fut<'_, Result<Vec<NumberState>, StoreError>> {
        self.readers.ask(|c| values::number_ranges(c, None))
    }

    fn drawn(&self, name: &str, correlation: &str, now: Timestamp) -> Fut<'_, Result<Option<i64>, StoreError>> {
        let (name, correlation) = (name.to_owned(), correlation.to_owned());
        self.readers.ask(move |c| values::drawn(c, &name, &correlation, now))
    }

    fn once(&self, step: &str, id: &str, now: Timestamp) -> Fut<'_, Result<bool, StoreError>> {
        let (step, id) = (step.to_owned(), id.to_owned());
        self.readers.ask(move |c| values::once(c, &step, &id, now))
    }

    fn delivered(&self, message: &MessageId) -> Fut<'_, Result<Vec<DeliveryId>, StoreError>> {
        let message = message.clone();
        self.readers.ask(move |c| {
            let over = values::outcomes(c, &message)?;
            Ok(over.into_iter().filter(|(_, end)| *end == DeliveryEnd::Delivered).map(|(id, _)| id).collect())
        })
    }

    fn outcomes(&self, message: &MessageId) -> Fut<'_, Result<Vec<(DeliveryId, DeliveryEnd)>, StoreError>> {
        let message = message.clone();
        self.readers.ask(move |c| values::outcomes(c, &message))
    }

    fn answer(&self, flow: &str, key: &str, now: Timestamp) -> Fut<'_, Result<Option<Answer>, StoreError>> {
        let (flow, key) = (flow.to_owned(), key.to_owned());
        self.readers.ask(move |c| values::answer(c, &flow, &key, now))
    }

    fn tick(&self, flow: &str, process: &str) -> Fut<'_, Result<Option<TickState>, StoreError>> {
        let (flow, process) = (flow.to_owned(), process.to_owned());
        self.readers.ask(move |c| values::tick(c, &flow, &process))
    }

    fn stopped_flows(&self) -> Fut<'_, Result<Vec<String>, StoreError>> {
        self.readers.ask(values::stopped_flows)
    }

    fn recover(&self, now: Timestamp) -> Fut<'_, Result<Recovered, StoreError>> {
        self.writer.write(move |c| sweep::recover(c, now))
    }

    fn sweep(&self, now: Timestamp, limit: u32) -> Fut<'_, Result<Vec<Expired>, StoreError>> {
        self.writer.write(move |c| sweep::sweep(c, now, limit))
    }
}
