//! Any bytes as a connection to the server.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| semel_fuzz::http_ingress::run(data));
