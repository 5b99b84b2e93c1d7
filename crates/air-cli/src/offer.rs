//! `air offer`: offers a credential to a wallet (OpenID4VCI).

use std::path::PathBuf;

use air_api::{
    OnDuplicate,
    sandbox::{CreateOffer, CreatedOffer, CredentialFormat},
};
use air_jwt::{EmailAddress, Scope};
use clap::Args;

use crate::{
    exit::Failure,
    output::Output,
    partner::{IssuanceArgs, LocalOnly, PartnerArgs},
    qr_code,
    schema::read_subject,
    terminal::printable,
};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air offer --program kyc --tx-code subject.json\n  air offer --program kyc --json - < subject.json"
)]
pub(crate) struct OfferArgs {
    #[command(flatten)]
    partner: PartnerArgs,
    #[command(flatten)]
    issuance: IssuanceArgs,
    /// The format of the credential: dc+sd-jwt, mso_mdoc.
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: CredentialFormat,
    /// Require a transaction code, which the user gets by another channel and enters in the wallet.
    #[arg(long)]
    tx_code: bool,
    /// Require that the user signs in and agrees on the platform's page (authorization code flow).
    #[arg(long, conflicts_with = "tx_code")]
    sign_in: bool,
    /// The user who receives the credential [default: a new user of this offer alone].
    #[arg(long)]
    email: Option<EmailAddress>,
    /// Keep the user's earlier credentials of the schema instead of revoking them; needs --email.
    #[arg(long, requires = "email")]
    keep_earlier: bool,
    /// Issue the credential this many seconds after the wallet's request, at most 3600 [default:
    /// immediately].
    #[arg(long, value_name = "SECONDS")]
    defers_for: Option<u32>,
    /// The lifetime of the offer in seconds, at most 86400 [default: 600].
    #[arg(long, value_name = "SECONDS")]
    expires_in: Option<u32>,
    /// The file with the subject's claims; `-` is stdin.
    #[arg(value_name = "SUBJECT.json", default_value = "-")]
    subject: PathBuf,
}

impl OfferArgs {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        let partner = self.partner.connect_local(LocalOnly::COMMAND, output).await?;
        let subject = read_subject(&self.subject)?;
        let offer = CreateOffer {
            issuer_did: self.issuance.issuer(partner.profile())?,
            program: self.issuance.program(partner.profile())?,
            format: self.format,
            credential_subject: subject,
            on_duplicate: if self.keep_earlier {
                OnDuplicate::Ignore
            } else {
                OnDuplicate::Revoke
            },
            tx_code: self.tx_code,
            sign_in: self.sign_in,
            defers_for: self.defers_for,
            expires_in: self.expires_in,
        };
        let scope = if self.email.is_some() {
            Scope::IssueOnBehalf
        } else {
            Scope::Issue
        };
        let token = partner.token(scope, self.email.as_ref()).await?;
        let created = partner
            .client
            .local()
            .create_offer(token.expose_secret(), &offer)
            .await?;
        if output.is_for_eyes() {
            qr_code::show(output, &created.url);
        }
        output.result(&created, |created| printable(&created.url))?;
        advise(output, &created);
        Ok(())
    }
}

fn advise(output: Output, created: &CreatedOffer) {
    if output.is_json() {
        return;
    }
    if let Some(code) = &created.tx_code {
        output.note(&format!(
            "The transaction code is {}: give it to the user by another channel.",
            printable(code)
        ));
    }
    output.note(&format!(
        "The link is for one wallet, until {}.",
        created.expires_at
    ));
}
