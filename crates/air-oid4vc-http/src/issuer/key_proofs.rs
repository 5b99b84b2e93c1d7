//! The keys that a credential request proves (OpenID4VCI 1.0, appendices D and F).

use std::collections::HashSet;

use air_jwt::Jwk;
use air_oid4vc::{
    Error, UnixTime,
    vci::{
        CredentialConfiguration, ErrorCode, KeyAttestation, KeyAttestationPolicy, Proof, ProofPolicy,
        ProofTypeMetadata, Proofs, Rule, VerifiedKeyAttestation, VerifiedProof,
    },
};

use super::{Grant, IssuerBackend, IssuerProfile};
use crate::{NonceKey, SingleUse, rejection::Rejection};

/// The maximum age of a key proof in seconds: the lifetime of a nonce.
const PROOF_AGE: u64 = 300;
/// The accepted difference between clocks in seconds.
const SKEW: u64 = 60;
/// The type of a proof that each key signs (appendix F.1).
const JWT: &str = "jwt";
/// The type of a proof that a wallet provider signs for all keys (appendix F.3).
const ATTESTATION: &str = "attestation";

/// The proofs of one request.
pub(super) struct KeyProofs<'a, B> {
    pub(super) backend: &'a B,
    pub(super) id: &'a str,
    pub(super) profile: &'a IssuerProfile,
    pub(super) nonces: &'a NonceKey,
    pub(super) now: UnixTime,
    pub(super) grant: &'a Grant,
    pub(super) configuration: &'a CredentialConfiguration,
}

/// The proved keys, which differ, and the nonces of their proofs.
#[derive(Default)]
pub(super) struct ProvedKeys {
    pub(super) keys: Vec<Jwk>,
    pub(super) nonces: Vec<SingleUse>,
}

