//! Reasons why no checkpoint reaches the chain.

/// The reason why no checkpoint reaches the chain now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alarm {
    /// The node does not answer, or limits requests.
    ChainUnreachable,
    /// The node serves another chain.
    WrongChain,
    /// The signer at a URL does not respond, or limits requests.
    SignerUnreachable,
    /// The signer at a URL refuses to sign, or signs another transaction.
    SignerRefused,
    /// The account can't pay for the gas.
    OutOfFunds,
    /// The fees are above the ceiling.
    FeesTooHigh,
    /// A block with a checkpoint was replaced. The same transaction is sent again.
    Reorganised,
    /// The contract refuses the checkpoint, or has another root.
    ContractRefused,
}

impl Alarm {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ChainUnreachable,
        Self::WrongChain,
        Self::SignerUnreachable,
        Self::SignerRefused,
        Self::OutOfFunds,
        Self::FeesTooHigh,
        Self::Reorganised,
        Self::ContractRefused,
    ];

    /// The name in JSON and in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ChainUnreachable => "chainUnreachable",
            Self::WrongChain => "wrongChain",
            Self::SignerUnreachable => "signerUnreachable",
            Self::SignerRefused => "signerRefused",
            Self::OutOfFunds => "outOfFunds",
            Self::FeesTooHigh => "feesTooHigh",
            Self::Reorganised => "reorganised",
            Self::ContractRefused => "contractRefused",
        }
    }

    /// The alarm with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alarm| alarm.name() == name)
    }
}
