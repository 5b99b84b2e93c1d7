//! The list of credentials: filters, order, rows.

use std::{fmt::Display, str::FromStr, time::Duration};

use air_api::{PlatformTime, UnixTime};
use axum::extract::State;
use maud::{Markup, html};

use crate::{
    choices,
    form::Fields,
    layout::{
        Failed, Head, Input, List, Page, Section, Sort, Visit, choice, day, search, short, state, table, time,
    },
};
use air_platform::{
    App, Refusal,
    dashboard::{self, CredentialColumn, CredentialOrder, CredentialRow, CredentialSearch},
};

const PATH: &str = "/dashboard/credentials";
const DAY: Duration = Duration::from_hours(24);
const STATES: [(&str, &str); 5] = [
    ("", "Any state"),
    ("valid", "Valid"),
    ("revoked", "Revoked"),
    ("expired", "Expired"),
    ("waiting", "Not on-chain yet"),
];
const HEADS: [Head; 8] = [
    Head::Plain("Core claim hash"),
    Head::Sorted("Schema", "title"),
    Head::Sorted("User", "email"),
    Head::Sorted("Issuer", "issuer"),
    Head::Sorted("Issued", "issued"),
    Head::Sorted("Expires", "expires"),
    Head::Plain("State"),
    Head::Plain("On-chain"),
];

pub(crate) async fn list(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let wanted = CredentialSearch {
        state: fields.text("state").to_owned(),
        user_uuid: id_of(&fields, "user")?,
        program_id: id_of(&fields, "program")?,
        since: beginning(&fields, "from")?,
        before: beginning(&fields, "until")?.map(|day| day.saturating_add(DAY)),
        order: order(&fields),
        page: fields.page(),
        ..CredentialSearch::new(fields.text("q"))
    };
    let listed = dashboard::credentials(&app, &wanted).await?;
    let filters = html! {
        (choice("state", "State", fields.text("state"), &STATES))
        (choices::program_filter(&app, fields.text("program")).await?)
        (Input::text("from", "Issued from", &fields).kind("date"))
        (Input::text("until", "Issued until", &fields).kind("date"))
    };
    let content = html! {
        p.actions { a.button href="/dashboard/issue" { "Issue a credential" } }
        (search("Address, hash, id or title", &fields, &filters))
        (List {
            caption: "Credentials",
            path: PATH,
            fields: &fields,
            heads: &HEADS,
            rows: rows(&listed.rows, app.platform_clock.now()),
            total: listed.total,
            empty: html! { p { "No credential yet. " a href="/dashboard/issue" { "Issue the first one" } "." } },
        })
    };
    Ok(visit.page(Section::Credentials, "Credentials", &content))
}

/// Renders a table of credentials without filters.
pub(crate) fn rows_of(caption: &str, credentials: &[CredentialRow], now: UnixTime) -> Markup {
    let empty = credentials.is_empty().then(|| {
        html! { "This user holds no credential. " a href="/dashboard/issue" { "Issue one" } "." }
    });
    table(
        caption,
        &HEADS.map(Head::label),
        &rows(credentials, now),
        empty.as_ref(),
    )
}

fn rows(rows: &[CredentialRow], now: UnixTime) -> Markup {
    html! {
        @for row in rows {
            tr {
                th scope="row" { a href=(super::path(&row.core_claim_hash)) { (short(&row.core_claim_hash)) } }
                td { a href=(crate::programs::path(&row.program_id)) { bdi { (row.title) } } }
                td { a href=(format!("/dashboard/users/{}", row.user_uuid)) { bdi { (row.email.as_str()) } } }
                td { bdi { (row.partner_name) } }
                td { (time(row.issued_at)) }
                td { @match row.expires_at { Some(at) => { (day(at)) }, None => "never" } }
                td { (validity(row, now)) }
                td { @match row.block { Some(number) => { "block " (number) }, None => (state("waiting", "waiting")) } }
            }
        }
    }
}

pub(super) fn validity(row: &CredentialRow, now: UnixTime) -> Markup {
    if row.revoked_at.is_some() {
        return state("bad", "revoked");
    }
    let is_over = row.expires_at.is_some_and(|at| at <= now);
    if is_over {
        state("waiting", "expired")
    } else {
        state("good", "valid")
    }
}

/// Reads the ID in a field, if it is filled in.
fn id_of<I: FromStr<Err: Display>>(fields: &Fields, name: &str) -> Result<Option<I>, Refusal> {
    let id = fields.filled(name).map(str::parse::<I>).transpose();
    id.map_err(|error| Refusal::bad_request(format!("{name}: {error}")))
}

/// Returns the beginning of a day.
fn beginning(fields: &Fields, name: &str) -> Result<Option<UnixTime>, Refusal> {
    let Some(day) = fields.filled(name) else {
        return Ok(None);
    };
    let time: PlatformTime = format!("{day} 00:00:00")
        .parse()
        .map_err(|_| Refusal::bad_request(format!("issued {name}: must be a day, such as 2030-12-31")))?;
    Ok(Some(time.to_unix()))
}

fn order(fields: &Fields) -> CredentialOrder {
    let named = Sort::of(fields).and_then(|sort| {
        let column = match sort.column {
            "title" => CredentialColumn::Title,
            "email" => CredentialColumn::Email,
            "issuer" => CredentialColumn::Issuer,
            "issued" => CredentialColumn::Issued,
            "expires" => CredentialColumn::Expires,
            _ => return None,
        };
        Some(CredentialOrder {
            column,
            is_descending: sort.is_descending,
        })
    });
    named.unwrap_or(CredentialOrder::NEWEST)
}
