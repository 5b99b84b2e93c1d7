//! Issuance programs: list, creation (as a draft or published), publication.

use std::{collections::BTreeMap, fmt::Display};

use air_api::{
    PlatformTime,
    sandbox::{CreateProgram, Expiration, ProofSuite, PublishedSchema},
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{
    choices,
    form::Fields,
    layout::{
        Failed, Head, Input, List, Page, Section, Visit, button, choice, id, order, search, state, tick, time,
    },
};
use air_platform::{
    App, Refusal, catalogue,
    dashboard::{self, ProgramFilter, ProgramRow},
    setup,
};

const STATES: [(&str, &str); 3] = [("", "Any state"), ("published", "Published"), ("draft", "Draft")];
/// The suites of W3C credentials.
const PROOFS: [(&str, &str); 5] = [
    ("", "None"),
    ("ecdsa-rdfc-2019", "ecdsa-rdfc-2019"),
    ("eddsa-rdfc-2022", "eddsa-rdfc-2022"),
    ("ecdsa-sd-2023", "ecdsa-sd-2023"),
    ("bbs-2023", "bbs-2023"),
];
const HEADS: [Head; 8] = [
    Head::Sorted("Program", "name"),
    Head::Sorted("Schema", "schema"),
    Head::Plain("Id (credentialId)"),
    Head::Sorted("Issuer", "issuer"),
    Head::Sorted("State", "state"),
    Head::Sorted("Issued", "issued"),
    Head::Plain("Valid for"),
    Head::Sorted("Since", "since"),
];

pub(super) async fn list(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let filter = ProgramFilter {
        text: fields.text("q"),
        state: fields.text("state"),
        partner_id: fields.text("partner"),
    };
    let programs = dashboard::programs(&app, filter, order(&fields), fields.page()).await?;
    let rows = html! {
        @for program in &programs.rows {
            tr {
                th scope="row" { a href=(path(&program.program_id)) { bdi { (program.label()) } } }
                td { bdi { (program.title) } }
                td { (id(&program.program_id)) }
                td { bdi { (program.partner_name) } }
                td { (publication(program)) }
                td.number { (issued(program)) }
                td { (program.expiration) }
                td { (time(program.created_at)) }
            }
        }
    };
    let filters = html! {
        (choice("state", "State", fields.text("state"), &STATES))
        (choices::partner_filter(&app, "Issuer", fields.text("partner")).await?)
    };
    let content = html! {
        p.actions { a.button href="/dashboard/programs/new" { "New program" } }
        (search("Name, title, issuer or id", &fields, &filters))
        (List {
            caption: "Issuance programs",
            path: "/dashboard/programs",
            fields: &fields,
            heads: &HEADS,
            rows,
            total: programs.total,
            empty: html! { p { "No program yet. A program issues credentials of a schema. " a href="/dashboard/programs/new" { "Create the first one" } "." } },
        })
    };
    Ok(visit.page(Section::Programs, "Programs", &content))
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(program_id): Path<String>,
) -> Result<Page, Failed> {
    let program = dashboard::program(&app, &program_id).await?;
    let content = html! {
        p.states { (publication(&program)) }
        dl.facts {
            dt { "Program id (credentialId)" } dd { (id(&program.program_id)) }
            dt { "Schema" } dd { a href=(format!("/dashboard/schemas/{}", program.schema_id)) { bdi { (program.title) } } }
            dt { "Issuer" } dd { a href=(format!("/dashboard/accounts/{}", program.partner_id)) { bdi { (program.partner_name) } } }
            dt { "Compliance encryption (CAK)" } dd { @if program.cak { "on" } @else { "off" } }
            dt { "Credentials are valid for" } dd { (program.expiration) }
            dt { "W3C credentials" } dd { (proof(&program)) }
            @if program.predicate_proofs {
                dt { "Predicate proofs (experimental)" }
                dd { "on: a revoked credential can be presented until its epoch ends, at most a day" }
            }
            dt { "Issues until" } dd { @match program.accessible_until { Some(until) => { (time(until)) }, None => "it is taken \
                  out of use" } }
            dt { "Issued" } dd { a href=(format!("/dashboard/credentials?program={program_id}")) { (issued(&program)) } }
        }
        @if program.published {
            p.actions {
                a.button href=(format!("/dashboard/issue?program={program_id}")) { "Try it: issue a credential" }
                a.button href=(format!("{}/offer", path(&program_id))) { "Offer it to a wallet" }
            }
        } @else {
            p { "A draft can't issue." }
            (button(&visit, &format!("{}/publish", path(&program_id)), "publish", "Publish this program"))
        }
    };
    Ok(visit.page(Section::Programs, program.label(), &content))
}

pub(super) async fn new(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let form = form(&app, &visit, &fields).await?;
    Ok(visit.page(Section::Programs, "New program", &form))
}

pub(super) async fn create(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Response, Failed> {
    let is_published = fields.text("action") == "publish";
    match insert(&app, &fields, is_published).await {
        Ok(program_id) => {
            let done = if is_published { "program" } else { "draft" };
            Ok(Redirect::to(&format!("{}?done={done}", path(&program_id))).into_response())
        }
        Err(refusal) => {
            let form = form(&app, &visit, &fields).await?;
            Ok(visit
                .refused(&refusal, Section::Programs, "New program", &form)
                .into_response())
        }
    }
}

pub(super) async fn publish(
    State(app): State<App>,
    Path(program_id): Path<String>,
) -> Result<Redirect, Failed> {
    setup::publish_program(&app, &program_id).await?;
    Ok(Redirect::to(&format!("{}?done=program", path(&program_id))))
}

async fn insert(app: &App, fields: &Fields, publish: bool) -> Result<String, Refusal> {
    let schema = published(app, fields).await?;
    let expiration = fields.filled("expiration").unwrap_or("permanent");
    let expiration: Expiration = expiration
        .parse()
        .map_err(|_| Refusal::bad_request("valid for: must be like 90d, 1y or permanent"))?;
    let until = fields.filled("until").map(|day| {
        format!("{day} 23:59:59")
            .parse::<PlatformTime>()
            .map_err(|_| Refusal::bad_request("issues until: must be a day, such as 2030-12-31"))
    });
    let most = fields.filled("most").map(|count| match count.parse::<u64>() {
        Ok(count @ 1..) => Ok(count),
        _ => Err(Refusal::bad_request(
            "at most: must be a whole number, at least 1",
        )),
    });
    let proof = fields.filled("proof").map(|name| {
        name.parse::<ProofSuite>()
            .map_err(|error| Refusal::bad_request(format!("W3C credentials: {error}")))
    });
    let new = CreateProgram {
        partner_id: schema.partner_id,
        schema_id: schema.schema_id,
        cak: fields.is_ticked("cak"),
        expiration,
        accessible_until: until.transpose()?,
        maximum_issuance: most.transpose()?,
        name: fields.filled("name").map(str::to_owned),
        proof: proof.transpose()?,
        unlinkable: fields.is_ticked("unlinkable"),
        predicate_proofs: false,
        scales: BTreeMap::new(),
        publish,
    };
    let created = setup::create_program(app, new, None).await?;
    Ok(created.body().program.as_str().to_owned())
}

/// Returns the chosen schema.
pub(super) async fn published(app: &App, fields: &Fields) -> Result<PublishedSchema, Refusal> {
    let chosen = fields.filled("schema");
    let schema_id =
        chosen.ok_or_else(|| Refusal::bad_request("choose a schema; if there is none, publish one first"))?;
    catalogue::schema(app, schema_id).await
}

async fn form(app: &App, visit: &Visit, fields: &Fields) -> Result<Markup, Failed> {
    Ok(html! {
        form.plain-form method="post" action="/dashboard/programs/new" {
            (visit.proof())
            (choices::schema(app, fields.text("schema")).await?)
            (Input::text("name", "Name", fields).hint("For people. Defaults to the schema's title."))
            (Input::text("expiration", "Credentials are valid for", fields).hint("90d, 1y or permanent. Defaults to permanent."))
            (Input::text("until", "Issues until the end of", fields).kind("date").hint("Defaults to no end."))
            (Input::text("most", "Credentials at most", fields).kind("number").hint("Defaults to no limit."))
            (tick("cak", "Compliance encryption (CAK): documents are sealed to a key of the user's", fields.is_ticked("cak")))
            (choice("proof", "W3C credentials as well, with this proof", fields.text("proof"), &PROOFS))
            (tick("unlinkable", "W3C credentials without a status entry, so that presentations are unlinkable: only with bbs-2023, and valid for at \
                  most 90d, because they can't be revoked", fields.is_ticked("unlinkable")))
            p.actions {
                button.primary name="action" value="publish" { "Publish" }
                button name="action" value="draft" { "Keep as a draft" }
            }
        }
    })
}

fn proof(program: &ProgramRow) -> String {
    match program.proof {
        None => "none".to_owned(),
        Some(suite) if program.unlinkable => format!("{suite}, without a status entry"),
        Some(suite) => suite.to_string(),
    }
}

fn publication(program: &ProgramRow) -> Markup {
    if program.published {
        state("good", "published")
    } else {
        state("waiting", "draft")
    }
}

fn issued(program: &ProgramRow) -> String {
    match program.maximum_issuance {
        Some(most) => format!("{} of {most}", program.issued),
        None => program.issued.to_string(),
    }
}

pub(super) fn path(program_id: &(impl Display + ?Sized)) -> String {
    format!("/dashboard/programs/{program_id}")
}
