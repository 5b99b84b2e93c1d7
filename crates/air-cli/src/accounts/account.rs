//! `air partner create`, `list` and `show`.

use air_api::{
    WebOrigin, WebUrl,
    sandbox::{ListQuery, NewPartner, PartnerRecord},
};
use clap::Args;

use crate::{
    exit::Failure,
    output::Output,
    partner::SetUpArgs,
    records::{ListArgs, describe, only, yes},
    terminal::printable,
};

#[derive(Args)]
#[command(
    after_help = "Only the local platform has this call; the hosted platforms have a dashboard for it.\n\
                  \n\
                  Example:\n  \
                  air partner create --name Zenith --jwks-url http://127.0.0.1:8311/jwks.json \\\n      \
                  --issue-on-behalf"
)]
pub(crate) struct Create {
    #[command(flatten)]
    platform: SetUpArgs,
    /// The name, which users see when they are asked for consent.
    #[arg(long)]
    name: String,
    /// Where the partner publishes its keys: https, or http on this machine [default: none, so that
    /// only registered keys count].
    #[arg(long, value_name = "URL")]
    jwks_url: Option<WebUrl>,
    /// A web origin of the partner. May be repeated, up to three times.
    #[arg(long, value_name = "ORIGIN")]
    allowed_origin: Vec<WebOrigin>,
    /// Allow the partner to issue on behalf of users.
    #[arg(long)]
    issue_on_behalf: bool,
}

#[derive(Args)]
#[command(after_help = "Example:\n  air partner list zenith")]
pub(crate) struct List {
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Args)]
#[command(after_help = "Example:\n  air partner show \"Zenith Identity\"")]
pub(crate) struct Show {
    #[command(flatten)]
    platform: SetUpArgs,
    /// The partner's name or id.
    #[arg(value_name = "NAME|ID")]
    partner: String,
}

impl Create {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let client = self.platform.connect()?;
        let new = NewPartner {
            name: self.name.clone(),
            jwks_url: self.jwks_url.clone(),
            allowed_origins: self.allowed_origin.clone(),
            issue_on_behalf: self.issue_on_behalf,
        };
        let created = self.platform.local(&client).create_partner(&new).await?;
        output.result(&created, |created| {
            format!(
                "Created partner {}\nissuer    {}\nverifier  {}",
                created.partner_id, created.issuer_did, created.verifier_did
            )
        })
    }
}

impl List {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let client = self.list.platform.connect()?;
        let page = self
            .list
            .platform
            .local(&client)
            .partners(&self.list.query())
            .await?;
        let row = |partner: &PartnerRecord| {
            vec![
                partner.partner_id.to_string(),
                printable(&partner.name),
                printable(jwks_url(partner)),
            ]
        };
        self.list.render(&page, row, output)
    }
}

impl Show {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let client = self.platform.connect()?;
        let query = ListQuery::new(&self.partner);
        let page = self.platform.local(&client).partners(&query).await?;
        let is_it =
            |found: &PartnerRecord| found.partner_id.as_str() == self.partner || found.name == self.partner;
        let partner = only(page, "partner", is_it)?;
        output.result(&partner, |partner| {
            let origins: Vec<String> = partner.allowed_origins.iter().map(ToString::to_string).collect();
            describe(vec![
                ["partner".into(), partner.partner_id.to_string()],
                ["name".into(), printable(&partner.name)],
                ["issuer".into(), partner.issuer_did.to_string()],
                ["verifier".into(), printable(&partner.verifier_did)],
                ["JWKS URL".into(), printable(jwks_url(partner))],
                ["origins".into(), origins.join(", ")],
                ["keys".into(), printable(&partner.registered_keys.join(", "))],
                ["on behalf".into(), yes(partner.issue_on_behalf)],
                ["created".into(), format!("{} UTC", partner.created_at)],
            ])
        })
    }
}

fn jwks_url(partner: &PartnerRecord) -> &str {
    partner.jwks_url.as_ref().map_or("none", WebUrl::as_str)
}
