#![no_main]

use std::sync::Once;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    static HOOK: Once = Once::new();
    // libFuzzer's hook aborts on each panic. Those within `ssi` are errors, and others still abort.
    HOOK.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    air_ssi_fuzz::w3c_rdf(data);
});
