//! How much of the store one partner may take.

/// Bounds on what one partner stores; [`Quotas::default`] is right for development and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// How many bytes a partner may store: objects, sealed credentials, and packages whose time is not over. Beyond it is a 507.
    pub stored_bytes: u64,
    /// How many callback records a verifier may have open, with all issuers together. Beyond it is a 409. With one issuer it is a hundred.
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
