//! Issued credentials: a list, details with their proof, revocation.

mod list;

pub(super) use self::list::{list, rows_of};

use std::fmt::Display;

use air_api::sandbox::{AnchoringState, CakDetails, CredentialFormat, InclusionProof};
use axum::{
    extract::{Path, State},
    response::Redirect,
};
use maud::{Markup, html};

use self::list::validity;
use super::{
    anchor,
    layout::{Failed, Page, Section, Visit, id, listing, moment, state, table, time},
    programs, schemas,
};
use air_platform::{
    App, Refusal, catalogue, credential_text,
    dashboard::{self, CredentialDetails},
};

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(hash): Path<String>,
) -> Result<Page, Failed> {
    let details = dashboard::credential(&app, &hash).await?;
    let row = &details.row;
    let now = app.platform_clock.now();
    let proof = details
        .transaction
        .as_ref()
        .and_then(|transaction| transaction.proof.as_ref());
    let content = html! {
        p.states { (validity(row, now)) " " (on_chain(&details)) }
        dl.facts {
            dt { "Core claim hash" } dd { (id(&row.core_claim_hash)) }
            dt { "Credential id" } dd { (id(&row.vc_id)) }
            dt { "Schema" } dd { a href=(format!("/dashboard/schemas/{}", row.schema_id)) { bdi { (row.title) } } }
            dt { "Program" } dd { a href=(programs::path(&row.program_id)) { bdi { (row.title) } } " " (id(&row.program_id)) }
            dt { "Issuer" } dd { a href=(format!("/dashboard/accounts/{}", row.partner_id)) { bdi { (row.partner_name) } } }
            dt { "User" } dd { a href=(format!("/dashboard/users/{}", row.user_uuid)) { bdi { (row.email.as_str()) } } }
            dt { "Expires" } dd { @match row.expires_at { Some(at) => { (time(at)) }, None => "never" } }
            @if let Some(cak) = &details.cak { dt { "CAK" } dd { (cak_of(cak)) } }
            @if let Some((list, entry)) = details.status_entry { dt { "Status list" } dd { "list " (list) ", entry " (entry) } }
        }
        section { (claims(&app, &details).await?) }
        section { (history(&details)) }
        section { h2 { "Inclusion proof" } (inclusion(&details, proof)) }
        @if let Some(chain) = &details.anchoring.chain { (anchor::section(&row.core_claim_hash.to_string(), chain, proof)) }
        section {
            h2 { "Credential" }
            (listing(form_of(&details.credential), &details.credential))
        }
        @if row.revoked_at.is_none() {
            section {
                h2 { "Revoke" }
                p { "Its entry in the status list is set, and verifiers refuse it from then on. This can't be undone." }
                form method="post" action=(format!("{}/revoke", path(&row.core_claim_hash))) {
                    (visit.proof())
                    button.danger { "Revoke this credential" }
                }
            }
        }
    };
    let page = visit.page(Section::Credentials, "Credential", &content);
    let chain = details.anchoring.chain.as_ref();
    Ok(if chain.is_some_and(anchor::is_checkable) {
        page.with_module()
    } else {
        page
    })
}

pub(super) async fn revoke(State(app): State<App>, Path(hash): Path<String>) -> Result<Redirect, Failed> {
    dashboard::revoke(&app, &hash).await?;
    Ok(Redirect::to(&format!("{}?done=revoked", path(&hash))))
}

/// Renders what the credential says about its subject, in the order of the schema.
async fn claims(app: &App, details: &CredentialDetails) -> Result<Markup, Refusal> {
    let schema = schemas::read(
        &catalogue::schema(app, details.row.schema_id.as_str())
            .await?
            .schema,
    )?;
    let claims = credential_text::claims_of(&details.credential)?;
    let stated = schema
        .attributes()
        .iter()
        .filter_map(|attribute| Some((attribute, claims.get(attribute.name().as_str())?)));
    let rows = html! {
        @for (attribute, value) in stated.clone() {
            tr {
                th scope="row" { bdi { (attribute.title().unwrap_or(attribute.name().as_str())) } }
                td { bdi { (schemas::plain(value)) } }
                td { code { (attribute.name()) } }
            }
        }
    };
    let path = schemas::path(&details.row.schema_id);
    let empty = (stated.count() == 0).then(|| {
        html! { "The credential has none of the claims of " a href=(path) { "its schema" } "." }
    });
    Ok(table(
        "Claims",
        &["Claim", "Value", "Name"],
        &rows,
        empty.as_ref(),
    ))
}

/// Names the format of a credential.
fn form_of(credential: &str) -> &'static str {
    match credential_text::format_of(credential) {
        CredentialFormat::Mdoc => "mdoc (IssuerSigned), base64url",
        _ => "SD-JWT VC, compact",
    }
}

fn on_chain(details: &CredentialDetails) -> Markup {
    match details.anchoring.state {
        AnchoringState::Anchored => state("good", "on-chain"),
        AnchoringState::Queued => state("waiting", "waits for a block"),
        AnchoringState::Failed => state("bad", "not on-chain"),
        _ => state("waiting", "unknown"),
    }
}

fn cak_of(cak: &CakDetails) -> Markup {
    match (&cak.public_key, &cak.missing) {
        (Some(key), _) => html! { @if let Some(curve) = cak.curve { (curve.name()) ", " } (id(key)) },
        (None, Some(missing)) => state("waiting", &missing.message),
        (None, None) => html! { "none" },
    }
}

fn history(details: &CredentialDetails) -> Markup {
    let rows = html! {
        @for event in &details.anchoring.history {
            tr {
                td { (moment(event.at)) }
                th scope="row" { (word(&event.state)) }
                td { @if let Some(reason) = &event.reason { (word(reason)) } }
            }
        }
        @if let Some(at) = details.row.revoked_at { tr { td { (time(at)) } th scope="row" { "revoked" } td {} } }
    };
    table("Status history", &["When", "State", "Why"], &rows, None)
}

fn inclusion(details: &CredentialDetails, proof: Option<&InclusionProof>) -> Markup {
    let Some((transaction, proof)) = details.transaction.as_ref().zip(proof) else {
        let at = details.anchoring.next_attempt_at;
        return html! { p { "No block has it yet." @if let Some(at) = at { " The next one is tried by " (moment(at)) "." } } };
    };
    html! {
        p { "Leaf " (proof.leaf_index) " of the tree of block " (proof.block) ", which has " (proof.tree_size) @if proof.tree_size == 1 { " leaf." } @else { " leaves." } }
        dl.facts {
            dt { "Transaction" } dd { (id(&transaction.transaction_hash)) }
            dt { "Root" } dd { (id(&proof.root)) }
            dt { "Path" }
            dd {
                @if proof.path.is_empty() { "none: the tree has this leaf alone" }
                @else { ol.plain { @for node in &proof.path { li { (id(node)) } } } }
            }
        }
        p.hint { code { "air status --proof " (details.row.core_claim_hash) } " checks it against the ledger's root." }
    }
}

/// Returns a state's name on the wire.
pub(super) fn word(of: &impl serde::Serialize) -> String {
    let text = serde_json::to_value(of).map_err(Refusal::internal).ok();
    text.and_then(|text| text.as_str().map(ToOwned::to_owned))
        .unwrap_or_default()
}

pub(super) fn path(hash: &(impl Display + ?Sized)) -> String {
    format!("/dashboard/credentials/{hash}")
}
