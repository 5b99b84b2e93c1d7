//! `air request`: asks a wallet for a presentation (OpenID4VP).

use std::path::{Path, PathBuf};

use air_api::sandbox::{CreatePresentationRequest, CredentialFormat};
use air_jwt::Scope;
use clap::Args;
use serde_json::{Map, Value};

use crate::{
    exit::Failure,
    files::read,
    output::Output,
    partner::{LocalOnly, Named, PartnerArgs},
    qr_code,
    terminal::printable,
};

#[derive(Args)]
#[command(after_help = "Examples:\n  air request --verification-program adult\n  \
                  air request --verification-program adult --transaction-data payment.json")]
pub(crate) struct RequestArgs {
    #[command(flatten)]
    partner: PartnerArgs,
    /// The verification program: a name of the profile, or an id [default: the profile's only
    /// verification program].
    #[arg(long, value_name = "NAME|ID", env = "AIR_VERIFICATION_PROGRAM")]
    verification_program: Option<String>,
    /// A format that the wallet may present: dc+sd-jwt, mso_mdoc; may be repeated.
    #[arg(long, value_name = "FORMAT", default_values_t = [CredentialFormat::default()])]
    format: Vec<CredentialFormat>,
    /// Let the wallet send its response without encryption (`direct_post`), to read it during development.
    #[arg(long)]
    unencrypted: bool,
    /// The lifetime of the request in seconds, at most 86400 [default: 600].
    #[arg(long, value_name = "SECONDS")]
    expires_in: Option<u32>,
    /// Transactions that the user authorises with the presentation: a JSON object with a `type`
    /// that the wallet knows, or an array of them; the format must be dc+sd-jwt.
    #[arg(long, value_name = "FILE")]
    transaction_data: Option<PathBuf>,
}

impl RequestArgs {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        let partner = self.partner.connect_local(LocalOnly::COMMAND, output).await?;
        let programs = Named::verification_programs(partner.profile())?;
        let request = CreatePresentationRequest {
            program_id: programs.resolve(self.verification_program.as_deref())?,
            formats: self.format.clone(),
            encrypted: !self.unencrypted,
            expires_in: self.expires_in,
            redirect_uri: None,
            transaction_data: match &self.transaction_data {
                None => Vec::new(),
                Some(path) => transactions(path)?,
            },
        };
        let token = partner.token(Scope::Verify, None).await?;
        let created = partner
            .client
            .local()
            .create_presentation_request(token.expose_secret(), &request)
            .await?;
        if output.is_for_eyes() {
            qr_code::show(output, &created.url);
        }
        output.result(&created, |created| printable(&created.url))?;
        if !output.is_json() {
            output.note(&format!(
                "Request {}, until {}: `GET /sandbox/v1/presentation-requests/{}` has the result.",
                created.request_id, created.expires_at, created.request_id
            ));
        }
        Ok(())
    }
}

/// Reads a transaction, or an array of them.
fn transactions(path: &Path) -> Result<Vec<Map<String, Value>>, Failure> {
    let value: Value = serde_json::from_slice(&read(path)?)
        .map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))?;
    let items = match value {
        Value::Array(items) => items,
        item => vec![item],
    };
    let objects = items.into_iter().map(|item| match item {
        Value::Object(members) => Ok(members),
        _ => Err(Failure::rejected(format!(
            "{}: must be a JSON object, or an array of objects",
            path.display()
        ))),
    });
    objects.collect()
}
