//! Key proofs of the type `jwt` (OpenID4VCI 1.0, appendix F.1 and F.4).

use std::{collections::HashSet, fmt, time::Duration};

use air_ids::UnixTime;
use air_jwt::{Jwk, Kid, NumericDate, Signer, SigningKey, jws};
use serde_json::{Map, Value, json};

use super::{issuer_id::IssuerId, rule::Rule};
use crate::{Document, Error, compact};

/// The `typ` of a key proof.
pub const PROOF_TYPE: &str = "openid4vci-proof+jwt";
/// The maximum length of a proof in bytes.
const LENGTH_LIMIT: usize = 64 * 1024;
/// Members of a JWK that are private (RFC 7518, 6.2.2, 6.3.2 and 6.4.1).
pub(super) const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The claims of a proof that a wallet makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofOptions<'a> {
    /// The issuer.
    pub issuer: &'a IssuerId,
    /// The current time.
    pub now: UnixTime,
    /// The issuer's `c_nonce`. Required if the issuer has a nonce endpoint.
    pub nonce: Option<&'a str>,
    /// The client, unless the access token was issued to an anonymous client.
    pub client_id: Option<&'a str>,
    /// How the header names the key.
    pub key: ProofKey<'a>,
}

/// A wallet's proof with a key attestation in its header, for an issuer that requires one.
#[must_use]
pub fn prove_attested(key: &SigningKey, options: &ProofOptions<'_>, attestation: &str) -> String {
    let mut header = header(options.key, &key.public_jwk());
    header.insert("key_attestation".into(), attestation.into());
    compact::sign(key, PROOF_TYPE, header, &claims(options))
}

/// How the header of a proof names its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofKey<'a> {
    /// By the public key itself.
    Jwk,
    /// By the DID URL of the key.
    DidUrl(&'a str),
    /// By the certificate chain of the key, the key's own certificate first.
    Certificates(&'a jws::X5c),
}

/// Makes a key proof.
#[must_use]
pub fn prove(key: &SigningKey, options: &ProofOptions<'_>) -> String {
    let header = header(options.key, &key.public_jwk());
    compact::sign(key, PROOF_TYPE, header, &claims(options))
}

/// As [`prove`], with a remote key, whose public half the caller has.
///
/// # Errors
/// [`Error::Signer`].
pub async fn prove_with(
    signer: &impl Signer,
    public: &Jwk,
    options: &ProofOptions<'_>,
) -> Result<String, Error> {
    let header = header(options.key, public);
    let signed = compact::sign_with(signer, PROOF_TYPE, header, &claims(options)).await;
    signed.map_err(Error::Signer)
}

fn header(key: ProofKey<'_>, public: &Jwk) -> Map<String, Value> {
    let mut header = Map::new();
    match key {
        ProofKey::Jwk => header.insert("jwk".into(), json!(public)),
        ProofKey::DidUrl(url) => header.insert("kid".into(), url.into()),
        ProofKey::Certificates(x5c) => header.insert("x5c".into(), json!(x5c)),
    };
    header
}

fn claims(options: &ProofOptions<'_>) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("aud".into(), options.issuer.as_str().into());
    claims.insert("iat".into(), options.now.as_secs().into());
    if let Some(nonce) = options.nonce {
        claims.insert("nonce".into(), nonce.into());
    }
    if let Some(client) = options.client_id {
        claims.insert("iss".into(), client.into());
    }
    claims
}

/// The requirements of an issuer for a proof.
#[derive(Clone, Copy, Debug)]
pub struct ProofPolicy<'a> {
    /// The issuer.
    pub issuer: &'a IssuerId,
    /// The accepted algorithms; empty for all that are implemented.
    pub algorithms: &'a [String],
    /// Whether the issuer has a nonce endpoint, so that a proof needs a nonce. The caller checks with
    /// [`VerifiedProof::nonce`] that the nonce is its own, fresh and unused.
    pub requires_nonce: bool,
    /// The client that the access token was issued to; absent for an anonymous client.
    pub client_id: Option<&'a str>,
    /// The current time.
    pub now: UnixTime,
    /// The maximum age of a proof in seconds.
    pub maximum_age: u64,
    /// The accepted difference between clocks in seconds.
    pub skew: u64,
}

