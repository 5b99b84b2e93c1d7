//! `air schema publish`.

use std::path::PathBuf;

use air_api::{PartnerId, sandbox::CreateSchema};
use clap::Args;
use serde_json::{Value, json};

use super::{compile, read_schema};
use crate::{exit::Failure, output::Output, partner::SetUpArgs};

#[derive(Args)]
#[command(after_help = "Example:\n  air schema publish examples/kyc/schema.json    # after `air init`")]
pub(crate) struct Publish {
    #[command(flatten)]
    platform: SetUpArgs,
    /// The partner who will own the schema [default: the profile's].
    #[arg(long, value_name = "ID", env = "AIR_PARTNER_ID")]
    partner_id: Option<PartnerId>,
    /// The schema form; `-` is stdin.
    #[arg(value_name = "SCHEMA.json")]
    schema: PathBuf,
}

impl Publish {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let schema = read_schema(&self.schema)?;
        // Check the form locally first, so that errors name the file.
        compile(&schema)?;
        let warnings = schema.lint().len();
        let Value::Object(form) = json!(schema) else {
            return Err(Failure::failed("the form is not an object"));
        };
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let order = CreateSchema {
            partner_id: self.platform.owner(self.partner_id.as_ref())?,
            schema: form,
        };
        let created = local.create_schema(&order).await?;
        output.result(&created, |created| {
            let advice = match warnings {
                0 => String::new(),
                _ => format!(
                    "\nhint: run `air schema lint {}` for advice",
                    self.schema.display()
                ),
            };
            format!(
                "Published \"{}\" as {}{advice}",
                schema.title(),
                created.schema_id
            )
        })
    }
}
