//! Any text as template, condition, XPath, JSONPath and date pattern.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| semel_fuzz::expressions::run(data));
