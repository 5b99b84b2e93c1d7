//! The schema builder: a form of several attributes that works without a script. With one, rows and preview come as one types.

use air_api::sandbox::{CreateSchema, SchemaSearch};
use air_schema::{AttributeType, CredentialSchema, Format, compare};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, PreEscaped, html};
use serde_json::{Map, Number, Value, json};

use super::{
    form::Fields,
    layout::{Failed, Input, Page, Section, Visit, choice, fragment, problem, refused, state, tick},
    schemas::{documents, findings, path, plain, read},
};
use crate::domain::{App, Refusal, catalogue, dashboard, setup};

/// The most rows that the form has: as many as a schema may have, so that a new version loses none.
const MOST: usize = 256;
const TITLE: &str = "New schema";

/// The form, empty or with what another version has.
pub(super) async fn new(State(app): State<App>, visit: Visit, mut fields: Fields) -> Result<Page, Failed> {
    if let Some(from) = fields.filled("from").map(ToOwned::to_owned) {
        let published = catalogue::schema(&app, &from).await?;
        fill(&mut fields, &read(&published.schema)?);
        fields.set("partner", published.partner_id.as_str());
    }
    let form = form(&app, &visit, &fields).await?;
    Ok(visit.page(Section::Schemas, title(&fields), &form))
}

/// Adds a row, shows what it is so far, or publishes.
pub(super) async fn create(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Response, Failed> {
    if fields.text("action") != "publish" {
        let form = form(&app, &visit, &fields).await?;
        return Ok(visit
            .page(Section::Schemas, title(&fields), &form)
            .into_response());
    }
    let refusal = match publish(&app, &fields).await {
        Ok(schema_id) => {
            let to = format!("{}?done=schema", path(&schema_id));
            return Ok(Redirect::to(&to).into_response());
        }
        Err(refusal) => refusal,
    };
    let form = form(&app, &visit, &fields).await?;
    Ok(refused(&refusal, Section::Schemas, title(&fields), &form).into_response())
}

/// What the form is so far, for the script.
pub(super) async fn preview(State(app): State<App>, fields: Fields) -> Result<Page, Failed> {
    Ok(fragment(so_far(&app, &fields).await))
}

async fn publish(app: &App, fields: &Fields) -> Result<String, Refusal> {
    let partner = fields.text("partner").parse();
    let new = CreateSchema {
        partner_id: partner.map_err(|error| Refusal::bad_request(format!("partner: {error}")))?,
        schema: schema(fields)?,
    };
    let created = setup::create_schema(app, new, None).await?;
    Ok(created.answer.schema_id.as_str().to_owned())
}

fn title(fields: &Fields) -> &'static str {
    if fields.filled("from").is_some() {
        "New version"
    } else {
        TITLE
    }
}

/// The platform's form of what was typed.
fn schema(fields: &Fields) -> Result<Map<String, Value>, Refusal> {
    let mut form = Map::new();
    form.insert("title".to_owned(), json!(fields.text("title")));
    for name in ["type", "version", "description"] {
        if let Some(text) = fields.filled(name) {
            form.insert(name.to_owned(), json!(text));
        }
    }
    let attributes = (0..fields.rows(1, MOST)).filter(|row| fields.filled(&format!("name-{row}")).is_some());
    let attributes = attributes
        .map(|row| attribute(fields, row))
        .collect::<Result<Vec<_>, _>>()?;
    form.insert("attributes".to_owned(), json!(attributes));
    Ok(form)
}

fn attribute(fields: &Fields, row: usize) -> Result<Value, Refusal> {
    let text = |member: &str| fields.filled(&format!("{member}-{row}"));
    let kind = text("type").unwrap_or("string");
    let mut attribute = json!({
        "name": text("name"),
        "type": kind,
        "required": text("required").is_some(),
    });
    for (field, member) in [
        ("title", "title"),
        ("about", "description"),
        ("pattern", "pattern"),
        ("format", "format"),
    ] {
        if let Some(text) = text(field) {
            attribute[member] = json!(text);
        }
    }
    for (field, member) in [
        ("minimum", "minimum"),
        ("maximum", "maximum"),
        ("least", "minLength"),
        ("most", "maxLength"),
    ] {
        if let Some(digits) = text(field) {
            let number: Number = digits.parse().map_err(|_| {
                Refusal::bad_request(format!("attribute {}: {member} must be a number", row + 1))
            })?;
            attribute[member] = json!(number);
        }
    }
    if let Some(values) = text("values") {
        attribute["enum"] = listed(kind, values);
    }
    Ok(attribute)
}

