//! The preview of the form: lint findings, documents, similar schemas, and the compatibility of a new
//! version.

use air_api::sandbox::SchemaSearch;
use air_schema::{CredentialSchema, compare};
use maud::{Markup, html};
use serde_json::Value;

use super::fields::schema;
use crate::{
    form::Fields,
    layout::{problem, state},
    schemas::{documents, findings, path, read},
};
use air_platform::{App, catalogue};

/// Renders findings, documents and similar schemas, or the reason that the form is not a schema yet.
pub(super) async fn so_far(app: &App, fields: &Fields) -> Markup {
    let form = match schema(fields) {
        Ok(form) => form,
        Err(refusal) => return html! { h2 { "Preview" } (unfinished(refusal.message())) },
    };
    let text = Value::Object(form).to_string();
    let alike = alike(app, fields).await;
    match CredentialSchema::from_slice(text.as_bytes()) {
        Err(error) => html! { h2 { "Preview" } (unfinished(&error.to_string())) (alike) },
        Ok(schema) => html! {
            h2 { "Preview" }
            (verdict(app, fields, &schema).await)
            h3 { "Lint" }
            (findings(&schema.lint()))
            (alike)
            h3 { "Documents" }
            (documents(app, &schema, "ID"))
        },
    }
}

fn unfinished(reason: &str) -> Markup {
    html! { p { (state("waiting", "not a schema yet")) " " (reason) "." } }
}

/// Renders the compatibility of the new version with the old one.
async fn verdict(app: &App, fields: &Fields, new: &CredentialSchema) -> Markup {
    let Some(from) = fields.filled("from") else {
        return html! {};
    };
    let old = match catalogue::schema(app, from)
        .await
        .and_then(|published| read(&published.schema))
    {
        Ok(old) => old,
        Err(refusal) => return problem(refusal.message()),
    };
    let comparison = compare(&old, new);
    let is_breaking = comparison
        .changes()
        .iter()
        .any(|change| !change.breaks().is_empty());
    html! {
        h3 { "Against version " (old.version()) }
        p #verdict {
            @if comparison.changes().is_empty() { (state("waiting", "unchanged")) " Nothing is different." }
            @else if is_breaking { (state("bad", "breaking")) " Existing credentials may be invalid, or verification programs may fail." }
            @else { (state("good", "compatible")) " Existing credentials and verification programs still work." }
        }
        @if !comparison.changes().is_empty() {
            ul {
                @for change in comparison.changes() {
                    li {
                        (change.to_string())
                        @for affected in change.breaks() { " " (state("bad", affected.name())) }
                    }
                }
            }
        }
        @if let Some(version) = comparison.suggested_version() {
            @if version != new.version() { p { "Its version should be " strong { (version) } "." } }
        }
    }
}

/// Renders published schemas that match the words of the title.
async fn alike(app: &App, fields: &Fields) -> Markup {
    let Some(title) = fields.filled("title") else {
        return html! {};
    };
    let wanted = SchemaSearch {
        limit: 5,
        ..SchemaSearch::new(title)
    };
    let from = fields.text("from");
    let found = catalogue::search(app, &wanted)
        .await
        .map(|page| page.records)
        .unwrap_or_default();
    let found: Vec<_> = found
        .iter()
        .filter(|schema| schema.schema_id.as_str() != from)
        .collect();
    html! {
        @if !found.is_empty() {
            h3 { "Published already" }
            ul { @for schema in found { li { a href=(path(schema.schema_id.as_str())) { bdi { (schema.title) } } " " (schema.version) ": " (schema.attributes.join(", ")) } } }
        }
    }
}
