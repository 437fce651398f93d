//! Any bytes as a zip or as the files of an artifact.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| semel_fuzz::importer::run(data));

#[cfg(not(fuzzing))]
fn main() {
    semel_fuzz::replay(semel_fuzz::importer::run);
}
