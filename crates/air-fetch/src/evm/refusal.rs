//! The reasons why nodes refuse a transaction. There are no codes for it, only words, which differ between
//! implementations.

/// The reason why a node did not take a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The same transaction waits in the node already, which is as good as success.
    AlreadyKnown,
    /// A transaction with this nonce is in a block already.
    NonceTooLow,
    /// A transaction with a smaller nonce is missing.
    NonceTooHigh,
    /// Another transaction with this nonce waits in the node, and the node replaces none, or not
    /// for this fee.
    NotReplaced,
    /// The fee is below the base fee, or below the least that the node takes.
    FeeTooLow,
    /// The account can't pay for the gas.
    OutOfFunds,
    /// Other words.
    Other,
}

/// Words of go-ethereum, reth, Nethermind, Besu, Erigon and anvil, in lower case. The first that
/// fits decides.
const WORDS: [(&str, Refusal); 17] = [
    ("already known", Refusal::AlreadyKnown),
    ("already imported", Refusal::AlreadyKnown),
    ("alreadyknown", Refusal::AlreadyKnown),
    ("known transaction", Refusal::AlreadyKnown),
    ("already exists in cache", Refusal::AlreadyKnown),
    ("already in mempool", Refusal::AlreadyKnown),
    ("replacement", Refusal::NotReplaced),
    ("nonce too low", Refusal::NonceTooLow),
    ("oldnonce", Refusal::NonceTooLow),
    ("nonce too high", Refusal::NonceTooHigh),
    ("nonce gap", Refusal::NonceTooHigh),
    ("insufficient funds", Refusal::OutOfFunds),
    ("insufficientfunds", Refusal::OutOfFunds),
    ("upfront cost", Refusal::OutOfFunds),
    ("less than block base fee", Refusal::FeeTooLow),
    ("underpriced", Refusal::FeeTooLow),
    ("insufficient fee", Refusal::FeeTooLow),
];

impl Refusal {
    pub(super) fn of(message: &str) -> Self {
        let message = message.to_ascii_lowercase();
        if let Some(refusal) = of_cosmos(&message) {
            return refusal;
        }
        WORDS
            .iter()
            .find(|(words, _)| message.contains(words))
            .map_or(Self::Other, |(_, refusal)| *refusal)
    }
}

/// Chains of the Cosmos family take transactions in order and replace none:
/// `invalid nonce; got 5, expected 6` says that a transaction with nonce 5 waits or is in a block.
fn of_cosmos(message: &str) -> Option<Refusal> {
    let rest = message.split("invalid nonce; got ").nth(1)?;
    let mut numbers = rest.split(|character: char| !character.is_ascii_digit());
    let got: u64 = numbers.next()?.parse().ok()?;
    let expected: u64 = numbers.find(|digits| !digits.is_empty())?.parse().ok()?;
    Some(if got < expected {
        Refusal::NotReplaced
    } else {
        Refusal::NonceTooHigh
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_each_implementation_are_understood() {
        for (message, expected) in [
            ("already known", Refusal::AlreadyKnown),
            ("transaction already imported", Refusal::AlreadyKnown),
            ("AlreadyKnown", Refusal::AlreadyKnown),
            ("Known transaction", Refusal::AlreadyKnown),
            ("tx already exists in cache", Refusal::AlreadyKnown),
            ("nonce too low: next nonce 5, tx nonce 4", Refusal::NonceTooLow),
            (
                "OldNonce, Current nonce: 5, nonce of rejected tx: 4",
                Refusal::NonceTooLow,
            ),
            ("nonce too high: next nonce 4, tx nonce 9", Refusal::NonceTooHigh),
            ("replacement transaction underpriced", Refusal::NotReplaced),
            ("ReplacementNotAllowed", Refusal::NotReplaced),
            ("Replacement transaction underpriced", Refusal::NotReplaced),
            (
                "transaction underpriced: tip needed 1, tip permitted 0",
                Refusal::FeeTooLow,
            ),
            (
                "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1, baseFee: 2",
                Refusal::FeeTooLow,
            ),
            ("insufficient funds for gas * price + value", Refusal::OutOfFunds),
            ("Insufficient funds for gas * price + value", Refusal::OutOfFunds),
            ("InsufficientFunds, Balance is 0", Refusal::OutOfFunds),
            ("Upfront cost exceeds account balance", Refusal::OutOfFunds),
            (
                "invalid nonce; got 5, expected 6: invalid sequence",
                Refusal::NotReplaced,
            ),
            (
                "invalid nonce; got 7, expected 6: invalid sequence",
                Refusal::NonceTooHigh,
            ),
            ("invalid nonce; got ", Refusal::Other),
            ("intrinsic gas too low", Refusal::Other),
            ("", Refusal::Other),
        ] {
            assert_eq!(Refusal::of(message), expected, "{message}");
        }
    }
}
