//! Status list tokens as CWT (Token Status List, 5.2; RFC 8392).

use std::fmt;

use air_ids::UnixTime;
use air_jwt::{Algorithm, Signer, SigningKey, VerifyingKey};

use crate::{
    Error, X5Chain,
    cbor::{Fields, Raw, Writer},
    cose::{Signature, Unsigned, check_signer},
    error::STATUS_LIST as PART,
};

/// The tag of a `COSE_Sign1`, encoded (RFC 9052, 2).
const COSE_SIGN1: u8 = 0xd2;
/// The labels of claims (RFC 8392, 4; Token Status List, 14.3).
const ISS: u64 = 1;
const SUB: u64 = 2;
const EXP: u64 = 4;
const NBF: u64 = 5;
const IAT: u64 = 6;
const STATUS_LIST: u64 = 65_533;
const TTL: u64 = 65_534;

/// The claims of a status list token. The list is compressed: the crate of status lists inflates it.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusListClaims {
    /// `iss`: the issuer of the list.
    pub issuer: Option<String>,
    /// `sub`: the URI of the list.
    pub uri: String,
    /// `iat`.
    pub issued_at: UnixTime,
    /// `nbf`.
    pub not_before: Option<UnixTime>,
    /// `exp`: the time after which the list must not be used.
    pub expires_at: Option<UnixTime>,
    /// `ttl`: the number of seconds that a verifier may cache the list.
    pub ttl: Option<u64>,
    /// `bits`: the number of bits of each entry.
    pub bits: u64,
    /// `lst`: the entries, compressed with ZLIB.
    pub compressed: Vec<u8>,
}

impl StatusListClaims {
    fn read(payload: &[u8]) -> Result<Self, Error> {
        let claims = Fields::of(Raw::parse(payload, PART)?, PART)?;
        let text = |label| optional(&claims, label, Raw::text, "`iss` and `sub` must be texts");
        let number = |label| {
            let rule = "`iat`, `nbf`, `exp` and `ttl` must be whole numbers of seconds";
            optional(&claims, label, Raw::unsigned, rule)
        };
        let time = |label| number(label).map(|seconds| seconds.map(UnixTime::from_secs));
        let list = claims
            .labelled(STATUS_LIST.into())
            .ok_or(malformed("must have a `status_list` (65533)"))?;
        let list = Fields::of(list, "status_list")?;
        Ok(Self {
            issuer: text(ISS)?.map(str::to_owned),
            uri: text(SUB)?
                .ok_or(malformed("must have a `sub`, the URI of the list"))?
                .to_owned(),
            issued_at: time(IAT)?.ok_or(malformed("must have an `iat`"))?,
            not_before: time(NBF)?,
            expires_at: time(EXP)?,
            ttl: number(TTL)?,
            bits: list.optional("bits").and_then(Raw::unsigned).ok_or(malformed(
                "`status_list` must have a number `bits` (Token Status List, 4.3)",
            ))?,
            compressed: list
                .optional("lst")
                .and_then(Raw::byte_string)
                .ok_or(malformed(
                    "`status_list` must have a byte string `lst` (Token Status List, 4.3)",
                ))?
                .to_vec(),
        })
    }

    fn encode(&self) -> Vec<u8> {
        let times = [
            (EXP, self.expires_at),
            (NBF, self.not_before),
            (IAT, Some(self.issued_at)),
        ];
        let times = times.iter().filter_map(|(label, at)| Some((*label, (*at)?)));
        let count =
            2 + times.clone().count() + usize::from(self.issuer.is_some()) + usize::from(self.ttl.is_some());
        let mut claims = Writer::default();
        claims.map(count);
        if let Some(issuer) = &self.issuer {
            claims.unsigned(ISS).text(issuer);
        }
        claims.unsigned(SUB).text(&self.uri);
        for (label, at) in times {
            claims.unsigned(label).unsigned(at.as_secs());
        }
        claims
            .unsigned(STATUS_LIST)
            .map(2)
            .text("bits")
            .unsigned(self.bits)
            .text("lst")
            .bytes(&self.compressed);
        if let Some(ttl) = self.ttl {
            claims.unsigned(TTL).unsigned(ttl);
        }
        claims.finish()
    }
}

/// Shows the length of the list.
impl fmt::Debug for StatusListClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusListClaims")
            .field("uri", &self.uri)
            .field("bits", &self.bits)
            .field("length", &self.compressed.len())
            .finish_non_exhaustive()
    }
}

