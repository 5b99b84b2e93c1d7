//! When a block of a chain is final, in words.

use air_sandbox::chain::Finality;

/// The rule, with the option that sets it.
pub(crate) fn rule(finality: Finality) -> String {
    let when = match finality {
        Finality::Depth(1) => "at once".to_owned(),
        Finality::Depth(blocks) => format!("as the oldest of the newest {blocks} blocks"),
        _ => format!("by the chain's tag `{finality}`"),
    };
    format!("a block is final {when} (--chain-final {finality})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_the_value_of_its_option() {
        for (option, expected) in [
            (
                "finalized",
                "a block is final by the chain's tag `finalized` (--chain-final finalized)",
            ),
            (
                "safe",
                "a block is final by the chain's tag `safe` (--chain-final safe)",
            ),
            ("1", "a block is final at once (--chain-final 1)"),
            (
                "12",
                "a block is final as the oldest of the newest 12 blocks (--chain-final 12)",
            ),
        ] {
            assert_eq!(rule(option.parse().unwrap()), expected);
        }
    }
}
