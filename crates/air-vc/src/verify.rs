//! Verification: who issued it, that nothing was changed, that it holds now, and that it is the presenter's.

use std::{collections::HashSet, sync::OnceLock, time::Duration};

use air_jwt::{Jwk, JwkSet, NumericDate, jws::Unverified};
use serde_json::{Map, Value};

#[cfg(feature = "bitstring")]
use crate::status::VerifiedBitstringStatusList;
use crate::{
    Challenge, Check, ClaimPath, Error, Format, Outcome, Report, StatusReference, VerifiedCredential,
    claim_path::{Place, is_empty, places},
    format::{SD_JWT_VC, SD_JWT_VC_OLD},
    issuer_key::verify_signature,
    key_binding::{self, Expected, HolderKey},
    payload::payload_of,
    sd_jwt::{LENGTH_LIMIT, Parts, reveal},
    status::{NamedLists, Status, StatusListVerifier, VerifiedStatusList},
    validity::{self, Validity},
};

/// The default maximum age of a key-binding JWT.
const USUAL_KEY_BINDING_AGE: Duration = Duration::from_mins(5);

/// An issuer and its keys.
type Trusted<'a> = (&'a str, &'a JwkSet);

/// Verifies credentials of the issuers that it is told to trust. Their keys come from the verifier's configuration, never from
/// the credential.
///
/// The verifier makes every check that it was configured for, and skips none silently: a credential with a status reference is refused
/// until its list is given ([`Self::with_status_lists`]) or the verifier says that it goes without
/// ([`Self::without_status`]); a key-binding JWT that nobody asked for is refused rather than half-checked.
#[derive(Clone, Debug)]
pub struct Verifier<'a> {
    format: Format,
    trusted: Vec<Trusted<'a>>,
    types: Vec<&'a str>,
    requested: Vec<ClaimPath>,
    pub(crate) skew: u64,
    key_binding: KeyBinding,
    key_binding_age: Duration,
    /// Whether the verifier goes without status; then the lists say nothing.
    pub(crate) status_left_out: bool,
    pub(crate) lists: &'a [VerifiedStatusList],
    #[cfg(feature = "bitstring")]
    pub(crate) bitstring_lists: &'a [VerifiedBitstringStatusList],
}

#[derive(Clone, Debug)]
enum KeyBinding {
    NotAsked,
    /// Where the credential names a holder's key.
    IfNamed(Challenge),
    Required(Challenge),
}

/// How a verification ended, with what was checked on the way.
#[derive(Debug)]
#[non_exhaustive]
pub struct VerificationOutcome {
    /// Each check with its outcome.
    pub report: Report,
    /// The credential, or the first check that failed.
    pub result: Result<VerifiedCredential, Error>,
}

impl VerificationOutcome {
    /// Runs the checks; the report goes into the credential too.
    pub(crate) fn of(run: impl FnOnce(&mut Report) -> Result<VerifiedCredential, Error>) -> Self {
        let mut report = Report::new();
        let result = run(&mut report).map(|credential| VerifiedCredential {
            report: report.clone(),
            ..credential
        });
        Self { report, result }
    }
}

impl<'a> Verifier<'a> {
    /// Trusts `issuer` with these keys, for credentials of the default format: SD-JWT VC.
    #[must_use]
    pub fn new(issuer: &'a str, keys: &'a JwkSet) -> Self {
        Self {
            format: Format::default(),
            trusted: vec![(issuer, keys)],
            types: Vec::new(),
            requested: Vec::new(),
            skew: validity::USUAL_SKEW,
            key_binding: KeyBinding::NotAsked,
            key_binding_age: USUAL_KEY_BINDING_AGE,
            status_left_out: false,
            lists: &[],
            #[cfg(feature = "bitstring")]
            bitstring_lists: &[],
        }
    }

    /// Sets the format of the credentials. A credential of another format is refused.
    ///
    /// Of W3C credentials, required types are looked for in `type` and required claims below `credentialSubject`. A verifier
    /// that requires key binding refuses them, because they name no holder's key.
    ///
    /// The `verificationMethod` of an embedded proof is looked for among the issuer's keys as a token's `kid` is.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Trusts another issuer too, with its own keys; for one that is trusted already these are the keys from now on.
    #[must_use]
    pub fn trusting(mut self, issuer: &'a str, keys: &'a JwkSet) -> Self {
        self.trusted.retain(|(trusted, _)| *trusted != issuer);
        self.trusted.push((issuer, keys));
        self
    }

    /// Demands a credential type (`vct`, or a W3C credential's `type`); of several, any will do.
    #[must_use]
    pub fn requiring_type(mut self, vct: &'a str) -> Self {
        self.types.push(vct);
        self
    }

