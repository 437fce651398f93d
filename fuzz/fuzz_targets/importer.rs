//! Any bytes as a zip or as the files of an artifact.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| semel_fuzz::importer::run(data));
