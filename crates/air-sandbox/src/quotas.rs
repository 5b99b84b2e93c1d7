//! The limits on one partner's use of the store.

/// The limits on a partner's stored data. [`Quotas::default`] is suitable for development and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// The number of bytes that a partner may store in objects, sealed credentials and unexpired packages. Beyond it, the response is a
    /// 507.
    pub stored_bytes: u64,
    /// The number of callback records that a verifier may have open with all issuers. Beyond it, the response is a 409. With one issuer
    /// the limit is 100.
    pub open_callbacks: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            stored_bytes: 1 << 30,
            open_callbacks: 1_000,
        }
    }
}