/// A proof whose form is checked and whose signature is not: its key may be known only by a DID URL or a
/// certificate chain.
pub struct Proof<'a> {
    token: jws::Unverified<'a>,
    claims: Map<String, Value>,
    key: NamedKey,
}

/// Shows the header's `alg`, `typ` and `kid` only.
impl fmt::Debug for Proof<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proof").field(&self.token).finish()
    }
}

enum NamedKey {
    Jwk(Jwk),
    DidUrl(String),
    Certificates(Value),
}

/// A verified proof.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedProof {
    /// The key that the credential is bound to.
    pub key: Jwk,
    /// The DID URL of the key, if the proof names one.
    pub did_url: Option<String>,
    /// The nonce, which the caller must check.
    pub nonce: Option<String>,
    /// The key attestation of the header, not verified.
    pub key_attestation: Option<String>,
}

/// Shows the key, but neither the nonce nor the attestation.
impl fmt::Debug for VerifiedProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedProof")
            .field("kid", self.key.kid())
            .field("did_url", &self.did_url)
            .finish_non_exhaustive()
    }
}

impl<'a> Proof<'a> {
    /// Reads a proof.
    ///
    /// # Errors
    /// [`Error::Token`], [`Error::Json`], or [`Error::Issuance`] with [`Rule::ProofJwtType`],
    /// [`Rule::ProofKey`], [`Rule::ProofCertificate`] or [`Rule::ProofPublicKey`].
    pub fn parse(jwt: &'a str) -> Result<Self, Error> {
        let document = Document::Proof;
        let token =
            jws::Unverified::parse(jwt, LENGTH_LIMIT).map_err(|source| Error::Token { document, source })?;
        if !token.is_typed(PROOF_TYPE) {
            return Err(refused("typ", Rule::ProofJwtType));
        }
        let key = named_key(token.header())?;
        Ok(Self {
            claims: document.read_payload(jwt)?,
            token,
            key,
        })
    }

    /// The DID URL of the key, which the caller resolves and gives to [`Self::verify`]; absent if the
    /// proof names its key otherwise.
    #[must_use]
    pub fn did_url(&self) -> Option<&str> {
        match &self.key {
            NamedKey::DidUrl(url) => Some(url),
            NamedKey::Jwk(_) | NamedKey::Certificates(_) => None,
        }
    }

    /// The certificate chain of the key as the value of `x5c`; absent if the proof names its key otherwise.
    /// The caller validates the chain under its own anchors, and gives the key of the first certificate to
    /// [`Self::verify`].
    #[must_use]
    pub fn x5c(&self) -> Option<&Value> {
        match &self.key {
            NamedKey::Certificates(chain) => Some(chain),
            NamedKey::Jwk(_) | NamedKey::DidUrl(_) => None,
        }
    }

    /// Verifies the proof. `resolved` is the key that [`Self::did_url`] or [`Self::x5c`] names, absent if it
    /// is unknown or not trusted. It is ignored for a proof that has its key.
    ///
    /// # Errors
    /// [`Error::Token`], or [`Error::Issuance`] with the rule.
    pub fn verify(&self, policy: &ProofPolicy<'_>, resolved: Option<&Jwk>) -> Result<VerifiedProof, Error> {
        let key = match &self.key {
            NamedKey::Jwk(key) => key,
            NamedKey::DidUrl(_) => resolved.ok_or_else(|| refused("kid", Rule::ProofPublicKey))?,
            NamedKey::Certificates(_) => resolved.ok_or_else(|| refused("x5c", Rule::ProofCertificate))?,
        };
        let algorithm = key.algorithm().as_str();
        if !policy.algorithms.is_empty() && !policy.algorithms.iter().any(|known| known == algorithm) {
            return Err(refused("alg", Rule::ProofAlgorithm));
        }
        self.token.verify_signature(key).map_err(|source| Error::Token {
            document: Document::Proof,
            source,
        })?;
        self.check_claims(policy)?;
        let attestation = self.token.header().get("key_attestation").and_then(Value::as_str);
        Ok(VerifiedProof {
            key: key.clone(),
            did_url: self.did_url().map(str::to_owned),
            nonce: self.text("nonce").map(str::to_owned),
            key_attestation: attestation.map(str::to_owned),
        })
    }

