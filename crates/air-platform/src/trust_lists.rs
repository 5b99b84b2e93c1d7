//! The trust lists of verification programs: the issuers whose credentials a program accepts.

use std::sync::Arc;

use air_api::sandbox::{ReplaceTrustList, TrustedIssuers};
use air_x509::{TrustList, trust_list::Party};
use serde_json::{Map, Value};

use crate::{
    App, Refusal,
    events::{self, EventKind},
    verification::find_program,
};
use air_store::{
    ReadTx, presentation_requests,
    programs::{self, VerificationProgram},
};

/// The maximum length of a list in bytes.
const LIMIT: usize = 128 * 1024;

/// `PUT /sandbox/v1/verification-programs/{program}/trust-list`.
pub async fn replace(app: &App, program_id: &str, new: ReplaceTrustList) -> Result<TrustedIssuers, Refusal> {
    store(app, program_id, to_stored(Some(&new.trust_list))?).await
}

/// `DELETE /sandbox/v1/verification-programs/{program}/trust-list`.
pub async fn remove(app: &App, program_id: &str) -> Result<TrustedIssuers, Refusal> {
    store(app, program_id, None).await
}

async fn store(app: &App, program_id: &str, new: Option<String>) -> Result<TrustedIssuers, Refusal> {
    let mut tx = app.store.write().await?;
    let mut program = find_program(&mut tx, program_id).await?;
    if new.is_some() && program.proofs.is_some() {
        return Err(Refusal::conflict(
            "the verification program accepts W3C credentials of this platform's issuers, so it can't have a trust list; create another one",
        ));
    }
    if new.is_some() && program.predicate_proofs_of.is_some() {
        return Err(Refusal::conflict(
            "the verification program accepts predicate proofs of one issuer, so it can't have a trust list; create another one",
        ));
    }
    programs::replace_trust_list(&mut tx, &program.program_id, new.as_deref()).await?;
    program.trust_list = new;
    let event = EventKind::VerificationProgramModified(&program);
    events::record(&mut tx, &event, app.platform_clock.now()).await?;
    app.commit(tx).await?;
    let list = of_program(app, &program)?;
    let names = list.iter().flat_map(|list| list.issuers()).map(Party::name);
    Ok(TrustedIssuers {
        issuers: names.map(str::to_owned).collect(),
        program_id: program.program_id,
    })
}

/// Checks a list, and returns its text for the store.
pub(crate) fn to_stored(list: Option<&Map<String, Value>>) -> Result<Option<String>, Refusal> {
    let Some(list) = list else {
        return Ok(None);
    };
    let json = serde_json::to_string(list).map_err(Refusal::internal)?;
    if json.len() > LIMIT {
        return Err(Refusal::bad_request(
            "invalid trustList: must have at most 128 KiB; remove the issuers and anchors that are not used",
        ));
    }
    let read = TrustList::from_json(json.as_bytes())
        .map_err(|error| Refusal::bad_request(format!("trustList: {error}")))?;
    if read.issuers().next().is_none() {
        return Err(Refusal::bad_request(
            "invalid trustList: must have at least one party in `issuers`",
        ));
    }
    Ok(Some(json))
}

/// Returns the trust list of a program, if it has one.
pub(crate) fn of_program(
    app: &App,
    program: &VerificationProgram,
) -> Result<Option<Arc<TrustList>>, Refusal> {
    let list = program.trust_list.as_deref();
    list.map(|json| app.cache.wallets.trust_list(json))
        .transpose()
        .map_err(Refusal::internal)
}

/// Returns the trust list of the program of a presentation request, if it has one.
pub(crate) async fn of_request(
    app: &App,
    tx: &mut ReadTx,
    request_id: &str,
) -> Result<Option<Arc<TrustList>>, Refusal> {
    let request = presentation_requests::find_any(tx, request_id)
        .await?
        .ok_or_else(|| Refusal::not_found("no such presentation request"))?;
    of_program(app, &find_program(tx, request.program_id.as_str()).await?)
}
