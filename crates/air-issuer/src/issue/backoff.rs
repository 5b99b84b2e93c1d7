//! The time between two tries of an upload.

use rand::RngExt;

/// The longest wait for an upload that may succeed without a change.
const LONGEST: u64 = 300;
/// The wait after a refusal.
const AFTER_REFUSAL: u64 = 3_600;

/// Seconds until the next try: from 1 s, doubling to 5 minutes, of which a random half is left out,
/// so that many uploads spread.
pub(super) fn after_unknown(attempts: u64) -> u64 {
    let exponent = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or(0);
    let longest = 2_u64.pow(exponent).min(LONGEST);
    rand::rng().random_range(longest.div_ceil(2)..=longest)
}

/// Seconds until a refused upload is tried again. An operator has to fix the cause first.
pub(super) const fn after_refusal() -> u64 {
    AFTER_REFUSAL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        assert_eq!(after_unknown(0), 1);
        assert_eq!(after_unknown(1), 1);
        for (attempts, longest) in [(2, 2), (3, 4), (9, 256), (10, 300), (u64::MAX, 300)] {
            for _ in 0..100 {
                let wait = after_unknown(attempts);
                assert!((longest / 2..=longest).contains(&wait), "{attempts}: {wait}");
            }
        }
    }
}
