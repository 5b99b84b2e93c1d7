//! The signature of a credential for predicate proofs, for a holder who commits to a secret.

use std::time::Duration;

use air_api::{
    PlatformTime,
    sandbox::{CreateProofChallenge, ProofChallenge, ProvableCredential, SignForProofs, SignedForProofs},
};
use air_ids::CoreClaimHash;
use air_store::{
    ReadTx, credentials,
    holder::HeldCredential,
    predicate_credentials::{self, SignedCredential},
    predicate_schemes,
    users::OpenSession,
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    program::{Command, Issued, refusal, require_option, run, unexpected},
    schemes::{no_scheme, parse, secret_of},
};
use crate::{
    App, Refusal,
    holder::{claims_of, find, no_such_credential, schema_of},
    ids, w3c_proofs,
};

/// The lifetime of a challenge.
const CHALLENGE_LIFETIME: Duration = Duration::from_mins(10);
/// The maximum length of a commitment in hex digits.
const COMMITMENT_LIMIT: usize = 1024;

/// `POST /sandbox/v1/users/me/proofs/challenges`: a challenge for a credential of the session's partner, as its holder.
pub async fn challenge(
    app: &App,
    session: &OpenSession,
    order: &CreateProofChallenge,
) -> Result<ProofChallenge, Refusal> {
    let provable = Provable::find(app, session, &order.core_claim_hash).await?;
    let challenge = ids::secret();
    let now = app.machine_clock.now();
    let expires_at = now.saturating_add(CHALLENGE_LIFETIME);
    let digest = Sha256::digest(challenge);
    let mut tx = app.store.write().await?;
    predicate_credentials::put_challenge(&mut tx, &order.core_claim_hash, &digest, expires_at, now).await?;
    app.commit(tx).await?;
    Ok(ProofChallenge {
        challenge: hex::encode(challenge),
        expires_at: PlatformTime::from_unix(expires_at),
        program: provable.row.program_id,
    })
}

/// `POST /sandbox/v1/users/me/proofs/credentials`: signs a credential once for a commitment. A repeated call returns the same signature.
pub async fn sign(
    app: &App,
    session: &OpenSession,
    order: SignForProofs,
) -> Result<SignedForProofs, Refusal> {
    let hash = order.core_claim_hash;
    let provable = Provable::find(app, session, &hash).await?;
    let commitment = Commitment::parse(&order.challenge, &order.commitment)?;
    let mut read = app.store.read().await?;
    let kept = predicate_credentials::find(&mut read, &hash).await?;
    let row = credentials::find(&mut read, &hash).await?;
    let id = row.ok_or_else(no_such_credential)?.vc_id;
    if let Some(kept) = kept {
        return provable.signed(id.as_str(), commitment.same(kept)?);
    }
    require_challenge(app, &mut read, &hash, &commitment).await?;
    drop(read);
    let command = Command::Issue {
        scheme: parse(&provable.document)?,
        key: secret_of(app, &provable.row.partner_id).await?,
        commitment: order.commitment,
        challenge: order.challenge,
        id: id.as_str().to_owned(),
        subject: provable.subject()?,
    };
    let issued: Result<Issued, _> = run(app, command).await;
    let signed = issued.and_then(|issued| commitment.signed(&issued).ok_or_else(unexpected));
    let signed = signed.map_err(|error| {
        refusal(error, |reason| {
            Refusal::conflict(format!("the credential can't be signed for proofs: {reason}"))
        })
    })?;
    let signed = provable.store(app, session, &hash, &commitment, signed).await?;
    provable.signed(id.as_str(), signed)
}

/// A credential that a program with predicate proofs issued, in the wallet of its holder.
pub(super) struct Provable {
    pub(super) row: HeldCredential,
    /// The scheme of its program.
    document: String,
}

impl Provable {
    /// Finds the credential: neither revoked nor expired, from the session's partner, and no copy for another wallet.
    pub(super) async fn find(
        app: &App,
        session: &OpenSession,
        hash: &CoreClaimHash,
    ) -> Result<Self, Refusal> {
        require_option(app)?;
        let row = find(app, &session.user.user_uuid, &hash.to_string()).await?;
        if row.partner_id != session.partner_id {
            return Err(no_such_credential());
        }
        if row.is_copy {
            return Err(Refusal::conflict(
                "this credential is a copy for another wallet, so it is not signed for proofs",
            ));
        }
        w3c_proofs::check_current(app, &row)?;
        let program = row.program_id.as_str();
        let document = predicate_schemes::find(&mut *app.store.read().await?, program).await?;
        let document = document.ok_or_else(no_scheme)?;
        Ok(Self { row, document })
    }