/// Values with commas between them; or a JSON array, for those that have commas themselves.
fn listed(kind: &str, text: &str) -> Value {
    if let Ok(values @ Value::Array(_)) = serde_json::from_str(text) {
        return values;
    }
    let values = text.split(',').map(str::trim).filter(|value| !value.is_empty());
    values.map(|value| typed(kind, value)).collect()
}

/// The same, written.
fn written(kind: &str, values: &[Value]) -> String {
    let text = values.iter().map(plain).collect::<Vec<_>>().join(", ");
    if listed(kind, &text).as_array().is_some_and(|read| read == values) {
        text
    } else {
        json!(values).to_string()
    }
}

/// A value of an attribute's type, as far as the text is one; what is not, the checks name.
pub(super) fn typed(kind: &str, text: &str) -> Value {
    let is_json = matches!(kind, "number" | "integer" | "boolean");
    let read = is_json.then(|| serde_json::from_str(text).ok()).flatten();
    read.unwrap_or_else(|| json!(text))
}

/// Puts a schema into the form's fields.
fn fill(fields: &mut Fields, schema: &CredentialSchema) {
    fields.set("title", schema.title());
    fields.set("type", schema.type_name());
    fields.set("version", schema.version());
    fields.set("description", schema.description().unwrap_or_default());
    fields.set("rows", schema.attributes().len().to_string());
    for (row, attribute) in schema.attributes().iter().enumerate() {
        let constraints = attribute.constraints();
        let number = |number: &Option<Number>| number.as_ref().map(ToString::to_string);
        let values = constraints.allowed.as_ref();
        let members = [
            ("name", Some(attribute.name().to_string())),
            ("type", Some(attribute.kind().name().to_owned())),
            ("required", attribute.is_required().then(|| "yes".to_owned())),
            ("title", attribute.title().map(ToOwned::to_owned)),
            ("about", attribute.description().map(ToOwned::to_owned)),
            (
                "values",
                values.map(|values| written(attribute.kind().name(), values)),
            ),
            ("minimum", number(&constraints.minimum)),
            ("maximum", number(&constraints.maximum)),
            ("least", constraints.min_length.map(|length| length.to_string())),
            ("most", constraints.max_length.map(|length| length.to_string())),
            ("pattern", constraints.pattern.clone()),
            (
                "format",
                constraints.format.map(|format| format.name().to_owned()),
            ),
        ];
        for (member, value) in members {
            if let Some(value) = value {
                fields.set(format!("{member}-{row}"), value);
            }
        }
    }
}

async fn form(app: &App, visit: &Visit, fields: &Fields) -> Result<Markup, Failed> {
    let accounts = dashboard::accounts(app).await?;
    let partners: Vec<(&str, &str)> = accounts
        .iter()
        .map(|account| (account.partner_id.as_str(), account.name.as_str()))
        .collect();
    let rows = fields.rows(1, MOST);
    Ok(html! {
        p { "What is published can't be changed; a new version is another schema. "
            a href="/dashboard/schemas" { "Search the published ones" } " first: a verifier knows those already. An attribute without a name is left out." }
        form.builder method="post" action="/dashboard/schemas/new" {
            (visit.proof())
            input type="hidden" name="rows" value=(rows);
            input type="hidden" name="from" value=(fields.text("from"));
            div.columns {
                div {
                    fieldset {
                        legend { "Schema" }
                        (choice("partner", "Partner", fields.text("partner"), &partners))
                        (Input::text("title", "Title", fields).required())
                        (Input::text("type", "Type", fields).hint("Made of the title, unless said."))
                        (Input::text("version", "Version", fields).hint("1.0, unless said."))
                        (Input::text("description", "Description", fields))
                    }
                    div #rows { @for row in 0..rows { (attribute_row(fields, row)) } }
                    p.actions {
                        button name="action" value="add" #add { "Add an attribute" }
                        button name="action" value="preview" { "Preview" }
                        button.primary name="action" value="publish" { "Publish" }
                    }
                }
                section #preview aria-label="Preview" { (so_far(app, fields).await) }
            }
        }
        script src="/dashboard/builder.js" defer {}
    })
}

