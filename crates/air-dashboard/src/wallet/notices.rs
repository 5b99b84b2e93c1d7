//! The changes of the statuses of the user's credentials.

use axum::extract::State;
use maud::{Markup, html};

use super::{claims, session::Holder};
use crate::{
    form::Fields,
    layout::{Head, List, Page, Section, WalletFailed, state, time},
};
use air_platform::{
    App,
    holder::{self, Notice},
};

pub(super) async fn list(
    State(app): State<App>,
    holder: Holder,
    fields: Fields,
) -> Result<Page, WalletFailed> {
    let listed = holder::notices(&app, &holder.user_uuid, fields.page()).await?;
    let rows = html! {
        @for notice in &listed.rows {
            tr {
                td { (time(notice.at)) }
                td { (change(notice)) }
                th scope="row" { a href=(claims::path(&notice.core_claim_hash)) { bdi { (notice.title) } } }
                td { bdi { (notice.issuer_name) } }
            }
        }
    };
    let list = List {
        caption: "Notices",
        path: "/wallet/notices",
        fields: &fields,
        heads: &["When", "Change", "Credential", "Issuer"].map(Head::Plain),
        rows,
        total: listed.total,
        empty: html! { p { "Nothing happened yet. Issuance, expiry and revocation of your credentials appear here." } },
    };
    Ok(holder.page(Section::WalletNotices, "Notices", &html! { (list) }))
}

fn change(notice: &Notice) -> Markup {
    match notice.kind.as_str() {
        "issued" => state("good", "issued to you"),
        "expiring" => state("waiting", "expires soon"),
        "expired" => state("waiting", "expired"),
        _ => state("bad", "revoked by the issuer"),
    }
}
