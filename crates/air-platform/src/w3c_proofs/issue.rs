//! The W3C credential of a credential on the ledger, for its holder.

use std::collections::BTreeMap;

use air_api::sandbox::ProofSuite;
use air_schema::CredentialSchema;
use air_store::holder::HeldCredential;
use serde_json::{Map, Value};

use super::{
    documents::context_of,
    keys::{self, NoKey},
    program::{Command, Issue, ProofCommand, StatusEntry, ask, unexpected},
};
use crate::{App, Refusal, status_lists};

const DAY: u64 = 24 * 60 * 60;

/// A W3C credential with its proof.
pub(crate) struct Signed {
    pub(crate) suite: ProofSuite,
    pub(crate) credential: Map<String, Value>,
}

/// Signs the claims of a credential with the suite of its program. The status entry is the one of the credential, so that a revocation ends
/// both.
pub(crate) async fn issue(
    app: &App,
    row: &HeldCredential,
    claims: &Map<String, Value>,
    schema: &CredentialSchema,
) -> Result<Signed, Refusal> {
    let program = app
        .cache
        .program(&mut *app.store.read().await?, row.program_id.as_str())
        .await?;
    let suite = program.proof.ok_or_else(|| {
        Refusal::conflict("the program of this credential issues no W3C credentials with a proof; export it in another format")
    })?;
    check_current(app, row)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    // A copy without the key of the wallet would belong to anyone who has it.
    let holder = text("sub").ok_or_else(|| {
        Refusal::conflict(
            "this credential is bound to a key of a wallet; export it as SD-JWT VC, which keeps the binding",
        )
    })?;
    let partner = app.cache.partner(&app.store, row.partner_id.as_str()).await?;
    let partner = partner.ok_or_else(|| Refusal::internal("a credential without its issuer"))?;
    let key = keys::signing_key(app, &partner, suite)
        .await
        .map_err(|error| match error {
            NoKey::Program(error) => error.into(),
            NoKey::Refused(refusal) => refusal,
        })?;
    // An identifier or an exact time would link the presentations of a holder.
    let is_bbs = suite == ProofSuite::Bbs2023;
    let statuses = if program.unlinkable {
        Vec::new()
    } else {
        vec![status_entry(claims)?]
    };
    let (context, document) = context_of(app, row.schema_id.as_str(), schema)?;
    let names = schema
        .attributes()
        .iter()
        .map(|attribute| attribute.name().as_str());
    let valid_from = row.issued_at.as_secs();
    let valid_until = row.expires_at.map(air_ids::UnixTime::as_secs);
    let command = ProofCommand(Command::Issue(Issue {
        suite: suite.as_str(),
        issuer: row.issuer_did.as_str().to_owned(),
        verification_method: key.method,
        key: key.secret,
        subject: names
            .filter_map(|name| Some((name.to_owned(), claims.get(name)?.clone())))
            .collect(),
        types: vec![schema.type_name().to_owned()],
        holder: (!is_bbs).then_some(holder),
        id: text("jti").or_else(|| text("id")).filter(|_| !is_bbs),
        valid_from: if is_bbs {
            valid_from - valid_from % DAY
        } else {
            valid_from
        },
        valid_until: valid_until.map(|time| if is_bbs { end_of_day(time) } else { time }),
        statuses,
        context: vec![context.clone()],
        contexts: BTreeMap::from([(context, document)]),
    }));
    let mut answer = ask(app, &command).await?;
    match (answer.document.remove("credential"), answer.exit_code) {
        (Some(Value::Object(credential)), Some(0)) => Ok(Signed { suite, credential }),
        _ => Err(unexpected().into()),
    }
}

/// Checks that the credential is neither revoked nor expired: a credential without a status entry could not be revoked any more.
pub(crate) fn check_current(app: &App, row: &HeldCredential) -> Result<(), Refusal> {
    if row.revoked_at.is_some() {
        return Err(Refusal::conflict(
            "the issuer revoked this credential, so it is not signed again",
        ));
    }
    if row.expires_at.is_some_and(|at| at <= app.platform_clock.now()) {
        return Err(Refusal::conflict(
            "this credential has expired, so it is not signed again",
        ));
    }
    Ok(())
}

/// Returns the entry in the Bitstring Status List that has the number of the credential's own list.
fn status_entry(claims: &Map<String, Value>) -> Result<StatusEntry, Refusal> {
    let entry = claims.get("status").and_then(|status| status.get("status_list"));
    let index = entry.and_then(|entry| entry.get("idx")).and_then(Value::as_u64);
    let uri = entry.and_then(|entry| entry.get("uri")).and_then(Value::as_str);
    let list = uri.and_then(status_lists::bitstring_url);
    match (list, index) {
        (Some(list), Some(index)) => Ok(StatusEntry { list, index }),
        _ => Err(Refusal::conflict(
            "this credential has no entry in a status list, so that a W3C credential could not be revoked; ask the issuer for another one",
        )),
    }
}

/// Returns the next midnight in UTC, or the time itself if it is midnight.
fn end_of_day(time: u64) -> u64 {
    time.checked_next_multiple_of(DAY).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight() {
        for (time, end) in [
            (0, 0),
            (1, DAY),
            (DAY, DAY),
            (DAY + 1, 2 * DAY),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(end_of_day(time), end, "{time}");
        }
    }
}