fn attribute_row(fields: &Fields, row: usize) -> Markup {
    let named = |member: &str| format!("{member}-{row}");
    let input = |member: &str, label: &str, hint: &str| {
        let name = named(member);
        let rendered = html! { (Input::text(&name, label, fields).hint(hint)) };
        PreEscaped(rendered.into_string())
    };
    let kinds: Vec<(&str, &str)> = AttributeType::ALL
        .iter()
        .map(|kind| (kind.name(), kind.name()))
        .collect();
    let formats = Format::ALL.iter().map(|format| (format.name(), format.name()));
    let formats: Vec<(&str, &str)> = std::iter::once(("", "any")).chain(formats).collect();
    html! {
        fieldset.attribute {
            legend { "Attribute " (row + 1) }
            div.grid {
                (input("name", "Name", "camelCase"))
                (choice(&named("type"), "Type", fields.text(&named("type")), &kinds))
                (tick(&named("required"), "Required", fields.is_ticked(&named("required"))))
            }
            (input("about", "Description", ""))
            details {
                summary { "Title and constraints" }
                div.grid {
                    (input("title", "Title", ""))
                    (input("values", "Allowed values", "with commas between them, or a JSON array"))
                    (input("minimum", "Minimum", "numbers"))
                    (input("maximum", "Maximum", "numbers"))
                    (input("least", "Fewest characters", "strings"))
                    (input("most", "Most characters", "strings"))
                    (input("pattern", "Pattern", "a regular expression"))
                    (choice(&named("format"), "Format", fields.text(&named("format")), &formats))
                }
            }
        }
    }
}

/// Findings, documents, and what is alike; or why it is no schema yet.
async fn so_far(app: &App, fields: &Fields) -> Markup {
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

/// What the new version means for what the old one issued.
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
            @else if is_breaking { (state("bad", "breaking")) " Not everything that exists goes on working." }
            @else { (state("good", "compatible")) " What exists goes on working." }
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

/// Schemas that are published already and have the title's words.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_a_schema_and_a_schema_the_form() {
        let typed = b"title=Age&rows=3&name-0=isOver18&type-0=boolean&required-0=yes&name-2=level&type-2=integer&values-2=1,+2\
            &minimum-2=1&about-2=How+much";
        let form = schema(&Fields::parse(typed)).unwrap();
        assert_eq!(
            Value::Object(form.clone()),
            json!({ "title": "Age", "attributes": [
                { "name": "isOver18", "type": "boolean", "required": true },
                { "name": "level", "type": "integer", "required": false, "enum": [1, 2], "minimum": 1, "description": "How much" },
            ]})
        );
        let read = read(&form).unwrap();
        let mut fields = Fields::default();
        fill(&mut fields, &read);
        let again = self::read(&schema(&fields).unwrap()).unwrap();
        assert_eq!(again, read);
    }

    #[test]
    fn values_with_commas_come_back_whole() {
        for values in [
            json!(["a", "b"]),
            json!(["a, b", "c"]),
            json!(["", " "]),
            json!(["[1]"]),
        ] {
            let text = written("string", values.as_array().unwrap());
            assert_eq!(listed("string", &text), values, "{text}");
        }
        assert_eq!(written("integer", &[json!(1), json!(2)]), "1, 2");
    }

    #[test]
    fn what_is_no_number_is_named_by_its_row() {
        let refusal = schema(&Fields::parse(b"rows=2&name-1=a&minimum-1=x")).unwrap_err();
        assert_eq!(refusal.message(), "attribute 2: minimum must be a number");
    }
}
