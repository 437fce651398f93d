//! The SQLite store and log, held to the conformance suite.
#![allow(clippy::unwrap_used, reason = "a test: an error is a failed test")]

mod common;

use std::sync::Arc;

use store::{MessageLog, Store};
use store_sqlite::{Options, SqliteLog};

mod store_rules {
    use super::*;

    fn make() -> Arc<dyn Store> {
        let dir = common::kept();
        Arc::new(common::open(&dir).unwrap())
    }

    store::store_conformance!(make);
}

mod log_rules {
    use super::*;

    fn make() -> Arc<dyn MessageLog> {
        Arc::new(SqliteLog::open(&common::kept(), Options::default()).unwrap())
    }

    store::log_conformance!(make);
}
