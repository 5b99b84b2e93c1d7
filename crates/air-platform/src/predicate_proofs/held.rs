//! The credential with which a user's wallet in a page answers a request, and its token.

use air_api::sandbox::ProofToken;
use air_ids::{CoreClaimHash, ProgramId};
use air_store::{credentials, predicate_credentials, users::OpenSession};
use serde_json::{Map, Value};

use super::{issue::Provable, program::require_option, tokens::tokens_of};
use crate::{App, Refusal, holder::no_such_credential};

/// A valid credential of a program with predicate proofs, for its holder.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub struct HeldForProofs {
    /// The `coreClaimHash`.
    pub core_claim_hash: CoreClaimHash,
    /// The credential's id.
    pub id: String,
    /// The attributes of the schema that the credential has.
    pub subject: Map<String, Value>,
    /// The signature for proofs in hex digits, or `None` if the holder has not committed to a secret yet.
    pub signature: Option<String>,
}

/// Returns the newest valid credential of a program in the user's wallet, in a session of its issuer.
pub async fn held(
    app: &App,
    session: &OpenSession,
    program_id: &ProgramId,
) -> Result<Option<HeldForProofs>, Refusal> {
    require_option(app)?;
    let now = app.platform_clock.now();
    let user = &session.user.user_uuid;
    let mut read = app.store.read().await?;
    let Some(hash) = predicate_credentials::newest_valid(&mut read, user, program_id, now).await? else {
        return Ok(None);
    };
    let row = credentials::find(&mut read, &hash).await?;
    let signed = predicate_credentials::find(&mut read, &hash).await?;
    drop(read);
    let provable = Provable::find(app, session, &hash).await?;
    Ok(Some(HeldForProofs {
        core_claim_hash: hash,
        id: row.ok_or_else(no_such_credential)?.vc_id.as_str().to_owned(),
        subject: provable.subject()?,
        signature: signed.map(|signed| hex::encode(signed.signature)),
    }))
}

/// Returns the token of one signed credential in this epoch, in a session of its issuer. A revoked or expired credential gets none.
pub async fn token(
    app: &App,
    session: &OpenSession,
    core_claim_hash: &CoreClaimHash,
) -> Result<Option<ProofToken>, Refusal> {
    let made = tokens_of(app, session, Some(core_claim_hash)).await?;
    Ok(made.tokens.into_iter().next())
}
