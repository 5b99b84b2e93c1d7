//! Arguments that select the platform, the partner and the user; and `air partner`.

mod callback_secret;

use std::{path::PathBuf, sync::OnceLock};

use air_api::sandbox::Session;
use air_client::{AirClient, Environment, SandboxClient};
use air_crypto::{ChainId, LocalWallet, RootSecret};
use air_jwt::{EmailAddress, PartnerId, PartnerJwt, Scope, SigningKey};
use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use crate::{
    exit::Failure,
    files,
    keys::SigningKeyArgs,
    operator_token,
    output::Output,
    token::{partner_token, sign},
};

#[derive(Subcommand)]
pub(crate) enum PartnerCommand {
    /// Replace the secret that callbacks to the partner's issuer are signed with, and print the new one.
    RotateCallbackSecret(callback_secret::RotateCallbackSecret),
}

impl PartnerCommand {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::RotateCallbackSecret(arguments) => arguments.run(output).await,
        }
    }
}

/// A platform.
#[derive(Args)]
pub(crate) struct PlatformArgs {
    /// The platform's URL, without a path; or `sandbox`, `production`.
    #[arg(long, env = "AIR_URL", default_value = "http://127.0.0.1:8300")]
    url: String,
}

/// A local platform, called as its operator.
#[derive(Args)]
pub(crate) struct SetUpArgs {
    #[command(flatten)]
    platform: PlatformArgs,
    /// The operator token, which the platform generates when it starts. Not needed for a platform that this user runs on this machine.
    #[arg(long, env = "AIR_ADMIN_TOKEN", hide_env_values = true, hide = true)]
    admin_token: Option<String>,
    /// Read the operator token from this file [default: the file that `air sandbox up` left for this user on this machine].
    #[arg(
        long,
        value_name = "FILE",
        env = "AIR_ADMIN_TOKEN_FILE",
        conflicts_with = "admin_token"
    )]
    admin_token_file: Option<PathBuf>,
    /// Set when the client connects.
    #[arg(skip)]
    found_token: OnceLock<Zeroizing<String>>,
}

impl SetUpArgs {
    pub(crate) fn connect(&self) -> Result<AirClient, Failure> {
        let token = match (&self.admin_token, &self.admin_token_file) {
            (Some(token), _) => Some(Zeroizing::new(token.clone())),
            (None, Some(file)) => Some(Zeroizing::new(files::read_text(file)?.trim().to_owned())),
            (None, None) => operator_token::find(&self.platform.url),
        };
        if let Some(token) = token {
            let _ = self.found_token.set(token);
        }
        self.platform.connect()
    }

    /// A client for the local platform's own API, as its operator.
    pub(crate) fn local<'c>(&'c self, client: &'c AirClient) -> SandboxClient<'c> {
        let local = client.local();
        match self.found_token.get() {
            Some(token) => local.with_admin_token(token),
            None => local,
        }
    }
}

/// A partner's account and key.
#[derive(Args)]
pub(crate) struct PartnerArgs {
    #[command(flatten)]
    platform: PlatformArgs,
    #[command(flatten)]
    key: SigningKeyArgs,
    /// The partner's id.
    #[arg(long, value_name = "ID", env = "AIR_PARTNER_ID")]
    partner_id: PartnerId,
}

/// A user who is present on this machine; for the local platform only.
#[derive(Args)]
pub(crate) struct HolderArgs {
    /// The user's e-mail address.
    #[arg(long)]
    email: Option<EmailAddress>,
    /// The key of the user's identity wallet, in hex; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    wallet_key_file: Option<PathBuf>,
}

/// A partner's client and key.
pub(crate) struct Partner {
    pub(crate) client: AirClient,
    key: SigningKey,
    id: PartnerId,
}

impl PlatformArgs {
    pub(crate) fn connect(&self) -> Result<AirClient, Failure> {
        Ok(AirClient::builder(self.environment()?).build()?)
    }

    pub(crate) fn environment(&self) -> Result<Environment, Failure> {
        Ok(self.url.parse()?)
    }
}

impl PartnerArgs {
    pub(crate) fn connect(&self, output: Output) -> Result<Partner, Failure> {
        let key = self.key.read(output)?;
        Ok(Partner::new(
            self.platform.connect()?,
            key,
            self.partner_id.clone(),
        ))
    }
}

impl HolderArgs {
    pub(crate) fn email(&self) -> Result<&EmailAddress, Failure> {
        self.email
            .as_ref()
            .ok_or_else(|| Failure::usage("missing --email: specify the user"))
    }

    /// The root secret of the user's wallet, for the session's network.
    pub(crate) fn root(&self, session: &Session, output: Output) -> Result<RootSecret, Failure> {
        let path = self
            .wallet_key_file
            .as_deref()
            .ok_or_else(|| Failure::usage("missing --wallet-key-file: specify the user's wallet"))?;
        let wallet = LocalWallet::from_hex(&files::read_secret(path, output)?)?;
        Ok(RootSecret::from_wallet(wallet, ChainId::new(session.chain_id)))
    }
}

impl Partner {
    pub(crate) fn new(client: AirClient, key: SigningKey, id: PartnerId) -> Self {
        Self { client, key, id }
    }

    /// The partner's id and key, for signing a token for each of many calls.
    pub(crate) fn signer(&self) -> (&PartnerId, &SigningKey) {
        (&self.id, &self.key)
    }

    /// Signs a new token with a scope; on behalf, `email` is the recipient.
    pub(crate) fn token(&self, scope: Scope, email: Option<&EmailAddress>) -> Result<PartnerJwt, Failure> {
        sign(partner_token(scope, &self.id, email)?, &self.key)
    }

    /// Logs a user in on the local platform.
    pub(crate) async fn login(&self, scope: Scope, email: &EmailAddress) -> Result<Session, Failure> {
        let token = self.token(scope, None)?;
        Ok(self
            .client
            .local()
            .login(token.expose_secret(), email.as_str())
            .await?)
    }
}
