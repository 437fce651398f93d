//! Any text as template, condition, XPath, JSONPath and date pattern.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| semel_fuzz::expressions::run(data));

#[cfg(not(fuzzing))]
fn main() {
    semel_fuzz::replay(semel_fuzz::expressions::run);
}