    /// Checks the claims, and not the signature, as [`Self::verify`] does.
    ///
    /// # Errors
    /// [`Error::Issuance`] with the rule.
    pub fn check_claims(&self, policy: &ProofPolicy<'_>) -> Result<(), Error> {
        if self.text("aud") != Some(policy.issuer.as_str()) {
            return Err(refused("aud", Rule::ProofAudience));
        }
        if self.claims.contains_key("nonce") && self.text("nonce").is_none() {
            return Err(refused("nonce", Rule::Type));
        }
        // A proof without nonce is an invalid proof, one with a wrong nonce an invalid nonce
        // (section 8.3.1.2).
        if policy.requires_nonce && self.text("nonce").is_none() {
            return Err(refused("nonce", Rule::ProofNonceMissing));
        }
        // The claim is optional for a client that is known, and forbidden for an anonymous one.
        let named = self.claims.get("iss");
        if named.is_some_and(|named| named.as_str().is_none() || named.as_str() != policy.client_id) {
            return Err(refused("iss", Rule::ProofIssuer));
        }
        let made_at = self.claims.get("iat").and_then(NumericDate::from_json);
        let made_at = made_at.ok_or_else(|| refused("iat", Rule::ProofTime))?;
        let oldest = Duration::from_secs(policy.maximum_age.saturating_add(policy.skew));
        let oldest = policy.now.saturating_sub(oldest);
        let latest = policy.now.saturating_add(Duration::from_secs(policy.skew));
        if made_at.floor() < oldest || made_at.ceil() > latest {
            return Err(refused("iat", Rule::ProofTime));
        }
        Ok(())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }
}

impl VerifiedProof {
    /// The key attestation of the header, which the caller verifies.
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::KeyAttestation`] if there is none.
    pub fn require_attestation(&self) -> Result<&str, Error> {
        let attestation = self.key_attestation.as_deref();
        attestation.ok_or_else(|| refused("key_attestation", Rule::KeyAttestation))
    }

    /// Checks that no two proofs of a request have the same key: each key is bound to at most one
    /// credential (section 8.3).
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::ProofKeyRepeated`].
    pub fn check_keys(proofs: &[Self]) -> Result<(), Error> {
        let mut seen: HashSet<Kid> = HashSet::new();
        if proofs.iter().all(|proof| seen.insert(proof.key.thumbprint())) {
            return Ok(());
        }
        Err(refused("proofs", Rule::ProofKeyRepeated))
    }
}

fn named_key(header: &Map<String, Value>) -> Result<NamedKey, Error> {
    match (header.get("jwk"), header.get("kid"), header.get("x5c")) {
        (Some(jwk), None, None) => {
            let wrong = || refused("jwk", Rule::ProofPublicKey);
            let members = jwk.as_object().ok_or_else(wrong)?;
            if PRIVATE_MEMBERS.iter().any(|name| members.contains_key(*name)) {
                return Err(wrong());
            }
            let key = Jwk::from_slice(jwk.to_string().as_bytes()).map_err(|_| wrong())?;
            Ok(NamedKey::Jwk(key))
        }
        (None, Some(kid), None) => {
            let url = kid.as_str().filter(|url| !url.is_empty() && url.len() <= 2048);
            let url = url.ok_or_else(|| refused("kid", Rule::ProofKey))?;
            Ok(NamedKey::DidUrl(url.to_owned()))
        }
        (None, None, Some(x5c)) => {
            let texts = x5c.as_array().filter(|texts| !texts.is_empty());
            if texts.is_some_and(|texts| texts.iter().all(Value::is_string)) {
                return Ok(NamedKey::Certificates(x5c.clone()));
            }
            Err(refused("x5c", Rule::ProofCertificate))
        }
        _ => Err(refused("jwk", Rule::ProofKey)),
    }
}

fn refused(name: &str, rule: Rule) -> Error {
    Error::Issuance {
        place: format!("/{name}"),
        rule,
    }
}
