//! Verification of a credential: its issuer, integrity, validity, status and holder.

mod type_rules;

use std::{collections::HashSet, sync::OnceLock, time::Duration};

use air_ids::UnixTime;
use air_jwt::{Jwk, JwkSet, NumericDate, jws::Unverified};
use serde_json::{Map, Value};

#[cfg(feature = "bitstring")]
use crate::status::VerifiedBitstringStatusList;
use crate::{
    Challenge, Check, ClaimPath, Error, Format, Outcome, Report, StatusReference, VerifiedCredential,
    claim_path::{Place, is_empty},
    format::{SD_JWT_VC, SD_JWT_VC_OLD},
    issuer_key::verify_signature,
    key_binding::{self, Expected, HolderKey},
    payload::payload_of,
    sd_jwt::{LENGTH_LIMIT, Parts, reveal},
    status::{NamedLists, Status, StatusListVerifier, VerifiedStatusList},
    type_metadata::CredentialType,
    validity::{self, Validity},
};

/// The default maximum age of a key-binding JWT.
const USUAL_KEY_BINDING_AGE: Duration = Duration::from_mins(5);

/// An issuer and its keys.
type Trusted<'a> = (&'a str, &'a JwkSet);

/// Verifies credentials of trusted issuers. Their keys come from the verifier's configuration,
/// never from the credential.
///
/// The verifier makes every check that it is configured for and skips none silently. A credential
/// with a status reference is rejected until its list is provided ([`Self::with_status_lists`]) or
/// the status check is disabled ([`Self::without_status`]). An unrequested key-binding JWT is
/// rejected, because it can't be checked fully.
#[derive(Clone, Debug)]
pub struct Verifier<'a> {
    format: Format,
    trusted: Vec<Trusted<'a>>,
    /// The issuer of a credential that has no `iss`.
    certified: Option<Trusted<'a>>,
    types: Vec<&'a str>,
    requested: Vec<ClaimPath>,
    credential_type: Option<&'a CredentialType>,
    pub(crate) skew: Duration,
    key_binding: KeyBinding,
    key_binding_age: Duration,
    /// Whether the status check is disabled. Lists are then ignored.
    pub(crate) status_left_out: bool,
    pub(crate) lists: &'a [VerifiedStatusList],
    #[cfg(feature = "bitstring")]
    pub(crate) bitstring_lists: &'a [VerifiedBitstringStatusList],
}

#[derive(Clone, Debug)]
enum KeyBinding {
    NotAsked,
    /// Required if the credential has a holder's key.
    IfNamed(Challenge),
    Required(Challenge),
}

/// The result of a verification, with the outcome of each check.
#[derive(Debug)]
#[non_exhaustive]
pub struct VerificationOutcome {
    /// Each check with its outcome.
    pub report: Report,
    /// The credential, or the first check that failed.
    pub result: Result<VerifiedCredential, Error>,
}

impl VerificationOutcome {
    /// Runs the checks and stores the report in the credential too.
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
    /// Trusts `issuer` with these keys, for credentials of the default format, SD-JWT VC.
    #[must_use]
    pub fn new(issuer: &'a str, keys: &'a JwkSet) -> Self {
        Self {
            format: Format::default(),
            trusted: vec![(issuer, keys)],
            certified: None,
            types: Vec::new(),
            requested: Vec::new(),
            credential_type: None,
            skew: validity::USUAL_SKEW,
            key_binding: KeyBinding::NotAsked,
            key_binding_age: USUAL_KEY_BINDING_AGE,
            status_left_out: false,
            lists: &[],
            #[cfg(feature = "bitstring")]
            bitstring_lists: &[],
        }
    }

    /// Sets the format of the credentials. A credential of another format is rejected.
    ///
    /// For W3C credentials, required types refer to `type`, and required claims to
    /// `credentialSubject`. A verifier that requires key binding rejects W3C credentials, because
    /// they have no holder's key.
    ///
    /// The `verificationMethod` of an embedded proof names one of the issuer's keys, as a token's
    /// `kid` does.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Trusts another issuer with its own keys. Replaces the keys of an issuer that is already
    /// trusted.
    #[must_use]
    pub fn trusting(mut self, issuer: &'a str, keys: &'a JwkSet) -> Self {
        self.trusted.retain(|(trusted, _)| *trusted != issuer);
        self.trusted.push((issuer, keys));
        self
    }

