//! The faults that are currently active.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use air_api::sandbox::{Fault, Faults};
use air_ids::UnixTime;

/// The fault that applies to the verification of a request's token.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokenFault(Option<Fault>);

impl TokenFault {
    /// Creates the fault of a request.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self(Some(fault))
    }

    /// Checks whether fetching partners' JWK sets must fail.
    pub(crate) fn is_jwks_outage(self) -> bool {
        self.0 == Some(Fault::JwksOutage)
    }

    /// Returns the time by a skewed clock.
    pub(crate) fn skewed(self, now: UnixTime) -> UnixTime {
        match self.0 {
            Some(Fault::ClockSkew { seconds }) => {
                let skew = Duration::from_secs(seconds.unsigned_abs().into());
                if seconds < 0 {
                    now.saturating_sub(skew)
                } else {
                    now.saturating_add(skew)
                }
            }
            _ => now,
        }
    }
}

/// The maximum number of rules.
const RULE_LIMIT: usize = 100;

/// The reason for rejecting faults.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaultsError {
    /// There are too many rules.
    #[error("at most {limit} rules are kept")]
    TooManyRules {
        /// The maximum number.
        limit: usize,
    },
    /// A rule applies to no request.
    #[error("`times` must be 1 or more")]
    NoRequests,
    /// A rule's fault is outside the limits.
    #[error(transparent)]
    Fault(air_api::Error),
    /// A reorganisation takes back too many blocks.
    #[error("at most {limit} blocks are taken back")]
    TooManyBlocks {
        /// The maximum number.
        limit: u32,
    },
}

/// The active faults. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct CurrentFaults(Arc<Mutex<Faults>>);

impl CurrentFaults {
    /// Returns all active faults.
    #[must_use]
    pub fn all(&self) -> Faults {
        self.lock().clone()
    }

    /// Replaces all faults, or none if they are invalid.
    ///
    /// # Errors
    /// Any [`FaultsError`].
    pub fn set(&self, faults: Faults) -> Result<(), FaultsError> {
        if faults.rules.len() > RULE_LIMIT {
            return Err(FaultsError::TooManyRules { limit: RULE_LIMIT });
        }
        for rule in &faults.rules {
            if rule.times == Some(0) {
                return Err(FaultsError::NoRequests);
            }
            rule.fault.check().map_err(FaultsError::Fault)?;
        }
        if faults.reorganise_blocks > Faults::MOST_BLOCKS {
            return Err(FaultsError::TooManyBlocks {
                limit: Faults::MOST_BLOCKS,
            });
        }
        *self.lock() = faults;
        Ok(())
    }

    /// Clears the number of blocks to remove, so that a reorganisation takes place only once.
    pub(crate) fn forget_reorganisation(&self) {
        self.lock().reorganise_blocks = 0;
    }

    /// Checks whether no block is made.
    #[must_use]
    pub fn is_chain_stuck(&self) -> bool {
        self.lock().stuck_chain
    }

    pub(crate) fn is_callback_outage(&self) -> bool {
        self.lock().callback_outage
    }

    /// Returns the fault of the first matching rule. Decrements the rule's number of requests, if
    /// it has one, and removes the rule at 0.
    #[must_use]
    pub fn take(&self, path: &str) -> Option<Fault> {
        let mut faults = self.lock();
        let place = faults
            .rules
            .iter()
            .position(|rule| path.starts_with(&rule.path))?;
        let rule = faults.rules.get_mut(place)?;
        let fault = rule.fault;
        if let Some(times) = &mut rule.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                faults.rules.remove(place);
            }
        }
        Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, Faults> {
        // Nothing that holds this lock panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
