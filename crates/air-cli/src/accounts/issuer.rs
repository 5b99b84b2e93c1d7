//! `air partner issuer`: the backend of a partner that signs credentials itself.

use std::path::PathBuf;

use air_api::{
    IssuerDid, PartnerId, WebUrl,
    sandbox::{IssuerBackend, ListQuery, NewIssuerBackend, PartnerRecord},
};
use air_client::SandboxClient;
use clap::{Args, Subcommand};

use crate::{
    exit::Failure,
    files,
    output::Output,
    partner::SetUpArgs,
    records::{describe, only},
    terminal::printable,
};

#[derive(Subcommand)]
pub(crate) enum Issuer {
    /// Register the backend of a partner that signs credentials itself, in place of an earlier one.
    Set(Set),
    /// Show the registered backend of a partner, without its API key.
    Show(Show),
    /// Remove the registered backend of a partner.
    Remove(Remove),
}

#[derive(Args)]
#[command(
    after_help = "The platform calls the backend when a page of the AIR Kit issues with this DID as the issuer.\n\
                  \n\
                  Example:\n  \
                  air partner issuer set \"Zenith Identity\" --did did:web:localhost%3A3000 \\\n      \
                  --available-vc-url http://localhost:3000/available-vc \\\n      \
                  --issue-vc-url http://localhost:3000/issue-vc --api-key-file api-key"
)]
pub(crate) struct Set {
    #[command(flatten)]
    platform: SetUpArgs,
    /// The partner's name or id.
    #[arg(value_name = "NAME|ID")]
    partner: String,
    /// The issuer's did:web, whose document has the keys of its credentials.
    #[arg(long)]
    did: IssuerDid,
    /// The backend's URL for previews: https, or http on this machine.
    #[arg(long, value_name = "URL")]
    available_vc_url: WebUrl,
    /// The backend's URL that issues a credential.
    #[arg(long, value_name = "URL")]
    issue_vc_url: WebUrl,
    /// The backend's URL for the status of a credential, without the nonce [default: none].
    #[arg(long, value_name = "URL")]
    revocation_status_url: Option<WebUrl>,
    /// The key that the backend expects in x-api-key; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    api_key_file: PathBuf,
}

#[derive(Args)]
#[command(after_help = "Example:\n  air partner issuer show \"Zenith Identity\"")]
pub(crate) struct Show {
    #[command(flatten)]
    of: PartnerOf,
}

#[derive(Args)]
#[command(after_help = "Example:\n  air partner issuer remove \"Zenith Identity\"")]
pub(crate) struct Remove {
    #[command(flatten)]
    of: PartnerOf,
}

#[derive(Args)]
struct PartnerOf {
    #[command(flatten)]
    platform: SetUpArgs,
    /// The partner's name or id.
    #[arg(value_name = "NAME|ID")]
    partner: String,
}

impl Issuer {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Set(arguments) => arguments.run(output).await,
            Self::Show(arguments) => arguments.run(output).await,
            Self::Remove(arguments) => arguments.run(output).await,
        }
    }
}

impl Set {
    async fn run(&self, output: Output) -> Result<(), Failure> {
        let api_key = files::read_secret(&self.api_key_file, output)?;
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let partner = find(&local, &self.partner).await?;
        let new = NewIssuerBackend {
            did: self.did.clone(),
            available_vc_api_url: self.available_vc_url.clone(),
            issue_vc_api_url: self.issue_vc_url.clone(),
            revocation_status_api_url: self.revocation_status_url.clone(),
            api_key: api_key.to_string(),
        };
        let registered = local.register_issuer_backend(&partner, &new).await?;
        output.result(&registered, shown)
    }
}

impl Show {
    async fn run(&self, output: Output) -> Result<(), Failure> {
        let client = self.of.platform.connect()?;
        let local = self.of.platform.local(&client);
        let partner = find(&local, &self.of.partner).await?;
        output.result(&local.issuer_backend(&partner).await?, shown)
    }
}

impl Remove {
    async fn run(&self, output: Output) -> Result<(), Failure> {
        let client = self.of.platform.connect()?;
        let local = self.of.platform.local(&client);
        let partner = find(&local, &self.of.partner).await?;
        let removed = local.remove_issuer_backend(&partner).await?;
        output.result(&removed, |removed| {
            format!("Removed the backend of {}", printable(removed.did.as_str()))
        })
    }
}

async fn find(local: &SandboxClient<'_>, name: &str) -> Result<PartnerId, Failure> {
    let page = local.partners(&ListQuery::new(name)).await?;
    let is_it = |found: &PartnerRecord| found.partner_id.as_str() == name || found.name == name;
    only(page, "partner", is_it).map(|partner| partner.partner_id)
}

fn shown(backend: &IssuerBackend) -> String {
    let status = backend.revocation_status_api_url.as_ref();
    describe(vec![
        ["partner".into(), backend.partner_id.to_string()],
        ["issuer".into(), printable(backend.did.as_str())],
        [
            "available-vc".into(),
            printable(backend.available_vc_api_url.as_str()),
        ],
        ["issue-vc".into(), printable(backend.issue_vc_api_url.as_str())],
        ["status".into(), printable(status.map_or("none", WebUrl::as_str))],
    ])
}
