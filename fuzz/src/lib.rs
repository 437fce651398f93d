//! What the fuzz targets do, one function per target, so that ordinary tests can run the seeds through it too.

pub mod expressions;
pub mod flow_parser;
pub mod groovy;
pub mod http_ingress;
pub mod importer;
pub mod xslt;
