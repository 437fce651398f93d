//! Any text as a flow file and as parameters.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| semel_fuzz::flow_parser::run(data));

#[cfg(not(fuzzing))]
fn main() {
    semel_fuzz::replay(semel_fuzz::flow_parser::run);
}
