//! Verifying credentials and presentations.

use std::{collections::BTreeMap, sync::OnceLock};

use crate::{
    Contexts, Error, IssuerKeys, Link, Suite, derived_bbs,
    document::checked,
    environment::Environment,
    link,
    secured::{self, ProofParts},
};
use air_jwt::JwkSet;
use air_vc::{Outcome, Report, UnixTime, VerifiedCredential, status::NamedLists, w3c::EmbeddedProof};

/// Verifies W3C credentials 2.0 and presentations of trusted issuers. The proof is checked by the
/// library, and everything else by [`air_vc::Verifier`]: the issuer, the type, the claims, the dates and
/// the status.
#[derive(Clone, Debug)]
pub struct Verifier<'a> {
    contexts: &'a Contexts,
    keys: BTreeMap<&'a str, &'a IssuerKeys>,
    suites: Vec<Suite>,
    challenge: Option<Vec<u8>>,
    checks: air_vc::Verifier<'a>,
}

/// The result of a verification, with the outcome of each check.
#[derive(Debug)]
#[non_exhaustive]
pub struct VerificationOutcome {
    /// Each check with its outcome.
    pub report: Report,
    /// The values that link this presentation to others of the same credential. Empty means unlinkable, apart
    /// from the disclosed claims.
    pub links: Vec<Link>,
    /// The credential, or the first check that failed.
    pub result: Result<VerifiedCredential, Error>,
}

impl<'a> Verifier<'a> {
    /// Trusts `issuer` with these keys.
    #[must_use]
    pub fn new(issuer: &'a str, keys: &'a IssuerKeys, contexts: &'a Contexts) -> Self {
        Self {
            contexts,
            keys: BTreeMap::from([(issuer, keys)]),
            suites: Suite::ALL.to_vec(),
            challenge: None,
            checks: air_vc::Verifier::new(issuer, no_keys()),
        }
    }

    /// Trusts another issuer with its own keys.
    #[must_use]
    pub fn trusting(mut self, issuer: &'a str, keys: &'a IssuerKeys) -> Self {
        self.keys.insert(issuer, keys);
        self.checks = self.checks.trusting(issuer, no_keys());
        self
    }

    /// Accepts these suites only. Defaults to all.
    #[must_use]
    pub fn accepting(mut self, suites: &[Suite]) -> Self {
        self.suites = suites.to_vec();
        self
    }

    /// Requires a presentation for this challenge, which the verifier draws at random for each request.
    /// Only presentations with `bbs-2023` are accepted then.
    ///
    /// # Security
    /// A challenge does not prove who presents: anyone who has the holder's credential can.
    #[must_use]
    pub fn requiring_challenge(mut self, challenge: impl Into<Vec<u8>>) -> Self {
        self.challenge = Some(challenge.into());
        self
    }

    /// Configures the other checks: types, claims, clock skew, status lists.
    ///
    /// ```
    /// # let (keys, contexts) = (air_ssi::IssuerKeys::new(), air_ssi::Contexts::new());
    /// let verifier = air_ssi::Verifier::new("did:web:issuer.example", &keys, &contexts)
    ///     .with_checks(|checks| checks.requiring_type("KycIdentity"));
    /// # drop(verifier);
    /// ```
    #[must_use]
    pub fn with_checks(
        mut self,
        configure: impl FnOnce(air_vc::Verifier<'a>) -> air_vc::Verifier<'a>,
    ) -> Self {
        self.checks = configure(self.checks);
        self
    }

    /// Verifies a credential or presentation at `now`.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(&self, json: &str, now: UnixTime) -> Result<VerifiedCredential, Error> {
        self.examine(json, now).result
    }

    /// As [`Self::verify`], but also returns the outcome of each check, whether or not all passed.
    #[must_use]
    pub fn examine(&self, json: &str, now: UnixTime) -> VerificationOutcome {
        let (mut links, mut failure) = (Vec::new(), None);
        let examined = self.checks.examine_embedded_proof(json, now, |embedded| {
            let suite = self.check_proof(embedded).map_err(|error| {
                let check = error.to_check();
                failure = Some(error);
                check
            })?;
            links = link::of(embedded.document, embedded.proof, suite);
            Ok(if suite.is_selective() {
                Outcome::Passed
            } else {
                Outcome::NotNeeded("all of it is shown")
            })
        });
        VerificationOutcome {
            report: examined.report,
            links,
            result: examined
                .result
                .map_err(|error| failure.unwrap_or(Error::Credential(error))),
        }
    }

    /// The status lists that the credential names, after its proof was checked. Their signatures are those
    /// of `air-vc`: give [`Self::with_checks`] the issuer's JWK set (`checks.trusting(issuer, &set)`).
    ///
    /// # Errors
    /// As [`Self::verify`], for the format, issuer, proof and status entries.
    pub fn named_lists(&self, json: &str) -> Result<NamedLists<'a>, Error> {
        let mut failure = None;
        let named = self.checks.named_lists_of_embedded_proof(json, |embedded| {
            self.check_proof(embedded).map_err(|error| {
                let check = error.to_check();
                failure = Some(error);
                check
            })?;
            Ok(Outcome::Passed)
        });
        named.map_err(|error| failure.unwrap_or(Error::Credential(error)))
    }

    fn check_proof(&self, embedded: EmbeddedProof<'_>) -> Result<Suite, Error> {
        let parts = ProofParts::of(embedded.proof)?;
        let suite = parts.suite;
        if !self.suites.contains(&suite) {
            return Err(Error::UnsupportedSuite);
        }
        if parts.is_base() {
            return Err(Error::NotDerived);
        }
        let keys = self.keys.get(embedded.issuer);
        let key = keys
            .and_then(|keys| keys.get(parts.method))
            .ok_or(Error::UnknownKey)?;
        if !key.fits(suite) {
            return Err(Error::UnknownKey);
        }
        let claims = checked(embedded.document, self.contexts)?;
        let environment = Environment::new(self.contexts, parts.method, key)?;
        secured::verify(suite, claims, embedded.proof, &environment)?;
        if let Some(challenge) = &self.challenge
            && derived_bbs::challenge(embedded.proof).as_ref() != Some(challenge)
        {
            return Err(Error::WrongChallenge);
        }
        Ok(suite)
    }
}

/// The keys of `air-jwt` do not sign these proofs.
fn no_keys() -> &'static JwkSet {
    static NO_KEYS: OnceLock<JwkSet> = OnceLock::new();
    NO_KEYS.get_or_init(JwkSet::default)
}
