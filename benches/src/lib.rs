//! Benches of the crypto hot path, each beside a peer in the same run: `cargo xtask bench`.

use air_crypto::{CakContext, Curve};

/// A context as long as the platform's are.
#[must_use]
pub fn context(curve: Curve) -> CakContext {
    let part = "the parts are constant";
    CakContext::new(
        "7f01c42c-02cf-4325-96ed-ba034700f724".parse().expect(part),
        "did:air:id:test:5P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB"
            .parse()
            .expect(part),
        "c21s70g0i54sn0023172Cv".parse().expect(part),
        curve,
    )
}
