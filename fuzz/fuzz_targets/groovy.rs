//! Any text as a Groovy script.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| semel_fuzz::groovy::run(data));
