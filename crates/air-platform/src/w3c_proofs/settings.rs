//! The options of programs about W3C credentials.

use air_api::sandbox::{Expiration, ProofSuite};
use air_ids::PartnerId;
use air_store::programs::Program;

use super::keys::{self, NoKey};
use crate::{App, Refusal, proof_program::ProofError, stored::find_program};

/// The maximum lifetime of credentials that can't be revoked, in days.
const UNLINKABLE_DAYS: u32 = 90;

/// Checks the options of an issuance program.
pub(crate) fn check_program(
    proof: Option<ProofSuite>,
    unlinkable: bool,
    expiration: Expiration,
) -> Result<(), Refusal> {
    if !unlinkable {
        return Ok(());
    }
    if proof != Some(ProofSuite::Bbs2023) {
        return Err(Refusal::bad_request(
            "unlinkable: must be with the proof bbs-2023; presentations with other proofs are linkable",
        ));
    }
    match expiration {
        Expiration::Days(days) if days <= UNLINKABLE_DAYS => Ok(()),
        _ => Err(Refusal::bad_request(
            "unlinkable: must be with an expiration of at most 90d, because W3C credentials without a status entry can't be revoked",
        )),
    }
}

/// Checks the suites that a verification program accepts, and returns their text for the store.
pub(crate) fn stored_suites(proofs: &[ProofSuite], has_trust_list: bool) -> Result<Option<String>, Refusal> {
    if proofs.is_empty() {
        return Ok(None);
    }
    if has_trust_list {
        return Err(Refusal::bad_request(
            "proofs: must not be with a trust list; create one verification program for each",
        ));
    }
    let mut sorted = proofs.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() != proofs.len() {
        return Err(Refusal::bad_request("proofs: each suite must be there once"));
    }
    serde_json::to_string(&sorted)
        .map(Some)
        .map_err(Refusal::internal)
}

/// Reads the suites that a verification program accepts.
pub(crate) fn parse_suites(stored: Option<&str>) -> Result<Vec<ProofSuite>, Refusal> {
    stored.map_or_else(
        || Ok(Vec::new()),
        |json| serde_json::from_str(json).map_err(Refusal::internal),
    )
}

/// Prepares the publication of a program: the program for proofs must be there, and the issuer needs a key. Don't hold a transaction.
pub(crate) async fn prepare(
    app: &App,
    partner_id: &PartnerId,
    proof: Option<ProofSuite>,
) -> Result<(), Refusal> {
    let Some(suite) = proof else {
        return Ok(());
    };
    let Some(partner) = app.cache.partner(&app.store, partner_id.as_str()).await? else {
        // Creation refuses an unknown partner.
        return Ok(());
    };
    let prepared = async {
        let key = keys::signing_key(app, &partner, suite).await?;
        let tried = keys::try_out(app, partner.issuer_did.as_str(), suite, &key).await;
        tried.map(drop).map_err(NoKey::Program)
    };
    prepared.await.map_err(|error| match error {
        NoKey::Refused(refusal) => refusal,
        NoKey::Program(error) => unpublished(error),
    })
}

/// Prepares the publication of a program of a partner that does not exist yet. The first use makes the key.
pub(crate) async fn prepare_suite(app: &App, suite: ProofSuite) -> Result<(), Refusal> {
    keys::try_out_suite(app, suite).await.map_err(unpublished)
}

/// Only the operator publishes programs, and may see the reason.
fn unpublished(error: ProofError) -> Refusal {
    match error {
        ProofError::Busy => ProofError::Busy.into(),
        error => Refusal::conflict(format!("the program can't issue W3C credentials: {error}")),
    }
}

/// Prepares the publication of a draft.
pub(crate) async fn prepare_published(app: &App, program_id: &str) -> Result<(), Refusal> {
    let program: Program = find_program(&mut *app.store.read().await?, program_id).await?;
    if program.published {
        return Ok(());
    }
    prepare(app, &program.partner_id, program.proof).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefusalKind;

    #[test]
    fn unlinkable_credentials_are_bbs_and_short() {
        let (bbs, sd) = (Some(ProofSuite::Bbs2023), Some(ProofSuite::EcdsaSd2023));
        for (proof, unlinkable, expiration, is_accepted) in [
            (None, false, Expiration::Permanent, true),
            (bbs, false, Expiration::Permanent, true),
            (bbs, true, Expiration::Days(90), true),
            (bbs, true, Expiration::Days(91), false),
            (bbs, true, Expiration::Permanent, false),
            (sd, true, Expiration::Days(90), false),
            (None, true, Expiration::Days(90), false),
        ] {
            let checked = check_program(proof, unlinkable, expiration);
            assert_eq!(
                checked.is_ok(),
                is_accepted,
                "{proof:?} {unlinkable} {expiration}"
            );
        }
    }

    #[test]
    fn suites_are_kept_once_and_not_beside_a_trust_list() {
        let both = [ProofSuite::Bbs2023, ProofSuite::EcdsaRdfc2019];
        let stored = stored_suites(&both, false).unwrap().unwrap();
        assert_eq!(stored, r#"["ecdsa-rdfc-2019","bbs-2023"]"#);
        assert_eq!(parse_suites(Some(&stored)).unwrap(), [both[1], both[0]]);
        assert_eq!(stored_suites(&[], true).unwrap(), None);
        assert!(parse_suites(None).unwrap().is_empty());
        for refused in [stored_suites(&both, true), stored_suites(&[both[0]; 2], false)] {
            assert_eq!(refused.err().unwrap().kind(), RefusalKind::BadRequest);
        }
    }
}
