//! Published schemas: search, all formats, and creation of a new version.

use std::fmt::Display;

use air_api::sandbox::SchemaSearch;
use air_schema::{Attribute, CredentialSchema, DocumentUris, Draft, Finding};
use axum::extract::{Path, State};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{
    form::Fields,
    layout::{Failed, Head, List, Page, Section, Visit, id, listing, moment, order, search, state, table},
};
use air_platform::{
    App, Refusal, catalogue,
    dashboard::{self, PAGE},
};

pub(super) async fn list(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let wanted = SchemaSearch {
        q: fields.text("q").to_owned(),
        page: fields.page(),
        limit: PAGE,
    };
    let found = catalogue::sorted(&app, &wanted, order(&fields)).await?;
    let rows = html! {
        @for schema in &found.records {
            tr {
                th scope="row" { a href=(path(schema.schema_id.as_str())) { bdi { (schema.title) } } }
                td { code { (schema.type_name) } }
                td { (schema.version) }
                td { (schema.attributes.join(", ")) }
                td { (moment(schema.created_at)) }
            }
        }
    };
    let heads = [
        Head::Sorted("Title", "title"),
        Head::Plain("Type"),
        Head::Plain("Version"),
        Head::Plain("Attributes"),
        Head::Sorted("Published", "published"),
    ];
    let content = html! {
        p.actions { a.button href="/dashboard/schemas/new" { "New schema" } }
        (search("Words of title, attributes or descriptions", &fields, &html! {}))
        (List {
            caption: "Schemas",
            path: "/dashboard/schemas",
            fields: &fields,
            heads: &heads,
            rows,
            total: found.total,
            empty: html! { p { "No schema yet. A schema names the claims of a credential. " a href="/dashboard/schemas/new" { "Publish the first one" } "." } },
        })
    };
    Ok(visit.page(Section::Schemas, "Schemas", &content))
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(schema_id): Path<String>,
) -> Result<Page, Failed> {
    let published = catalogue::schema(&app, &schema_id).await?;
    let schema = read(&published.schema)?;
    let owner = published.partner_id.as_str();
    let names = dashboard::names(&app, std::iter::once(owner)).await?;
    let content = html! {
        p.actions {
            a.button href=(format!("/dashboard/schemas/new?from={schema_id}")) { "New version" }
            a.button href=(format!("/dashboard/programs/new?schema={schema_id}")) { "Program by it" }
            a.button href=(format!("/dashboard/verification/new?schema={schema_id}")) { "Verification by it" }
        }
        @if let Some(description) = schema.description() { p { bdi { (description) } } }
        dl.facts {
            dt { "Schema id" } dd { (id(&schema_id)) }
            dt { "Type" } dd { code { (schema.type_name()) } }
            dt { "Version" } dd { (schema.version()) }
            dt { "Partner" } dd { a href=(format!("/dashboard/accounts/{owner}")) { bdi { (names.get(owner).map_or(owner, String::as_str)) } } }
            dt { "Published" } dd { (moment(published.created_at)) }
        }
        section { (attributes(&schema)) }
        section { h2 { "Lint" } (findings(&schema.lint())) }
        section { (documents(&app, &schema, &schema_id)) }
    };
    Ok(visit.page(Section::Schemas, schema.title(), &content))
}

/// Parses the form as a schema.
pub(super) fn read(form: &serde_json::Map<String, Value>) -> Result<CredentialSchema, Refusal> {
    let text = Value::Object(form.clone()).to_string();
    CredentialSchema::from_slice(text.as_bytes()).map_err(Refusal::internal)
}

fn attributes(schema: &CredentialSchema) -> Markup {
    let rows = html! {
        @for attribute in schema.attributes() {
            tr {
                th scope="row" {
                    code { (attribute.name()) }
                    @if let Some(title) = attribute.title() { " " bdi { (title) } }
                }
                td { (attribute.kind().name()) }
                td { @if attribute.is_required() { "required" } @else { "optional" } }
                td { (limits(attribute)) }
                td { @if let Some(description) = attribute.description() { bdi { (description) } } }
            }
        }
    };
    let heads = ["Name", "Type", "Presence", "Constraints", "Description"];
    table("Attributes", &heads, &rows, None)
}

fn characters(count: u32) -> &'static str {
    if count == 1 { "character" } else { "characters" }
}

fn limits(attribute: &Attribute) -> String {
    let constraints = attribute.constraints();
    let mut limits = Vec::new();
    if let Some(allowed) = &constraints.allowed {
        let values: Vec<String> = allowed.iter().map(plain).collect();
        limits.push(format!("one of {}", values.join(", ")));
    }
    if let Some(minimum) = &constraints.minimum {
        limits.push(format!("from {minimum}"));
    }
    if let Some(maximum) = &constraints.maximum {
        limits.push(format!("up to {maximum}"));
    }
    if let Some(least) = constraints.min_length {
        limits.push(format!("{least} {} or more", characters(least)));
    }
    if let Some(most) = constraints.max_length {
        limits.push(format!("{most} {} at most", characters(most)));
    }
    if let Some(pattern) = &constraints.pattern {
        limits.push(format!("matches {pattern}"));
    }
    if let Some(format) = constraints.format {
        limits.push(format!("format {}", format.name()));
    }
    limits.join("; ")
}

/// Formats a value as a person writes it.
pub(super) fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Renders the lint findings and their remedies.
pub(super) fn findings(findings: &[Finding]) -> Markup {
    html! {
        @if findings.is_empty() {
            p { (state("good", "clean")) " The lint finds nothing." }
        } @else {
            ul.findings {
                @for finding in findings {
                    li {
                        (state(if finding.severity.name() == "warning" { "bad" } else { "waiting" }, finding.severity.name()))
                        " " (finding.message) ": " (finding.suggestion)
                        @if !finding.claims.is_empty() { " (" (finding.claims.join(", ")) ")" }
                    }
                }
            }
        }
    }
}

/// Renders the schema as JSON Schema and as JSON-LD context.
pub(super) fn documents(app: &App, schema: &CredentialSchema, schema_id: &str) -> Markup {
    let base = format!("{}/schemas/{schema_id}", app.public_url);
    let uris = DocumentUris::new(&format!("{base}.json"), &format!("{base}.jsonld"));
    let context = uris.map_or_else(|_| json!({}), |uris| schema.to_json_ld_context(&uris));
    html! {
        (listing("JSON Schema of the subject", &pretty(&schema.to_json_schema(Draft::Draft7))))
        (listing("JSON-LD context", &pretty(&context)))
    }
}

pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

pub(super) fn path(schema_id: &(impl Display + ?Sized)) -> String {
    format!("/dashboard/schemas/{schema_id}")
}
