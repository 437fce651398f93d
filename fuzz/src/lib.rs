//! What the fuzz targets do, one function per target, so that ordinary tests run the seeds through it too.

#![expect(clippy::expect_used, reason = "a target that cannot go on has found something")]

pub mod expressions;
pub mod flow_parser;
pub mod groovy;
pub mod http_ingress;
pub mod importer;
pub mod mapping;
pub mod xsd;
pub mod xslt;

/// Runs a target on the files that the command line names: for an input that the fuzzer has found.
pub fn replay(run: fn(&[u8])) {
    for path in std::env::args_os().skip(1) {
        let data = std::fs::read(&path).expect("a file that can be read");
        run(&data);
    }
}