    /// Demands that these claims are there, disclosed or always visible.
    #[must_use]
    pub fn requiring_claims(mut self, paths: impl IntoIterator<Item = ClaimPath>) -> Self {
        self.requested.extend(paths);
        self
    }

    /// Demands that the presenter holds the key that the credential was issued to.
    #[must_use]
    pub fn requiring_key_binding(mut self, challenge: Challenge) -> Self {
        self.key_binding = KeyBinding::Required(challenge);
        self
    }

    /// As [`Self::requiring_key_binding`], but a credential that was issued to no key is accepted from any presenter.
    #[must_use]
    pub fn requiring_key_binding_if_named(mut self, challenge: Challenge) -> Self {
        self.key_binding = KeyBinding::IfNamed(challenge);
        self
    }

    /// The maximum age of the holder's signature. Defaults to 5 minutes.
    #[must_use]
    pub fn with_key_binding_age(mut self, age: Duration) -> Self {
        self.key_binding_age = age;
        self
    }

    /// The tolerance for clock differences. Defaults to 30 seconds.
    ///
    /// # Errors
    /// [`Error::SkewOutOfRange`] over five minutes.
    pub fn with_skew(mut self, skew: Duration) -> Result<Self, Error> {
        self.skew = validity::skew(skew)?;
        Ok(self)
    }

    /// Sets the available status lists, already verified. [`Self::named_lists`] returns the lists that a credential needs. Undoes
    /// [`Self::without_status`].
    #[must_use]
    pub fn with_status_lists(mut self, lists: &'a [VerifiedStatusList]) -> Self {
        (self.lists, self.status_left_out) = (lists, false);
        self
    }

    /// Sets the available W3C status lists, already verified. Undoes [`Self::without_status`].
    #[cfg(feature = "bitstring")]
    #[must_use]
    pub fn with_bitstring_status_lists(mut self, lists: &'a [VerifiedBitstringStatusList]) -> Self {
        (self.bitstring_lists, self.status_left_out) = (lists, false);
        self
    }

    /// Accepts credentials without asking whether they were revoked; the report says so.
    #[must_use]
    pub fn without_status(mut self) -> Self {
        self.status_left_out = true;
        self
    }

    /// Verifies a credential or presentation at `now` (seconds since 1970).
    ///
    /// # Errors
    /// The first check that fails ([`Error::check`] names it).
    pub fn verify(&self, credential: &str, now: u64) -> Result<VerifiedCredential, Error> {
        self.examine(credential, now).result
    }

    /// As [`Self::verify`], and reports the outcome of each check, whether or not all passed.
    #[must_use]
    pub fn examine(&self, credential: &str, now: u64) -> VerificationOutcome {
        VerificationOutcome::of(|report| match self.format {
            Format::SdJwtVc => self.examine_sd_jwt(credential, now, report),
            #[cfg(feature = "w3c")]
            Format::W3cJwt => self.examine_jwt(credential, now, report),
            #[cfg(feature = "w3c")]
            Format::W3cDataIntegrity => self.examine_proof(credential, now, report),
        })
    }

