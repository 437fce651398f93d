//! The boxed future that trait objects of the world (stores, channels) answer with.

use std::future::Future;
use std::pin::Pin;

/// A future that can cross threads; trait objects cannot return `impl Future`.
pub type Fut<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
