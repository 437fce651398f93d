//! The memory store and the memory log, held to the conformance suite.

use std::sync::Arc;

use store::{MemoryLog, MemoryStore, MessageLog, Store};

mod store_rules {
    use super::*;

    fn make() -> Arc<dyn Store> {
        Arc::new(MemoryStore::new())
    }

    store::store_conformance!(make);
}

mod log_rules {
    use super::*;

    fn make() -> Arc<dyn MessageLog> {
        Arc::new(MemoryLog::new())
    }

    store::log_conformance!(make);
}
