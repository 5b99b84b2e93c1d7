//! What is wrong on demand, now.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use air_api::sandbox::{Fault, Faults};
use axum::http::Extensions;

/// The fault that applies to the verification of a request's token. It is an extension of the request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TokenFault(Option<Fault>);

impl TokenFault {
    pub(crate) const NONE: Self = Self(None);

    pub(crate) fn new(fault: Fault) -> Self {
        Self(Some(fault))
    }

    /// The fault of a request, by its extensions.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or_default()
    }

    /// Whether fetching partners' JWK sets fails.
    pub(crate) fn is_jwks_outage(self) -> bool {
        self.0 == Some(Fault::JwksOutage)
    }

    /// The time by a wrong clock.
    pub(crate) fn skewed(self, now: u64) -> u64 {
        match self.0 {
            Some(Fault::ClockSkew { seconds }) => now.saturating_add_signed(i64::from(seconds)),
            _ => now,
        }
    }
}

/// The most rules at once.
const RULE_LIMIT: usize = 100;

/// Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CurrentFaults(Arc<Mutex<Faults>>);

impl CurrentFaults {
    pub(crate) fn all(&self) -> Faults {
        self.lock().clone()
    }

    /// Sets all of them, or says why not.
    pub(crate) fn set(&self, faults: Faults) -> Result<(), String> {
        if faults.rules.len() > RULE_LIMIT {
            return Err(format!("at most {RULE_LIMIT} rules are kept"));
        }
        for rule in &faults.rules {
            if rule.times == Some(0) {
                return Err("`times` must be 1 or more".to_owned());
            }
            rule.fault.check().map_err(|error| error.to_string())?;
        }
        if faults.reorganise_blocks > Faults::MOST_BLOCKS {
            return Err(format!("at most {} blocks are taken back", Faults::MOST_BLOCKS));
        }
        *self.lock() = faults;
        Ok(())
    }

    /// Blocks were taken back, or could not be.
    pub(crate) fn forget_reorganisation(&self) {
        self.lock().reorganise_blocks = 0;
    }

    pub(crate) fn is_chain_stuck(&self) -> bool {
        self.lock().stuck_chain
    }

    pub(crate) fn is_callback_outage(&self) -> bool {
        self.lock().callback_outage
    }

    /// What the first rule that fits says; a rule for so many requests is used up by that.
    pub(crate) fn take(&self, path: &str) -> Option<Fault> {
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
