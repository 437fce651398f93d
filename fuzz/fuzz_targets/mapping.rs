//! A message mapping and a message.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| semel_fuzz::mapping::run(data));

#[cfg(not(fuzzing))]
fn main() {
    semel_fuzz::replay(semel_fuzz::mapping::run);
}