    /// Returns the attributes of the schema that the credential has.
    pub(super) fn subject(&self) -> Result<Map<String, Value>, Refusal> {
        let schema = schema_of(&self.row)?;
        let claims = claims_of(&self.row)?;
        let names = schema
            .attributes()
            .iter()
            .map(|attribute| attribute.name().as_str());
        Ok(names
            .filter_map(|name| Some((name.to_owned(), claims.get(name)?.clone())))
            .collect())
    }

    /// Stores a signature, unless another call was first. While the command waited, the credential can have been revoked, so it is read again.
    async fn store(
        &self,
        app: &App,
        session: &OpenSession,
        hash: &CoreClaimHash,
        commitment: &Commitment,
        signed: SignedCredential,
    ) -> Result<SignedCredential, Refusal> {
        Self::find(app, session, hash).await?;
        let mut tx = app.store.write().await?;
        if let Some(kept) = predicate_credentials::find(&mut tx, hash).await? {
            return commitment.same(kept);
        }
        require_challenge(app, &mut tx, hash, commitment).await?;
        let now = app.platform_clock.now();
        predicate_credentials::insert(&mut tx, hash, &signed, now).await?;
        predicate_credentials::delete_challenge(&mut tx, hash).await?;
        app.commit(tx).await?;
        Ok(signed)
    }

    fn signed(&self, id: &str, signed: SignedCredential) -> Result<SignedForProofs, Refusal> {
        Ok(SignedForProofs {
            program: self.row.program_id.clone(),
            credential: ProvableCredential {
                id: id.to_owned(),
                subject: self.subject()?,
                signature: hex::encode(signed.signature),
            },
        })
    }
}

/// A holder's commitment for a challenge.
struct Commitment {
    challenge_digest: [u8; 32],
    /// Of the challenge and the commitment.
    digest: [u8; 32],
}

impl Commitment {
    fn parse(challenge: &str, commitment: &str) -> Result<Self, Refusal> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(challenge, &mut bytes)
            .map_err(|_| Refusal::bad_request("challenge: must be the 64 hex digits of a challenge"))?;
        let commitment = Some(commitment)
            .filter(|digits| (1..=COMMITMENT_LIMIT).contains(&digits.len()))
            .and_then(|digits| hex::decode(digits).ok());
        let commitment = commitment
            .ok_or_else(|| Refusal::bad_request("commitment: must be 1 to 1,024 hex digits, in pairs"))?;
        Ok(Self {
            challenge_digest: Sha256::digest(bytes).into(),
            digest: Sha256::new()
                .chain_update(bytes)
                .chain_update(commitment)
                .finalize()
                .into(),
        })
    }

    /// Returns a stored signature, which is useless for another secret.
    fn same(&self, kept: SignedCredential) -> Result<SignedCredential, Refusal> {
        if kept.commitment_digest == self.digest {
            return Ok(kept);
        }
        Err(Refusal::conflict(
            "this credential is signed for another commitment; use its secret, or ask the issuer for another credential",
        ))
    }

    fn signed(&self, issued: &Issued) -> Option<SignedCredential> {
        let signature = hex::decode(&issued.credential.signature).ok()?;
        let revocation_nonce = hex::decode(&issued.record.revocation_nonce).ok()?;
        if signature.is_empty() || revocation_nonce.is_empty() {
            return None;
        }
        Some(SignedCredential {
            commitment_digest: self.digest.to_vec(),
            signature,
            revocation_nonce,
        })
    }
}

async fn require_challenge(
    app: &App,
    tx: &mut ReadTx,
    hash: &CoreClaimHash,
    commitment: &Commitment,
) -> Result<(), Refusal> {
    let now = app.machine_clock.now();
    if predicate_credentials::has_challenge(tx, hash, &commitment.challenge_digest, now).await? {
        return Ok(());
    }
    Err(Refusal::conflict(
        "the challenge is not the newest of this credential, was used, or has expired; ask for another one, and commit again",
    ))
}
