#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| air_fuzz::typed_data::typed_data(data));
