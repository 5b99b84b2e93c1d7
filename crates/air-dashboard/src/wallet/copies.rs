//! Copies of a credential for other wallets: the button, the offer, and the list.

use air_api::sandbox::CreatedOffer;
use axum::extract::{Path, State};
use maud::{Markup, html};

use super::{claims, session::Holder};
use crate::layout::{Page, Section, Visit, WalletFailed, exact, id, qr_code, short, state, table, time};
use air_platform::{
    App, copies as platform_copies,
    holder::{Credential, CredentialState, WalletExport},
};

/// Makes an offer, and shows its link and its code. The platform has only the digests of both, so
/// the page can't be shown again.
pub(super) async fn offer(
    State(app): State<App>,
    holder: Holder,
    Path(hash): Path<String>,
) -> Result<Page, WalletFailed> {
    let created = platform_copies::offer(&app, &holder.user_uuid, &hash).await?;
    let content = created_page(&created, &hash);
    Ok(holder.page(Section::WalletCredentials, "For another wallet", &content))
}

fn created_page(created: &CreatedOffer, hash: &str) -> Markup {
    html! {
        p { "Scan the code with the other wallet, or open the link on the device that has it. The wallet asks for the transaction code." }
        (qr_code(&created.url, "The link of the offer as a QR code"))
        dl.facts {
            @if let Some(code) = &created.tx_code { dt { "Transaction code" } dd { strong { (code) } } }
            dt { "Link" } dd { (id(&created.url)) }
            dt { "Open it on this device" } dd { a href=(created.url) { "Open the wallet" } }
            dt { "Valid until" } dd { (exact(created.expires_at)) }
        }
        p { "The link and the code are secrets: the first wallet that has both receives the credential. They are shown only once, and a new offer ends this one." }
        p.actions { a.button href=(claims::path(hash)) { "Back to the credential" } }
    }
}

/// Renders the button that makes an offer, and the earlier offers with their outcomes.
pub(super) fn section(visit: &Visit, credential: &Credential, copies: &[WalletExport]) -> Markup {
    html! {
        section.panel {
            h2 { "To another wallet" }
            @if credential.is_copy {
                p { "This is a copy for another wallet: only that wallet can present it. Offer the credential that it copies." }
            } @else if credential.state == CredentialState::Valid {
                p { "Another wallet receives a second credential from the same issuer, with the same claims and the same end, bound to a key of that "
                    "wallet. This one stays valid, and both are listed here. If the issuer revokes this one, the copies are revoked, too." }
                form.actions method="post" action=(format!("{}/offer", claims::path(&credential.core_claim_hash))) {
                    (visit.proof())
                    button { "Offer it to another wallet" }
                }
            } @else {
                p { "Only a valid credential can go to another wallet." }
            }
            @if !copies.is_empty() { (table("Copies", &["Offered", "State", "Copy"], &rows(copies), None)) }
        }
    }
}

fn rows(copies: &[WalletExport]) -> Markup {
    html! {
        @for copy in copies {
            tr {
                th scope="row" { (time(copy.offered_at)) }
                td {
                    @match copy.received_at {
                        Some(at) => { (state("good", "received")) " " (time(at)) }
                        None => (state("waiting", "not received"))
                    }
                }
                td {
                    @match &copy.copy_hash {
                        Some(hash) => a href=(claims::path(hash)) { (short(hash)) },
                        None => "none"
                    }
                }
            }
        }
    }
}