/// A status list token as CWT, as it was received. It is not secret, and not verified until
/// [`Self::verify`].
#[derive(Clone, Debug)]
pub struct StatusListCwt {
    signature: Signature,
}

impl StatusListCwt {
    /// The media type of an HTTP response with a token, and its type in the protected header
    /// (Token Status List, 5.2 and 8.2).
    pub const MEDIA_TYPE: &'static str = "application/statuslist+cwt";

    /// Signs a list.
    ///
    /// # Errors
    /// [`Error::Algorithm`] for a key that is not for ES256, and [`Error::TooLarge`] over 1 MiB.
    pub fn sign(
        key: &SigningKey,
        claims: &StatusListClaims,
        certificates: Option<&X5Chain>,
    ) -> Result<Self, Error> {
        let unsigned = unsigned(claims, key.algorithm(), key.kid().as_str(), certificates)?;
        let signature = key.sign(&unsigned.message(&[]));
        Self::from_slice(&unsigned.finish(signature)?)
    }

    /// As [`Self::sign`], with a remote key.
    ///
    /// # Errors
    /// As [`Self::sign`], [`Error::Signer`] and [`Error::SignatureLength`].
    pub async fn sign_with(
        key: &impl Signer,
        claims: &StatusListClaims,
        certificates: Option<&X5Chain>,
    ) -> Result<Self, Error> {
        let unsigned = unsigned(claims, key.algorithm(), key.kid().as_str(), certificates)?;
        let signature = key.sign(&unsigned.message(&[])).await?;
        Self::from_slice(&unsigned.finish(signature)?)
    }

    /// Reads a token of at most 1 MiB, with or without its tags.
    ///
    /// # Errors
    /// [`Error::Malformed`] or [`Error::TooLarge`].
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        let signature = Signature::parse_tagged(Raw::parse(bytes, PART)?, PART)?;
        Ok(Self { signature })
    }

    /// The token, tagged as a `COSE_Sign1`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[COSE_SIGN1][..], self.signature.as_bytes()].concat()
    }

    /// The certificates of the signer, in either header. They are not checked.
    ///
    /// # Errors
    /// [`Error::InvalidCertificates`].
    pub fn certificates(&self) -> Result<Option<X5Chain>, Error> {
        self.signature.certificates_of_any_header().transpose()
    }

    /// The name of the signer's key (`kid`).
    #[must_use]
    pub fn key_id(&self) -> Option<&[u8]> {
        self.signature.key_id()
    }

    /// Verifies the type and the signature, and returns the claims.
    ///
    /// # Errors
    /// [`Error::Malformed`] for another type and for malformed claims, [`Error::Algorithm`],
    /// [`Error::CriticalHeader`], or [`Error::StatusListSignature`].
    ///
    /// # Security
    /// The key must be one that the caller trusts for this list. Compare the URI and the times of the
    /// claims before a use of the list: `air-vc` does (`StatusListVerifier::accept`).
    pub fn verify(&self, key: &VerifyingKey) -> Result<StatusListClaims, Error> {
        if self.signature.typ() != Some(Self::MEDIA_TYPE) {
            return Err(malformed(
                "the protected header must have the type application/statuslist+cwt (Token Status List, 5.2)",
            ));
        }
        self.signature.check_algorithm(key)?;
        let payload = self.signature.payload().unwrap_or_default();
        if !self.signature.verifies(key, payload) {
            return Err(Error::StatusListSignature);
        }
        StatusListClaims::read(payload)
    }
}

fn unsigned(
    claims: &StatusListClaims,
    algorithm: Algorithm,
    key_id: &str,
    certificates: Option<&X5Chain>,
) -> Result<Unsigned, Error> {
    check_signer(algorithm, PART)?;
    let typ = StatusListCwt::MEDIA_TYPE;
    Ok(Unsigned::typed(claims.encode(), typ, key_id, certificates))
}

/// A claim that may be absent, but must have a type.
fn optional<'a, T>(
    claims: &Fields<'a>,
    label: u64,
    read: impl FnOnce(Raw<'a>) -> Option<T>,
    rule: &'static str,
) -> Result<Option<T>, Error> {
    claims
        .labelled(label.into())
        .map(|raw| read(raw).ok_or(malformed(rule)))
        .transpose()
}

fn malformed(rule: &'static str) -> Error {
    Error::Malformed { part: PART, rule }
}
