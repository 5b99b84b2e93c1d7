//! The PINs that a token refused.

use sha2::{Digest, Sha256};

use crate::Secret;

/// The number of PINs that are remembered for a token.
const LIMIT: usize = 64;

/// The PINs that a token refused, as digests. A token counts the wrong PINs of all signers
/// together, so all signers of the process share this memory. It is locked during a login.
#[derive(Default)]
pub(super) struct RefusedPins(Vec<[u8; 32]>);

impl RefusedPins {
    pub(super) fn contains(&self, pin: &Secret) -> bool {
        self.0.contains(&digest(pin))
    }

    /// Stores a PIN, and evicts the oldest one above the limit.
    pub(super) fn add(&mut self, pin: &Secret) {
        if self.contains(pin) {
            return;
        }
        if self.0.len() >= LIMIT {
            self.0.remove(0);
        }
        self.0.push(digest(pin));
    }
}

fn digest(pin: &Secret) -> [u8; 32] {
    Sha256::digest(pin.expose_secret()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(number: usize) -> Secret {
        Secret::new(format!("pin-{number}")).unwrap()
    }

    #[test]
    fn a_refused_pin_is_remembered_and_another_one_is_not() {
        let mut refused = RefusedPins::default();
        assert!(!refused.contains(&pin(0)));
        refused.add(&pin(0));
        refused.add(&pin(0));
        assert!(refused.contains(&pin(0)) && !refused.contains(&pin(1)));
        assert_eq!(refused.0.len(), 1);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut refused = RefusedPins::default();
        for number in 0..=LIMIT {
            refused.add(&pin(number));
        }
        assert_eq!(refused.0.len(), LIMIT);
        assert!(!refused.contains(&pin(0)) && refused.contains(&pin(1)) && refused.contains(&pin(LIMIT)));
    }
}
