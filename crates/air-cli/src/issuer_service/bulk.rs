//! `air issuer bulk`: issues one credential for each row of a file by the operator's calls of a running service.

use std::path::PathBuf;

use air_client::{AirClient, Environment, bulk::ServiceOrder};
use clap::Args;
use zeroize::Zeroizing;

use crate::{
    bulk::{Input, Issuer, RunArgs, Sender, Wording},
    exit::Failure,
    files,
    output::Output,
};

/// The service's limits, in bytes.
const SCHEMA_ID_LIMIT: usize = 255;
const TYPE_LIMIT: usize = 2_048;

#[derive(Args)]
#[command(
    after_help = "A CSV has a header line `email,expiration,credentialSubject.<attribute>,…`, separated by commas or semicolons. \
                  Each cell has the type of its attribute, or is JSON. `expiration` is a date (midnight in UTC) or a time with \
                  its offset. An empty cell is an absent claim. Other columns are ignored, with a warning.\n\
                  NDJSON has `{\"email\": …, \"expiration\": …, \"credentialSubject\": {…}}` on each line. A repeated row is \
                  refused. The command exits with 1 if a row was refused; the others are issued.\n\
                  \n\
                  Examples:\n  \
                  air issuer bulk --schema member --schema-file member.json --dry-run m.csv\n  \
                  air issuer bulk --schema member --schema-file member.json \\\n      \
                  --url https://issuer.example --admin-api-key-file admin-key m.csv"
)]
pub(crate) struct Bulk {
    /// The URL of the service, without a path.
    #[arg(long, required_unless_present = "dry_run")]
    url: Option<String>,
    /// Read the operator's API key (`x-admin-api-key`) from this file; `-` is stdin.
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    admin_api_key_file: Option<PathBuf>,
    /// The schema of the credentials: the member `id` of a table `[[schemas]]` in the service's `issuer.toml`.
    #[arg(long, value_name = "ID", value_parser = schema_id)]
    schema: String,
    /// The document of the same schema, the file of its member `document`: the types of the cells of a CSV. Rows that do not
    /// conform are refused before they are sent.
    #[arg(long, value_name = "FILE")]
    schema_file: PathBuf,
    /// The type of the credentials, `vct` [default: the schema's id].
    #[arg(long, value_name = "VCT", value_parser = credential_type)]
    vct: Option<String>,
    #[command(flatten)]
    run: RunArgs,
}

impl Bulk {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let input = Input::open(self.run.input(), Some(&self.schema_file), Issuer::OwnService)?;
        let service = if self.run.is_dry() {
            None
        } else {
            Some(self.service(output)?)
        };
        let reviewed = self.run.review(&input, &Wording::OWN_SERVICE, output)?;
        let Some((reviewed, (client, key))) = reviewed.zip(service) else {
            return Ok(());
        };
        // During a run, an unreachable service is retried; at its start, it is an error.
        client
            .clock()
            .await
            .map_err(|error| Wording::OWN_SERVICE.failure(error))?;
        let bulk = client
            .service_bulk(self.order())
            .concurrency(self.run.concurrency());
        let sender = Sender::OwnService {
            bulk,
            admin_key: &key,
        };
        self.run.send(&input, reviewed, &sender, output).await
    }

    /// The client and the operator's key.
    fn service(&self, output: Output) -> Result<(AirClient, Zeroizing<String>), Failure> {
        let (Some(url), Some(file)) = (&self.url, &self.admin_api_key_file) else {
            return Err(Failure::usage("missing --url or --admin-api-key-file"));
        };
        let environment = Environment::at(url).map_err(|_| {
            Failure::usage("invalid --url: must be the origin of the service, without a path")
        })?;
        if url.starts_with("http:") && !environment.is_loopback() {
            output.note(
                "warning: the URL is not https, so that others on the network can read the key and the rows",
            );
        }
        let key = files::read_secret(file, output)?;
        if key.is_empty() {
            return Err(Failure::rejected(format!("{} is empty", files::shown(file))));
        }
        let client = AirClient::builder(environment)
            .keeps_idempotency_keys(true)
            .build()?;
        Ok((client, key))
    }

    fn order(&self) -> ServiceOrder {
        let order = ServiceOrder::new(&self.schema);
        match &self.vct {
            Some(vct) => order.vct(vct),
            None => order,
        }
    }
}

fn schema_id(text: &str) -> Result<String, String> {
    bounded(text, SCHEMA_ID_LIMIT)
}

fn credential_type(text: &str) -> Result<String, String> {
    bounded(text, TYPE_LIMIT)
}

/// A text that the service and the first line of a journal take.
fn bounded(text: &str, limit: usize) -> Result<String, String> {
    let fits = (1..=limit).contains(&text.len()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
        .ok_or_else(|| format!("must be 1 to {limit} bytes long, without control characters"))
}
