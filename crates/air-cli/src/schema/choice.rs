//! A schema for a program: a published one, or a file.

use std::{convert::Infallible, path::Path, str::FromStr};

use air_api::{PartnerId, SchemaId, sandbox::CreateSchema};
use air_client::SandboxClient;
use serde_json::{Value, json};

use super::{compile, read_schema};
use crate::exit::Failure;

/// The id of a published schema, or the path of a file.
#[derive(Clone, Debug)]
pub(crate) struct SchemaChoice(String);

impl FromStr for SchemaChoice {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl SchemaChoice {
    /// The id. A file is published first.
    pub(crate) async fn publish(
        &self,
        local: &SandboxClient<'_>,
        partner_id: &PartnerId,
    ) -> Result<SchemaId, Failure> {
        let path = Path::new(&self.0);
        let is_json = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        if !path.exists() && !is_json {
            return SchemaId::new(&self.0).map_err(|error| Failure::usage(format!("--schema: {error}")));
        }
        let schema = read_schema(path)?;
        // Check the form locally first, so that errors name the file.
        compile(&schema)?;
        let Value::Object(form) = json!(schema) else {
            return Err(Failure::failed("the form is not an object"));
        };
        let order = CreateSchema {
            partner_id: partner_id.clone(),
            schema: form,
        };
        Ok(local.create_schema(&order).await?.schema_id)
    }
}