    /// Accepts an SD-JWT VC with a certificate chain (`x5c`) and without `iss`: its certificate is its
    /// issuer's identity. `issuer` is the name of that issuer in the result and in status lists. A
    /// credential with `iss` is not affected.
    ///
    /// # Security
    /// The keys must be the one of the leaf of a chain that the caller has validated. The chain in the
    /// credential is not read.
    #[must_use]
    pub fn trusting_certificate(mut self, issuer: &'a str, keys: &'a JwkSet) -> Self {
        self.certified = Some((issuer, keys));
        self
    }

    /// Requires a credential type (`vct`, or a W3C credential's `type`). If there are several
    /// calls, one of the types is enough. The other types in `aka_vcts` do not count.
    #[must_use]
    pub fn requiring_type(mut self, vct: &'a str) -> Self {
        self.types.push(vct);
        self
    }

    /// Requires that these claims are present, disclosed or always visible.
    #[must_use]
    pub fn requiring_claims(mut self, paths: impl IntoIterator<Item = ClaimPath>) -> Self {
        self.requested.extend(paths);
        self
    }

    /// Requires that the presenter holds the key that the credential was issued to.
    #[must_use]
    pub fn requiring_key_binding(mut self, challenge: Challenge) -> Self {
        self.key_binding = KeyBinding::Required(challenge);
        self
    }

    /// As [`Self::requiring_key_binding`], but accepts a credential without a holder's key from any
    /// presenter.
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

    /// Sets the available status lists, already verified. [`Self::named_lists`] returns the lists
    /// that a credential needs. Undoes [`Self::without_status`].
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

    /// Accepts credentials without checking their status. The report says so.
    #[must_use]
    pub fn without_status(mut self) -> Self {
        self.status_left_out = true;
        self
    }

    /// Verifies a credential or presentation at `now`.
    ///
    /// # Errors
    /// The first check that fails ([`Error::check`] names it).
    pub fn verify(&self, credential: &str, now: UnixTime) -> Result<VerifiedCredential, Error> {
        self.examine(credential, now).result
    }

    /// As [`Self::verify`], but also returns the outcome of each check, whether or not all passed.
    #[must_use]
    pub fn examine(&self, credential: &str, now: UnixTime) -> VerificationOutcome {
        VerificationOutcome::of(|report| match self.format {
            Format::SdJwtVc => self.examine_sd_jwt(credential, now, report),
            #[cfg(feature = "w3c")]
            Format::W3cJwt => self.examine_jwt(credential, now, report),
            #[cfg(feature = "w3c")]
            Format::W3cDataIntegrity => self.examine_proof(credential, now, report),
        })
    }

