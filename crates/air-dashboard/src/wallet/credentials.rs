//! The user's credentials: a list, details, export, deletion.

use air_api::sandbox::{CredentialFormat, ProofSuite};
use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{
    HOME,
    claims::{claims, path},
    copies, envelopes,
    session::Holder,
};
use crate::{
    form::Fields,
    layout::{Page, Section, WalletFailed, id, pages, state, time},
};
use air_platform::{
    App, Refusal, copies as platform_copies,
    holder::{self, CakState, Credential, CredentialState, ExportFormat},
};

pub(super) async fn list(
    State(app): State<App>,
    holder: Holder,
    fields: Fields,
) -> Result<Page, WalletFailed> {
    let listed = holder::credentials(&app, &holder.user_uuid, fields.page()).await?;
    let sealed = holder::count_envelopes(&app, &holder.user_uuid).await?;
    let content = html! {
        @if listed.total == 0 && sealed == 0 {
            section.panel.nothing {
                h2 { "No credential yet" }
                p { "When an issuer issues a credential to you, it appears here." }
            }
        }
        div.cards {
            @for credential in &listed.rows { (card(credential)) }
        }
        (pages(HOME, &fields, listed.total))
        (envelopes::hint(sealed))
    };
    Ok(holder.page(Section::WalletCredentials, "Your credentials", &content))
}

fn card(credential: &Credential) -> Markup {
    html! {
        article.panel.credential {
            header {
                h2 { a href=(path(&credential.core_claim_hash)) { bdi { (credential.title) } } }
                span { (badge(credential.state)) @if credential.is_copy { " " (state("waiting", "copy")) } }
            }
            p.hint { "from " bdi { (credential.issuer) } " · " (dates(credential)) }
            (claims(&credential.claims))
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    holder: Holder,
    Path(hash): Path<String>,
) -> Result<Page, WalletFailed> {
    let credential = holder::credential(&app, &holder.user_uuid, &hash).await?;
    let taken = platform_copies::list(&app, &holder.user_uuid, &hash).await?;
    let export = |format: &str| format!("{}/export?format={format}", path(&hash));
    let content = html! {
        p.states { (badge(credential.state)) @if credential.is_copy { " " (state("waiting", "copy")) } }
        section.panel { h2 { "It says" } (claims(&credential.claims)) }
        dl.facts {
            dt { "Issuer" } dd { bdi { (credential.issuer) } " " (id(&credential.issuer_did)) }
            dt { "Issued" } dd { (time(credential.issued_at)) }
            dt { "Expires" } dd { @match credential.expires_at { Some(at) => { (time(at)) }, None => "never" } }
            @if let Some(at) = credential.revoked_at { dt { "Revoked by the issuer" } dd { (time(at)) } }
            dt { "Sealed documents" } dd { (cak(&credential.cak)) }
            dt { "Core claim hash" } dd { (id(&credential.core_claim_hash)) }
        }
        section.panel {
            h2 { "Take it with you" }
            @if credential.format == CredentialFormat::Mdoc {
                p { "Only the wallet that received it can present it: it is an mdoc, bound to a key of that wallet." }
            } @else {
                p { "The file is yours: other wallets and verifiers read it. Anyone who has it can read the claims." }
                p.actions {
                    a.button href=(export("sd-jwt-vc")) download { "Export as SD-JWT VC" }
                    a.button href=(export("w3c")) download { "Export as W3C credential" }
                    @if let Some(suite) = credential.proof {
                        a.button href=(export("w3c-proof")) download { "Export as W3C credential with a proof (" (suite) ")" }
                    }
                }
                p.hint { "SD-JWT VC is the credential as it was issued; a verifier sees only the claims that you disclose. The W3C credential shows all "
                         "claims, has the same validity and status, and is not on the ledger." }
                @if credential.proof.is_some_and(is_selective) {
                    p.hint { "Keep the file with the proof to yourself: programs derive from it what you show to a verifier, which sees only the claims "
                             "that you disclose." }
                }
            }
        }
        (copies::section(&holder.visit, &credential, &taken))
        details.panel.removal {
            summary { "Delete it from this wallet" }
            p { "Verifiers no longer get it from here, and this page no longer shows it. The issuer keeps its record, and the credential stays valid "
                "until it expires or the issuer revokes it. Files that you exported and consents that you gave stay as well: withdraw those under "
                a href="/wallet/shared" { "Shown" } ". The issuer can issue it to you again." }
            form method="post" action=(format!("{}/delete", path(&hash))) {
                (holder.visit.proof())
                button.danger { "Delete from this wallet" }
            }
        }
    };
    Ok(holder.page(Section::WalletCredentials, &credential.title, &content))
}

/// Whether a holder derives presentations with chosen claims.
fn is_selective(suite: ProofSuite) -> bool {
    matches!(suite, ProofSuite::EcdsaSd2023 | ProofSuite::Bbs2023)
}

/// Sends a credential as a file.
pub(super) async fn export(
    State(app): State<App>,
    holder: Holder,
    Path(hash): Path<String>,
    fields: Fields,
) -> Result<Response, WalletFailed> {
    let format = ExportFormat::parse(fields.text("format"))?;
    let text = holder::export(&app, &holder.user_uuid, &hash, format).await?;
    let disposition = format!("attachment; filename=\"{}\"", format.file_name());
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(format.media_type()),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).map_err(Refusal::internal)?,
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, text).into_response())
}

pub(super) async fn delete(
    State(app): State<App>,
    holder: Holder,
    Path(hash): Path<String>,
) -> Result<Redirect, WalletFailed> {
    holder::delete(&app, &holder.user_uuid, &hash).await?;
    Ok(Redirect::to(&format!("{HOME}?done=deleted")))
}

fn dates(credential: &Credential) -> Markup {
    html! {
        "issued " (time(credential.issued_at))
        @match (credential.revoked_at, credential.expires_at) {
            (Some(at), _) => { ", revoked " (time(at)) }
            (None, Some(at)) if credential.state == CredentialState::Expired => { ", expired " (time(at)) }
            (None, Some(at)) => { ", expires " (time(at)) }
            (None, None) => ", never expires"
        }
    }
}

fn badge(of: CredentialState) -> Markup {
    match of {
        CredentialState::Valid => state("good", "valid"),
        CredentialState::Expired => state("waiting", "expired"),
        CredentialState::Revoked => state("bad", "revoked"),
    }
}

fn cak(key: &CakState) -> Markup {
    match key {
        CakState::Off => html! { "none: this program seals nothing to you" },
        CakState::Missing => {
            html! { "you have not accepted yet, so the issuer has no key of yours. Log in to an app of the issuer to decide" }
        }
        CakState::Given(curve, key) => html! { "sealed to your key " (id(key)) " (" (curve) ")" },
    }
}
