//! The schema builder: a form for several attributes that works without a script. A script updates rows and
//! the preview while the user types.

mod fields;
mod preview;

use air_api::sandbox::CreateSchema;
use air_schema::{AttributeType, Format};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, PreEscaped, html};

pub(super) use self::fields::typed;
use self::{
    fields::{fill, schema},
    preview::so_far,
};
use super::{
    choices,
    form::Fields,
    layout::{Failed, Input, Page, Section, Visit, choice, fragment, tick},
    schemas::{path, read},
};
use air_platform::{App, Refusal, catalogue, setup};

/// The maximum number of rows. A schema has at most as many attributes, so a new version loses none.
const MOST: usize = 256;
const TITLE: &str = "New schema";

/// Shows the form, empty or filled from an existing schema.
pub(super) async fn new(State(app): State<App>, visit: Visit, mut fields: Fields) -> Result<Page, Failed> {
    if let Some(from) = fields.filled("from").map(ToOwned::to_owned) {
        let published = catalogue::schema(&app, &from).await?;
        fill(&mut fields, &read(&published.schema)?);
        fields.set("partner", published.partner_id.as_str());
    }
    let form = form(&app, &visit, &fields).await?;
    Ok(visit.page(Section::Schemas, title(&fields), &form))
}

/// Adds a row, shows a preview, or publishes the schema.
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
    Ok(visit
        .refused(&refusal, Section::Schemas, title(&fields), &form)
        .into_response())
}

/// Returns the preview of the form, for the script.
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
    Ok(created.body().schema_id.as_str().to_owned())
}

fn title(fields: &Fields) -> &'static str {
    if fields.filled("from").is_some() {
        "New version"
    } else {
        TITLE
    }
}

async fn form(app: &App, visit: &Visit, fields: &Fields) -> Result<Markup, Failed> {
    let rows = fields.rows(1, MOST);
    Ok(html! {
        p { "A published schema can't be changed; a new version is another schema. "
            a href="/dashboard/schemas" { "Search the published ones" } " first: a verifier knows those already. An attribute without a name is left out." }
        form.builder method="post" action="/dashboard/schemas/new" data-preview="/dashboard/schemas/preview" {
            (visit.proof())
            input type="hidden" name="rows" value=(rows);
            input type="hidden" name="from" value=(fields.text("from"));
            div.columns {
                div {
                    fieldset {
                        legend { "Schema" }
                        (choices::partner(app, "Partner", fields.text("partner")).await?)
                        (Input::text("title", "Title", fields).required())
                        (Input::text("type", "Type", fields).hint("Defaults to the title in PascalCase."))
                        (Input::text("version", "Version", fields).hint("Defaults to 1.0."))
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
