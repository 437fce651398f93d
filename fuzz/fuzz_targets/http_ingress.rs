//! Any bytes as a connection to the server.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| semel_fuzz::http_ingress::run(data));

#[cfg(not(fuzzing))]
fn main() {
    semel_fuzz::replay(semel_fuzz::http_ingress::run);
}
