//! The query builder: the conditions of a verification program, as a form and as a sentence.

use air_api::sandbox::{Condition, CreateVerificationProgram, Operator, ProofSuite};
use air_schema::CredentialSchema;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde_json::Value;

use super::path;
use crate::{
    builder::typed,
    choices,
    credentials::word,
    form::Fields,
    layout::{Failed, Input, Page, Section, Visit, choice, tick},
    programs::published,
    schemas::{plain, read},
};
use air_platform::{App, Refusal, setup};

/// The maximum number of conditions in the form.
const MOST: usize = 32;
const TITLE: &str = "New verification program";
const OPERATORS: [Operator; 6] = [
    Operator::Equals,
    Operator::NotEquals,
    Operator::Greater,
    Operator::Less,
    Operator::In,
    Operator::NotIn,
];

pub(crate) async fn new(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let form = form(&app, &visit, &fields).await?;
    Ok(visit.page(Section::Verification, TITLE, &form))
}

pub(crate) async fn create(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Response, Failed> {
    if fields.text("action") != "publish" {
        let form = form(&app, &visit, &fields).await?;
        return Ok(visit.page(Section::Verification, TITLE, &form).into_response());
    }
    match insert(&app, &fields).await {
        Ok(program_id) => {
            Ok(Redirect::to(&format!("{}?done=verification", path(&program_id))).into_response())
        }
        Err(refusal) => {
            let form = form(&app, &visit, &fields).await?;
            Ok(visit
                .refused(&refusal, Section::Verification, TITLE, &form)
                .into_response())
        }
    }
}

async fn insert(app: &App, fields: &Fields) -> Result<String, Refusal> {
    let published = published(app, fields).await?;
    let schema = read(&published.schema)?;
    let rows = 0..fields.rows(1, MOST);
    let named = rows.filter(|row| fields.filled(&format!("attribute-{row}")).is_some());
    let new = CreateVerificationProgram {
        conditions: named
            .map(|row| condition(&schema, fields, row))
            .collect::<Result<_, _>>()?,
        partner_id: match fields.filled("partner") {
            Some(partner) => partner
                .parse()
                .map_err(|error| Refusal::bad_request(format!("verifier: {error}")))?,
            None => published.partner_id,
        },
        schema_id: published.schema_id,
        require_cak: fields.is_ticked("cak"),
        name: fields.filled("name").map(str::to_owned),
        trust_list: None,
        proofs: ProofSuite::ALL
            .into_iter()
            .filter(|suite| fields.is_ticked(suite.as_str()))
            .collect(),
        predicate_proofs_of: None,
    };
    let created = setup::create_verification_program(app, new, None).await?;
    Ok(created.body().program_id.as_str().to_owned())
}

fn condition(schema: &CredentialSchema, fields: &Fields, row: usize) -> Result<Condition, Refusal> {
    let text = |member: &str| fields.text(&format!("{member}-{row}"));
    let attribute = text("attribute");
    let known = schema
        .attributes()
        .iter()
        .find(|known| known.name().as_str() == attribute);
    let kind = known.map_or("string", |known| known.kind().name());
    let operator: Operator = serde_json::from_value(Value::from(text("operator")))
        .map_err(|_| Refusal::bad_request(format!("condition {}: no such operator", row + 1)))?;
    let value = text("value");
    Ok(Condition {
        attribute: attribute.to_owned(),
        value: if matches!(operator, Operator::In | Operator::NotIn) {
            let values = value.split(',').map(str::trim).filter(|value| !value.is_empty());
            values.map(|value| typed(kind, value)).collect()
        } else {
            typed(kind, value)
        },
        operator,
    })
}

async fn form(app: &App, visit: &Visit, fields: &Fields) -> Result<Markup, Failed> {
    let choosing = html! {
        form.search method="get" action="/dashboard/verification/new" {
            (choices::schema(app, fields.text("schema")).await?)
            button { "Take this schema" }
        }
    };
    let Some(schema_id) = fields.filled("schema") else {
        return Ok(choosing);
    };
    let published = published(app, fields).await?;
    let schema = read(&published.schema)?;
    let verifier = fields.filled("partner").unwrap_or(published.partner_id.as_str());
    let names = schema
        .attributes()
        .iter()
        .map(|attribute| attribute.name().as_str());
    let attributes: Vec<(&str, &str)> = std::iter::once(("", "none"))
        .chain(names.map(|name| (name, name)))
        .collect();
    let words: Vec<String> = OPERATORS.iter().map(word).collect();
    let operators: Vec<(&str, &str)> = words.iter().map(|word| (word.as_str(), word.as_str())).collect();
    let rows = fields.rows(1, MOST);
    Ok(html! {
        (choosing)
        form.plain-form method="post" action="/dashboard/verification/new" {
            (visit.proof())
            input type="hidden" name="schema" value=(schema_id);
            input type="hidden" name="rows" value=(rows);
            (choices::partner(app, "Verifier", verifier).await?)
            (Input::text("name", "Name", fields).hint("For people. Defaults to the schema's title."))
            @for row in 0..rows {
                fieldset.attribute {
                    legend { "Condition " (row + 1) }
                    div.grid {
                        (choice(&format!("attribute-{row}"), "Attribute", fields.text(&format!("attribute-{row}")), &attributes))
                        (choice(&format!("operator-{row}"), "Operator", fields.text(&format!("operator-{row}")), &operators))
                        (Input::text(&format!("value-{row}"), "Value", fields).hint("with commas between several, for in and not in"))
                    }
                }
            }
            (tick("cak", "Ask for the CAK, which opens the sealed documents", fields.is_ticked("cak")))
            fieldset.attribute {
                legend { "W3C credentials with these proofs are accepted as well" }
                @for suite in ProofSuite::ALL { (tick(suite.as_str(), suite.as_str(), fields.is_ticked(suite.as_str()))) }
            }
            p.actions {
                button name="action" value="add" { "Add a condition" }
                button.primary name="action" value="publish" { "Publish" }
            }
        }
    })
}

/// Renders conditions as a sentence.
pub(super) fn question(conditions: &[Condition]) -> Markup {
    html! {
        @if conditions.is_empty() { "any credential of the schema" }
        @for (place, condition) in conditions.iter().enumerate() {
            @if place > 0 { " and " }
            code { (condition.attribute) } " " (word(&condition.operator)) " " bdi { (values(&condition.value)) }
        }
    }
}

fn values(value: &Value) -> String {
    match value.as_array() {
        Some(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        None => plain(value),
    }
}