    /// Which status list says whether this credential still holds: known once the issuer's signature is verified, so that
    /// nobody else can name a URI to be fetched.
    ///
    /// # Errors
    /// As [`Self::verify`], for form, issuer, signature and what the credential says of its status.
    pub fn named_lists(&self, credential: &str) -> Result<NamedLists<'a>, Error> {
        match self.format {
            Format::SdJwtVc => self.lists_of_sd_jwt(credential),
            #[cfg(feature = "w3c")]
            Format::W3cJwt => self.lists_of_jwt(credential),
            #[cfg(feature = "w3c")]
            Format::W3cDataIntegrity => self.lists_of_proof(credential),
        }
    }

    fn lists_of_sd_jwt(&self, compact: &str) -> Result<NamedLists<'a>, Error> {
        let parts = Parts::parse(compact)?;
        let ((issuer, keys), payload) = self.signed_payload(&parts, &mut Report::new())?;
        let reference = reference(&payload)?;
        Ok(NamedLists {
            token: reference.map(|reference| StatusListVerifier::new(issuer, keys, reference.uri)),
            ..NamedLists::default()
        })
    }

    fn examine_sd_jwt(
        &self,
        compact: &str,
        now: u64,
        report: &mut Report,
    ) -> Result<VerifiedCredential, Error> {
        let parts = report.note_result(Check::Format, Parts::parse(compact))?;
        let ((issuer, _), payload) = self.signed_payload(&parts, report)?;
        report.note_result(Check::Type, self.check_type(&payload))?;
        let revealed = report.note_result(Check::Disclosures, reveal(&payload, &parts.disclosures))?;
        self.check_requested(&revealed.claims, &revealed.withheld, report)?;
        let validity = report.note_result(
            Check::Validity,
            self.check_validity(&payload, &revealed.claims, now),
        )?;
        let is_holder_bound = self.check_key_binding(&parts, &payload, now, report)?;
        let status = self.check_status(issuer, &payload, now, report)?;
        Ok(VerifiedCredential {
            issuer: issuer.to_owned(),
            subject: OnceLock::new(),
            claims: revealed.claims,
            validity,
            status,
            is_holder_bound,
            report: Report::new(),
        })
    }

    /// The payload of the issuer-signed JWT, by a key of an issuer that is trusted. What it says before the signature is checked
    /// only chooses among the keys that the verifier has.
    fn signed_payload(
        &self,
        parts: &Parts<'_>,
        report: &mut Report,
    ) -> Result<(Trusted<'a>, Map<String, Value>), Error> {
        let token = report.note_result(Check::Format, read_issuer_jwt(parts.issuer_jwt))?;
        let payload = report.note_result(Check::Format, payload_of(parts.issuer_jwt, NOT_A_JWT))?;
        let claimed = payload.get("iss").and_then(Value::as_str);
        let (issuer, keys) = report.note_result(Check::Issuer, self.trusted(claimed))?;
        report.note_result(Check::Signature, verify_signature(&token, issuer, keys))?;
        Ok(((issuer, keys), payload))
    }

    /// The keys of the issuer, if it is one of those that are trusted.
    pub(crate) fn trusted(&self, claimed: Option<&str>) -> Result<Trusted<'a>, Error> {
        let of_issuer = |(issuer, _): &&(&str, _)| Some(*issuer) == claimed;
        let trusted = self.trusted.iter().find(of_issuer);
        trusted.copied().ok_or(Error::UntrustedIssuer)
    }

    #[cfg(feature = "w3c")]
    pub(crate) fn demands_key_binding(&self) -> bool {
        matches!(self.key_binding, KeyBinding::Required(_))
    }

    fn check_type(&self, payload: &Map<String, Value>) -> Result<(), Error> {
        let vct = payload
            .get("vct")
            .and_then(Value::as_str)
            .ok_or(Error::WrongType)?;
        self.check_types(&[vct])
    }

    /// Of the types that are accepted, the credential has one.
    pub(crate) fn check_types(&self, types: &[&str]) -> Result<(), Error> {
        if self.types.is_empty() || types.iter().any(|name| self.types.contains(name)) {
            Ok(())
        } else {
            Err(Error::WrongType)
        }
    }

    /// What was asked for is there. Of an object or array of which all may be withheld, nothing is.
    pub(crate) fn check_requested(
        &self,
        claims: &Map<String, Value>,
        withheld: &[(Vec<Place>, usize)],
        report: &mut Report,
    ) -> Result<(), Error> {
        if self.requested.is_empty() {
            report.note(Check::Claims, Outcome::NotNeeded("none was asked for"));
            return Ok(());
        }
        let mut there = places(claims);
        let hollow: HashSet<&[Place]> = withheld
            .iter()
            .map(|(within, _)| within.as_slice())
            .filter(|within| is_empty(claims, within))
            .collect();
        there.retain(|place| !hollow.contains(place.as_slice()));
        let missing = self
            .requested
            .iter()
            .find(|path| !there.iter().any(|place| path.covers(place)));
        let result = missing.map_or(Ok(()), |path| {
            Err(Error::ClaimMissing {
                path: path.to_string(),
            })
        });
        report.note_result(Check::Claims, result)
    }

    /// `exp` and `nbf` are the issuer's and never hidden; `iat` may be disclosed.
    fn check_validity(
        &self,
        payload: &Map<String, Value>,
        claims: &Map<String, Value>,
        now: u64,
    ) -> Result<Validity, Error> {
        let issued_at = beginning(claims, "iat")?;
        let validity = Validity {
            from: beginning(payload, "nbf")?.max(issued_at),
            until: end(payload, "exp")?,
        };
        validity.check(now, self.skew)?;
        Ok(validity)
    }

    /// Whether the presenter proved to hold the credential's key; the table is in the crate's README.
    fn check_key_binding(
        &self,
        parts: &Parts<'_>,
        payload: &Map<String, Value>,
        now: u64,
        report: &mut Report,
    ) -> Result<bool, Error> {
        let is_bound = payload.contains_key("cnf");
        let challenge = match (&self.key_binding, parts.key_binding) {
            (KeyBinding::NotAsked | KeyBinding::IfNamed(_), None) if !is_bound => {
                report.note(
                    Check::KeyBinding,
                    Outcome::NotNeeded("the credential is bound to no key"),
                );
                return Ok(false);
            }
            (KeyBinding::NotAsked, None) => {
                report.note(Check::KeyBinding, Outcome::LeftOut("no proof was asked for"));
                return Ok(false);
            }
            (KeyBinding::NotAsked, Some(_)) => None,
            (KeyBinding::IfNamed(challenge) | KeyBinding::Required(challenge), _) => Some(challenge),
        };
        let unexpected = |reason| Err(Error::KeyBindingUnexpected { reason });
        let result = match (challenge, parts.key_binding, HolderKey::of(payload)) {
            (None, ..) => unexpected("give the nonce and the audience that it was made for"),
            (_, Some(_), HolderKey::Absent) => unexpected("the credential names no holder's key"),
            (_, _, HolderKey::Unknown) => {
                unexpected("the credential's `cnf` has no `jwk` on P-256 or of RSA")
            }
            (_, None, _) => Err(Error::KeyBindingMissing),
            (Some(challenge), Some(jwt), HolderKey::Jwk(key)) => {
                self.check_proof(jwt, parts, &key, challenge, now)
            }
        };
        report.note_result(Check::KeyBinding, result).map(|()| true)
    }

    fn check_proof(
        &self,
        jwt: &str,
        parts: &Parts<'_>,
        holder: &Jwk,
        challenge: &Challenge,
        now: u64,
    ) -> Result<(), Error> {
        let expected = Expected {
            challenge,
            now,
            skew: self.skew,
            maximum_age: self.key_binding_age.as_secs(),
        };
        key_binding::check(jwt, parts, holder, &expected)
    }

    fn check_status(
        &self,
        issuer: &str,
        payload: &Map<String, Value>,
        now: u64,
        report: &mut Report,
    ) -> Result<Option<StatusReference>, Error> {
        let Some(reference) = report.note_result(Check::Status, reference(payload))? else {
            report.note(
                Check::Status,
                Outcome::NotNeeded("the credential names no status list"),
            );
            return Ok(None);
        };
        if self.status_left_out {
            report.note(Check::Status, Outcome::LeftOut("the verifier goes without"));
        } else {
            report.note_result(Check::Status, check_listed(self.lists, issuer, &reference, now))?;
        }
        Ok(Some(reference))
    }
}

