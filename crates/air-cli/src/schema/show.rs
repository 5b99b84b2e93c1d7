//! `air schema show`.

use air_api::SchemaId;
use air_schema::{Attribute, CredentialSchema, DocumentUris, Draft};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{aligned, read_schema};
use crate::{
    exit::Failure,
    output::Output,
    partner::{LocalOnly, PlatformArgs},
    terminal::printable,
};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air schema show examples/kyc/schema.json\n  \
                  air schema show --format json-schema schema.json\n  \
                  air schema show 01KKX3Q7DEK0GM2TCKMMHA    # a published one")]
pub(crate) struct Show {
    #[command(flatten)]
    platform: PlatformArgs,
    /// The format to print instead of the overview.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The draft of JSON Schema.
    #[arg(long, value_enum, default_value_t = DraftName::Draft07)]
    draft: DraftName,
    /// The URL of the published document.
    #[arg(long, value_name = "URI", default_value = "https://example.org/schema.json")]
    schema_uri: String,
    /// The URL of the published JSON-LD context.
    #[arg(
        long,
        value_name = "URI",
        default_value = "https://example.org/context.jsonld"
    )]
    context_uri: String,
    /// The file of a schema form (`-` is stdin), or the id of a published schema.
    #[arg(value_name = "FILE|ID")]
    schema: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// The schema form, as in the dashboard.
    Form,
    /// The JSON Schema of the subject.
    JsonSchema,
    /// The JSON Schema of the whole credential, as the platform publishes it.
    Document,
    /// The JSON-LD context.
    Context,
}

#[derive(Clone, Copy, ValueEnum)]
enum DraftName {
    #[value(name = "draft-07")]
    Draft07,
    #[value(name = "2020-12")]
    Draft202012,
}

impl Show {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let schema = self.read().await?;
        match self.format {
            Some(format) => output.document(&self.print(&schema, format)?),
            None if output.is_json() => output.document(&json!({
                "contentId": schema.content_id(),
                "schema": schema,
            })),
            None => output.line(&draw(&schema)),
        }
    }

    /// Loads the file of this name, or else the published schema with this id.
    async fn read(&self) -> Result<CredentialSchema, Failure> {
        let path = std::path::Path::new(&self.schema);
        let id: Option<SchemaId> = self.schema.parse().ok();
        match id {
            Some(id) if self.schema != "-" && !path.exists() => {
                let published = self
                    .platform
                    .connect_local(LocalOnly::COMMAND)?
                    .local()
                    .schema(&id)
                    .await?;
                let form = Value::Object(published.schema).to_string();
                CredentialSchema::from_slice(form.as_bytes())
                    .map_err(|error| Failure::failed(format!("the platform's schema {id}: {error}")))
            }
            _ => read_schema(path),
        }
    }

    fn print(&self, schema: &CredentialSchema, format: Format) -> Result<Value, Failure> {
        let draft = match self.draft {
            DraftName::Draft07 => Draft::Draft7,
            DraftName::Draft202012 => Draft::Draft202012,
        };
        let uris = DocumentUris::new(&self.schema_uri, &self.context_uri)
            .map_err(|error| Failure::usage(error.to_string()))?;
        Ok(match format {
            Format::Form => json!(schema),
            Format::JsonSchema => schema.to_json_schema(draft),
            Format::Document => schema.to_document(&uris, draft),
            Format::Context => schema.to_json_ld_context(&uris),
        })
    }
}

pub(super) fn draw(schema: &CredentialSchema) -> String {
    let names = [schema.title(), schema.type_name(), schema.version()].map(printable);
    let mut lines = vec![format!("{}  {} {}", names[0], names[1], names[2])];
    lines.extend(schema.description().map(printable));
    lines.push(schema.content_id());
    lines.push(String::new());
    lines.extend(aligned(schema.attributes().iter().map(row).collect()));
    lines.join("\n")
}

fn row(attribute: &Attribute) -> Vec<String> {
    let limits = attribute.constraints();
    let number = |name: &str, value: Option<String>| value.map(|value| format!("{name} {value}"));
    let values = limits.allowed.as_ref().map(|values| {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        values.join(" | ")
    });
    let rules: Vec<String> = [
        limits.format.map(|format| format.name().to_owned()),
        values,
        number("matches", limits.pattern.clone()),
        number("at least", limits.minimum.as_ref().map(ToString::to_string)),
        number("at most", limits.maximum.as_ref().map(ToString::to_string)),
        number("min length", limits.min_length.map(|length| length.to_string())),
        number("max length", limits.max_length.map(|length| length.to_string())),
    ]
    .into_iter()
    .flatten()
    .collect();
    vec![
        attribute.name().to_string(),
        attribute.kind().name().to_owned(),
        if attribute.is_required() {
            "required"
        } else {
            "optional"
        }
        .to_owned(),
        printable(&rules.join(", ")),
    ]
}
