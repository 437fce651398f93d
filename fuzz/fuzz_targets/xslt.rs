//! A stylesheet and a message.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| semel_fuzz::xslt::run(data));
