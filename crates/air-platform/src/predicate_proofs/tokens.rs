//! Tokens: the confirmation that a credential is not revoked in an epoch.

use air_api::{
    PlatformTime,
    sandbox::{ProofToken, ProofTokens},
};
use air_ids::{CoreClaimHash, UnixTime};
use air_store::{
    predicate_credentials::{self, Confirmable},
    users::OpenSession,
};

use super::{
    program::{Command, Record, Token, refusal, require_option, run},
    schemes::{parse, secret_of},
};
use crate::{App, Refusal};

/// The maximum number of tokens in one answer. Each is a command of the program.
const LIMIT: u64 = 16;

/// `POST /sandbox/v1/users/me/proofs/tokens`: tokens of the current epoch for the user's signed credentials from the session's partner. A
/// revoked or expired credential gets none.
pub async fn tokens(app: &App, session: &OpenSession) -> Result<ProofTokens, Refusal> {
    tokens_of(app, session, None).await
}

/// Returns the tokens of the newest credentials, or of one of them.
pub(super) async fn tokens_of(
    app: &App,
    session: &OpenSession,
    only: Option<&CoreClaimHash>,
) -> Result<ProofTokens, Refusal> {
    require_option(app)?;
    let mut confirmable = confirmable(app, session).await?;
    confirmable.retain(|credential| only.is_none_or(|only| credential.core_claim_hash == *only));
    if confirmable.is_empty() {
        return Ok(ProofTokens { tokens: Vec::new() });
    }
    let key = secret_of(app, &session.partner_id).await?;
    let mut tokens = Vec::with_capacity(confirmable.len());
    for credential in confirmable {
        let command = Command::Token {
            scheme: parse(&credential.document)?,
            key: key.clone(),
            record: Record {
                id: credential.vc_id,
                revocation_nonce: hex::encode(&credential.revocation_nonce),
            },
        };
        let token: Result<Token, _> = run(app, command).await;
        let token = token
            .map_err(|error| refusal(error, |reason| Refusal::internal(format!("a token: {reason}"))))?;
        tokens.push(ProofToken {
            core_claim_hash: credential.core_claim_hash,
            program: credential.program_id,
            token: token.token,
            epoch: token.epoch,
            valid_until: PlatformTime::from_unix(UnixTime::from_secs(token.valid_until)),
        });
    }
    // A credential can have been revoked meanwhile.
    let current = self::confirmable(app, session).await?;
    tokens.retain(|token| {
        current
            .iter()
            .any(|credential| credential.core_claim_hash == token.core_claim_hash)
    });
    Ok(ProofTokens { tokens })
}

async fn confirmable(app: &App, session: &OpenSession) -> Result<Vec<Confirmable>, Refusal> {
    let (user, partner) = (&session.user.user_uuid, &session.partner_id);
    let now = app.platform_clock.now();
    let mut read = app.store.read().await?;
    Ok(predicate_credentials::confirmable(&mut read, user, partner, now, LIMIT).await?)
}