impl<B: IssuerBackend> KeyProofs<'_, B> {
    /// Verifies the proofs. A proof with a key attestation proves all attested keys: one credential is
    /// issued for each (appendices F.1 and F.3).
    pub(super) async fn verify(&self, proofs: &Proofs) -> Result<ProvedKeys, Rejection> {
        let kind = self.configuration.proof_types.get(&proofs.kind);
        let (keys, nonces) = match (proofs.kind.as_str(), kind) {
            (JWT, Some(kind)) => self.signed(proofs, kind).await?,
            (ATTESTATION, Some(kind)) => self.attested(proofs, kind).await?,
            _ => {
                return Err(Rejection::bad_request(&ErrorCode::InvalidProof)
                    .describe("only proofs of the types jwt and attestation are supported")
                    .cite("OpenID4VCI 1.0", "F"));
            }
        };
        let keys = distinct(keys);
        let most = usize::try_from(self.profile.batch_size.max(1)).unwrap_or(usize::MAX);
        if keys.len() > most {
            return Err(refused(&Error::Issuance {
                place: "/proofs".into(),
                rule: Rule::Batch,
            }));
        }
        let nonces = self.single_use(&nonces)?;
        Ok(ProvedKeys { keys, nonces })
    }

    /// Verifies proofs that the keys sign.
    async fn signed(
        &self,
        proofs: &Proofs,
        kind: &ProofTypeMetadata,
    ) -> Result<(Vec<Jwk>, Vec<String>), Rejection> {
        let policy = ProofPolicy {
            issuer: &self.profile.issuer,
            algorithms: &kind.algorithms,
            requires_nonce: true,
            client_id: self.grant.client_id.as_deref(),
            now: self.now,
            maximum_age: PROOF_AGE,
            skew: SKEW,
        };
        let mut verified = Vec::with_capacity(proofs.proofs.len());
        for jwt in proofs.texts() {
            let proof = Proof::parse(jwt).map_err(|error| refused(&error))?;
            let key = self.resolved(&proof).await?;
            let proof = proof.verify(&policy, key.as_ref());
            verified.push(proof.map_err(|error| refused(&error))?);
        }
        VerifiedProof::check_keys(&verified).map_err(|error| refused(&error))?;
        let (mut keys, mut nonces) = (Vec::new(), Vec::new());
        for proof in verified {
            nonces.extend(proof.nonce.clone());
            let attestation = match (&kind.key_attestation, &proof.key_attestation) {
                (Some(_), _) => Some(proof.require_attestation().map_err(|error| refused(&error))?),
                (None, Some(jwt)) if self.verifies_attestations() => Some(jwt.as_str()),
                (None, _) => None,
            };
            let Some(jwt) = attestation else {
                keys.push(proof.key);
                continue;
            };
            let attestation = self.attestation(jwt, kind, false).await?;
            attestation.check_proof(&proof).map_err(|error| refused(&error))?;
            keys.extend(attestation.keys);
            nonces.extend(attestation.nonce);
        }
        Ok((keys, nonces))
    }

    /// Verifies key attestations that are the proofs.
    async fn attested(
        &self,
        proofs: &Proofs,
        kind: &ProofTypeMetadata,
    ) -> Result<(Vec<Jwk>, Vec<String>), Rejection> {
        let (mut keys, mut nonces) = (Vec::new(), Vec::new());
        for jwt in proofs.texts() {
            let attestation = self.attestation(jwt, kind, true).await?;
            keys.extend(attestation.keys);
            nonces.extend(attestation.nonce);
        }
        Ok((keys, nonces))
    }

    /// Whether the metadata says that this issuer verifies key attestations. Another issuer ignores those in
    /// proofs.
    fn verifies_attestations(&self) -> bool {
        let mut kinds = self.configuration.proof_types.values();
        kinds.any(|kind| kind.key_attestation.is_some())
    }

    async fn attestation(
        &self,
        jwt: &str,
        kind: &ProofTypeMetadata,
        is_proof: bool,
    ) -> Result<VerifiedKeyAttestation, Rejection> {
        let attestation = KeyAttestation::parse(jwt).map_err(|error| unattested(&error))?;
        let chain = attestation.header().get("x5c").cloned().unwrap_or_default();
        let provider = self.backend.attester_key(self.id, chain).await?;
        let provider = provider.ok_or_else(untrusted)?;
        let policy = KeyAttestationPolicy {
            required: kind.key_attestation.as_ref(),
            algorithms: &kind.algorithms,
            is_proof,
            requires_nonce: true,
            now: self.now,
            skew: SKEW,
        };
        let verified = attestation.verify(&provider, &policy);
        verified.map_err(|error| unattested(&error))
    }

    /// Returns the key that a proof names by a DID URL or a certificate chain.
    async fn resolved(&self, proof: &Proof<'_>) -> Result<Option<Jwk>, Rejection> {
        if let Some(url) = proof.did_url() {
            return Ok(self.backend.holder_key(url).await);
        }
        match proof.x5c() {
            Some(x5c) => Ok(self.backend.certified_key(self.id, x5c.clone()).await?),
            None => Ok(None),
        }
    }

    /// Returns the nonces, which the issuer made and which are valid now, each once.
    fn single_use(&self, nonces: &[String]) -> Result<Vec<SingleUse>, Rejection> {
        let issuer = self.profile.issuer.as_str();
        let mut single_use: Vec<SingleUse> = Vec::new();
        for nonce in nonces {
            let nonce = self.nonces.single_use(issuer, nonce, self.now);
            let nonce = nonce.ok_or_else(invalid_nonce)?;
            if !single_use.contains(&nonce) {
                single_use.push(nonce);
            }
        }
        Ok(single_use)
    }
}

/// 400 for a nonce that is not of this issuer, or that was used before.
pub(super) fn invalid_nonce() -> Rejection {
    Rejection::bad_request(&ErrorCode::InvalidNonce)
        .describe("the nonce of a proof is unknown, used or expired; fetch a new c_nonce")
        .cite("OpenID4VCI 1.0", "F.4")
}

/// The refusal of a proof that a key signs.
fn refused(error: &Error) -> Rejection {
    Rejection::message(error, "F.4")
}

/// The refusal of a key attestation.
fn unattested(error: &Error) -> Rejection {
    Rejection::message(error, "D.1")
}

fn untrusted() -> Rejection {
    Rejection::bad_request(&ErrorCode::InvalidProof)
        .describe(
            "no wallet provider that this issuer trusts signed the key attestation; x5c must have the certificate of its key",
        )
        .cite("OpenID4VCI 1.0", "D.1")
}

/// Several proofs may have the same attestation, and each key is bound to one credential.
fn distinct(mut keys: Vec<Jwk>) -> Vec<Jwk> {
    let mut seen = HashSet::new();
    keys.retain(|key| seen.insert(key.thumbprint()));
    keys
}