/// A list that is stale, or another issuer's, tells as little as none.
pub(crate) fn check_listed(
    lists: &[VerifiedStatusList],
    issuer: &str,
    reference: &StatusReference,
    now: u64,
) -> Result<(), Error> {
    let list = lists
        .iter()
        .find(|list| list.issuer() == issuer && list.uri() == reference.uri && list.is_fresh(now))
        .ok_or_else(|| Error::StatusNotKnown {
            uri: reference.uri.clone(),
        })?;
    holds(list.status(reference)?)
}

/// Whether a credential with this status is accepted.
fn holds(status: Status) -> Result<(), Error> {
    match status {
        Status::Valid => Ok(()),
        Status::Invalid => Err(Error::Revoked),
        Status::Suspended => Err(Error::Suspended),
        Status::ApplicationSpecific(status) | Status::Unknown(status) => Err(Error::UnknownStatus { status }),
    }
}

const NOT_A_JWT: Error = Error::Format {
    reason: "its first part is not a signed JWT",
};

fn read_issuer_jwt(jwt: &str) -> Result<Unverified<'_>, Error> {
    let token = Unverified::parse(jwt, LENGTH_LIMIT).map_err(|_| NOT_A_JWT)?;
    if !token.is_typed(SD_JWT_VC) && !token.is_typed(SD_JWT_VC_OLD) {
        return Err(Error::Format {
            reason: "the header's `typ` is not dc+sd-jwt",
        });
    }
    Ok(token)
}

/// `status.status_list`. A `status` of another mechanism can't be checked, and so is no reason to accept.
pub(crate) fn reference(payload: &Map<String, Value>) -> Result<Option<StatusReference>, Error> {
    let Some(status) = payload.get("status") else {
        return Ok(None);
    };
    status
        .get("status_list")
        .and_then(|reference| serde_json::from_value(reference.clone()).ok())
        .map(Some)
        .ok_or(Error::MalformedStatus {
            reason: "the credential's `status` has no `status_list` with `idx` and `uri`",
        })
}

/// From when something holds, rounded up to the second: never earlier than signed.
pub(crate) fn beginning(claims: &Map<String, Value>, name: &str) -> Result<Option<u64>, Error> {
    Ok(date(claims, name)?.map(NumericDate::ceil))
}

/// Until when something holds, rounded down to the second: never later than signed.
pub(crate) fn end(claims: &Map<String, Value>, name: &str) -> Result<Option<u64>, Error> {
    Ok(date(claims, name)?.map(NumericDate::floor))
}

fn date(claims: &Map<String, Value>, name: &str) -> Result<Option<NumericDate>, Error> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => NumericDate::from_json(value).map(Some).ok_or(Error::Format {
            reason: "a date is not in seconds since 1970",
        }),
    }
}
