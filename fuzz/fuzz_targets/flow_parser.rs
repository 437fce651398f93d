//! Any text as a flow file and as parameters.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| semel_fuzz::flow_parser::run(data));