    /// The status lists that the credential names. The issuer's signature is verified first, so
    /// that nobody else can choose a URI to fetch.
    ///
    /// # Errors
    /// As [`Self::verify`], for the format, issuer, signature and status reference.
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
        now: UnixTime,
        report: &mut Report,
    ) -> Result<VerifiedCredential, Error> {
        let parts = report.note_result(Check::Format, Parts::parse(compact))?;
        let ((issuer, _), payload) = self.signed_payload(&parts, report)?;
        report.note_result(Check::Type, self.check_type(&payload))?;
        let revealed = report.note_result(Check::Disclosures, reveal(&payload, &parts.disclosures))?;
        self.check_requested(&revealed.claims, &revealed.withheld, report)?;
        self.check_type_metadata(&payload, &revealed, report)?;
        let validity = report.note_result(
            Check::Validity,
            self.check_validity(&payload, &revealed.claims, now),
        )?;
        let key_binding = self.check_key_binding(&parts, &payload, now, report)?;
        let status = self.check_status(issuer, &payload, now, report)?;
        Ok(VerifiedCredential {
            issuer: issuer.to_owned(),
            subject: OnceLock::new(),
            claims: revealed.claims,
            validity,
            status,
            key_binding,
            report: Report::new(),
        })
    }

    /// The payload of the issuer-signed JWT, verified with a key of a trusted issuer. Before that,
    /// the payload is used only to select one of the verifier's keys.
    fn signed_payload(
        &self,
        parts: &Parts<'_>,
        report: &mut Report,
    ) -> Result<(Trusted<'a>, Map<String, Value>), Error> {
        let token = report.note_result(Check::Format, read_issuer_jwt(parts.issuer_jwt))?;
        let payload = report.note_result(Check::Format, payload_of(parts.issuer_jwt, NOT_A_JWT))?;
        let trusted = self.issuer_of(&token, &payload);
        let (issuer, keys) = report.note_result(Check::Issuer, trusted)?;
        report.note_result(Check::Signature, verify_signature(&token, issuer, keys))?;
        Ok(((issuer, keys), payload))
    }

    /// The trusted issuer that an SD-JWT VC names: by `iss`, or without `iss` by its certificate.
    fn issuer_of(&self, token: &Unverified<'_>, payload: &Map<String, Value>) -> Result<Trusted<'a>, Error> {
        match (payload.get("iss"), self.certified) {
            (None, Some(certified)) if token.header().contains_key("x5c") => Ok(certified),
            (iss, _) => self.trusted(iss.and_then(Value::as_str)),
        }
    }

    /// The issuer and its keys, if the verifier trusts it.
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

    /// Checks that the credential has one of the required types.
    pub(crate) fn check_types(&self, types: &[&str]) -> Result<(), Error> {
        if self.types.is_empty() || types.iter().any(|name| self.types.contains(name)) {
            Ok(())
        } else {
            Err(Error::WrongType)
        }
    }

    /// Checks that the requested claims are present. An empty object or array with withheld claims
    /// counts as missing.
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
        let withheld: HashSet<&[Place]> = withheld.iter().map(|(within, _)| within.as_slice()).collect();
        let missing = self.requested.iter().find(|path| {
            !path.leads_to(claims, &|place, value| {
                !(is_empty(value) && withheld.contains(place))
            })
        });
        let result = missing.map_or(Ok(()), |path| {
            Err(Error::ClaimMissing {
                path: path.to_string(),
            })
        });
        report.note_result(Check::Claims, result)
    }

    /// Checks `exp` and `nbf`, which are never hidden, and `iat`, which may be disclosed.
    fn check_validity(
        &self,
        payload: &Map<String, Value>,
        claims: &Map<String, Value>,
        now: UnixTime,
    ) -> Result<Validity, Error> {
        let issued_at = beginning(claims, "iat")?;
        let validity = Validity {
            from: beginning(payload, "nbf")?.max(issued_at),
            until: end(payload, "exp")?,
        };
        validity.check(now, self.skew)?;
        Ok(validity)
    }

    /// Checks the key binding by the table in the crate's README. Returns the claims of the proof, if
    /// the presenter proved possession of the holder's key.
    fn check_key_binding(
        &self,
        parts: &Parts<'_>,
        payload: &Map<String, Value>,
        now: UnixTime,
        report: &mut Report,
    ) -> Result<Option<Map<String, Value>>, Error> {
        let is_bound = payload.contains_key("cnf");
        let challenge = match (&self.key_binding, parts.key_binding) {
            (KeyBinding::NotAsked | KeyBinding::IfNamed(_), None) if !is_bound => {
                report.note(
                    Check::KeyBinding,
                    Outcome::NotNeeded("the credential is bound to no key"),
                );
                return Ok(None);
            }
            (KeyBinding::NotAsked, None) => {
                report.note(Check::KeyBinding, Outcome::LeftOut("no proof was asked for"));
                return Ok(None);
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
        report.note_result(Check::KeyBinding, result).map(Some)
    }

    fn check_proof(
        &self,
        jwt: &str,
        parts: &Parts<'_>,
        holder: &Jwk,
        challenge: &Challenge,
        now: UnixTime,
    ) -> Result<Map<String, Value>, Error> {
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
        now: UnixTime,
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

/// Checks the status in the list of this issuer. A stale list is not used.
pub(crate) fn check_listed(
    lists: &[VerifiedStatusList],
    issuer: &str,
    reference: &StatusReference,
    now: UnixTime,
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

/// The reference in `status.status_list`. A `status` of another mechanism can't be checked, so it
/// is an error.
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

/// The beginning of a validity period, rounded up to the second: never earlier than signed.
pub(crate) fn beginning(claims: &Map<String, Value>, name: &str) -> Result<Option<UnixTime>, Error> {
    Ok(date(claims, name)?.map(NumericDate::ceil))
}

/// The end of a validity period, rounded down to the second: never later than signed.
pub(crate) fn end(claims: &Map<String, Value>, name: &str) -> Result<Option<UnixTime>, Error> {
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
