//! Verifying SD-JWT VC.

use std::{sync::Arc, time::Duration};

use air_jwt::JwkSet;
use air_vc::{UnixTime, Verifier, status::VerifiedStatusList};

use crate::{AirError, Challenge, argument, credential::json};

/// What a verifier expects.
#[derive(Clone, Debug, uniffi::Record)]
pub struct VerifyOptions {
    /// The trusted issuer.
    pub issuer: String,
    /// The issuer's key set, in JSON.
    pub jwks: String,
    /// The accepted types (`vct`). Empty for any.
    pub types: Vec<String>,
    /// The paths of the required claims.
    pub claims: Vec<String>,
    /// The challenge that the holder must have signed.
    pub challenge: Option<Challenge>,
    /// The status list tokens that the caller fetched.
    pub status_lists: Vec<String>,
    /// Whether to skip the check of the status.
    pub without_status: bool,
    /// The tolerated difference of clocks in seconds.
    pub skew: u64,
    /// The time in seconds since 1970. Defaults to the current time.
    pub now: Option<u64>,
}

/// A credential that passed every check.
#[derive(Debug, uniffi::Object)]
pub struct VerifiedCredential {
    inner: air_vc::VerifiedCredential,
}

/// The outcome of a check: `passed`, `notNeeded` or `leftOut`.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CheckOutcome {
    /// The name of the check.
    pub check: String,
    /// The outcome.
    pub outcome: String,
}

#[uniffi::export]
impl VerifiedCredential {
    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.inner.issuer().to_owned()
    }

    /// All signed claims, with those that were disclosed, in JSON.
    pub fn claims(&self) -> Result<String, AirError> {
        json(self.inner.claims())
    }

    /// The claims about the subject, without those that every credential has, in JSON.
    pub fn subject(&self) -> Result<String, AirError> {
        json(self.inner.subject())
    }

    /// Seconds since 1970, or `None` for a credential that does not expire.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.inner.expires_at().map(UnixTime::as_secs)
    }

    /// Whether the presenter proved possession of the key that the credential was issued to.
    #[must_use]
    pub fn is_holder_bound(&self) -> bool {
        self.inner.is_holder_bound()
    }

    /// The checks in their order.
    #[must_use]
    pub fn checks(&self) -> Vec<CheckOutcome> {
        let outcomes = self.inner.report().iter();
        outcomes
            .map(|(check, outcome)| CheckOutcome {
                check: check.name().to_owned(),
                outcome: outcome.name().to_owned(),
            })
            .collect()
    }
}

/// Verifies an SD-JWT VC or a presentation.
#[uniffi::export]
pub fn verify(credential: &str, options: VerifyOptions) -> Result<Arc<VerifiedCredential>, AirError> {
    argument::text("jwks", &options.jwks)?;
    argument::list("types", &options.types)?;
    argument::list("statusLists", &options.status_lists)?;
    let required = argument::paths("claims", &options.claims)?;
    let now = argument::time(options.now)?;
    let keys = JwkSet::from_slice(options.jwks.as_bytes())?;
    let skew = Duration::from_secs(options.skew);
    let mut verifier = Verifier::new(&options.issuer, &keys).with_skew(skew)?;
    for vct in &options.types {
        verifier = verifier.requiring_type(vct);
    }
    verifier = verifier.requiring_claims(required);
    if let Some(challenge) = options.challenge {
        verifier = verifier.requiring_key_binding(challenge.into());
    }
    let lists = verified_lists(&verifier, credential, &options.status_lists, now)?;
    verifier = verifier.with_status_lists(&lists);
    if options.without_status {
        verifier = verifier.without_status();
    }
    let inner = verifier.verify(credential, now)?;
    Ok(Arc::new(VerifiedCredential { inner }))
}

/// Verifies the tokens as the status list that the credential names, and drops the rejected ones. If
/// all are rejected, the last error is returned, because it is more specific than an unknown status.
fn verified_lists(
    verifier: &Verifier<'_>,
    credential: &str,
    tokens: &[String],
    now: UnixTime,
) -> Result<Vec<VerifiedStatusList>, AirError> {
    if tokens.is_empty() {
        return Ok(Vec::new());
    }
    let Some(list) = verifier.named_lists(credential)?.token else {
        return Ok(Vec::new());
    };
    let mut lists = Vec::new();
    let mut refused = None;
    for token in tokens {
        argument::text("statusLists", token)?;
        match list.verify(token, now) {
            Ok(verified) => lists.push(verified),
            Err(error) => refused = Some(error),
        }
    }
    match refused {
        Some(error) if lists.is_empty() => Err(error.into()),
        _ => Ok(lists),
    }
}
