//! Arguments that select the platform, the partner and the user.

mod local_only;
mod names;
mod operator;
mod origin;

use std::{path::PathBuf, time::Duration};

use air_api::sandbox::Session;
use air_client::{AirClient, AirClientBuilder, Environment, SandboxClient};
use air_crypto::{ChainId, LocalWallet, RootSecret};
use air_jwt::{EmailAddress, Kid, PartnerId, PartnerJwt, Scope, SharedSigner};
use clap::Args;

use self::origin::{Origin, client, missing};
pub(crate) use self::{
    local_only::LocalOnly,
    names::{IssuanceArgs, IssuerArgs, Named, VerificationArgs},
    operator::OperatorArgs,
    origin::{LOCAL_URL, PlatformArgs, is_own_platform_local},
};
use crate::{
    exit::Failure,
    files,
    keys::{self, PartnerKey},
    output::Output,
    profile::{Given, Profile},
    retry_notes::RetryNotes,
    token::{partner_token, sign},
};

/// The maximum lifetime of a token.
const LONGEST_TOKEN: Duration = Duration::from_mins(15);

/// A local platform, called as its operator.
#[derive(Args)]
pub(crate) struct SetUpArgs {
    #[command(flatten)]
    platform: PlatformArgs,
    #[command(flatten)]
    operator: OperatorArgs,
}

/// A partner's account and key.
#[derive(Args)]
pub(crate) struct PartnerArgs {
    #[command(flatten)]
    platform: PlatformArgs,
    /// The private key: PEM, a JWK, or base64 of DER; ES256 or RS256; `-` is stdin. For a folder of
    /// `air keys`, the key that currently signs. Or the URI of a key in an HSM (pkcs11:…) or behind
    /// a signing service (https://…#kid) [default: the profile's].
    #[arg(long, value_name = "FILE|DIR|URI", env = "AIR_KEY")]
    key: Option<PathBuf>,
    /// The key's id in the published set [default: the profile's, the JWK's `kid`, or the RFC 7638
    /// thumbprint].
    #[arg(long, env = "AIR_KID", allow_hyphen_values = true)]
    kid: Option<Kid>,
    /// The partner's id [default: the profile's].
    #[arg(long, value_name = "ID", env = "AIR_PARTNER_ID")]
    partner_id: Option<PartnerId>,
}

impl SetUpArgs {
    /// Connects to the local platform. The hosted platforms have none of the operator's calls.
    pub(crate) fn connect(&self) -> Result<AirClient, Failure> {
        let origin = self.origin()?;
        let environment = origin.local_environment(LocalOnly::DASHBOARD)?;
        self.operator.find(origin.url())?;
        client(environment)
    }

    /// The source of the URL and the operator's token.
    pub(crate) fn origin(&self) -> Result<Origin, Failure> {
        self.platform.origin(&self.operator.given())
    }

    /// A client for the local platform's own API, as its operator.
    pub(crate) fn local<'c>(&'c self, client: &'c AirClient) -> SandboxClient<'c> {
        self.operator.local(client)
    }

    /// The partner who owns new schemas and programs: the caller's choice, or the profile's.
    pub(crate) fn owner(&self, partner_id: Option<&PartnerId>) -> Result<PartnerId, Failure> {
        if let Some(id) = partner_id {
            return Ok(id.clone());
        }
        let origin = self.origin()?;
        let of_profile = origin.profile().and_then(|profile| profile.partner_id.clone());
        of_profile.ok_or_else(|| missing("--partner-id", &origin))
    }
}

/// A partner's account and key, before the key is opened.
pub(crate) struct Account {
    origin: Origin,
    key: Option<(PathBuf, Option<Kid>)>,
    partner_id: Option<PartnerId>,
}

impl PartnerArgs {
    /// The profile, if it is the source of the URL.
    pub(crate) fn profile(&self) -> Result<Option<Profile>, Failure> {
        Ok(match self.platform.origin(&[])? {
            Origin::Profile(profile) => Some(*profile),
            Origin::Caller { .. } => None,
        })
    }

    /// A client without credentials, for calls that everyone may make.
    pub(crate) fn client(&self) -> Result<AirClient, Failure> {
        self.platform.connect()
    }

    /// Refuses a hosted platform. Reads nothing but the profile.
    pub(crate) fn require_local(&self, what: LocalOnly) -> Result<(), Failure> {
        self.platform.origin(&[])?.local_environment(what).map(drop)
    }

    /// Chooses the source of the values, and reads nothing but the profile.
    pub(crate) fn account(&self) -> Result<Account, Failure> {
        let origin = self.platform.origin(&[
            Given::new("--key", "AIR_KEY", self.key.is_some()),
            Given::new("--kid", "AIR_KID", self.kid.is_some()),
            Given::new("--partner-id", "AIR_PARTNER_ID", self.partner_id.is_some()),
        ])?;
        let (key, partner_id) = match origin.profile() {
            None => (
                self.key.clone().map(|key| (key, self.kid.clone())),
                self.partner_id.clone(),
            ),
            Some(profile) => (
                profile.key()?.map(|key| (key, profile.kid.clone())),
                profile.partner_id.clone(),
            ),
        };
        Ok(Account {
            origin,
            key,
            partner_id,
        })
    }

    /// Connects as the partner. Notes on stderr report repeated calls.
    pub(crate) async fn connect(&self, output: Output) -> Result<Partner, Failure> {
        self.connect_by(output, |builder| builder.middleware(RetryNotes::new(output)))
            .await
    }

    /// Connects as the partner to a local platform, for a command that a hosted platform does not have.
    pub(crate) async fn connect_local(&self, what: LocalOnly, output: Output) -> Result<Partner, Failure> {
        self.require_local(what)?;
        self.connect(output).await
    }

    /// Connects as the partner, for many calls at once, which repeat often.
    pub(crate) async fn connect_silently(&self, output: Output) -> Result<Partner, Failure> {
        self.connect_by(output, |builder| builder).await
    }

    async fn connect_by(
        &self,
        output: Output,
        configured: impl FnOnce(AirClientBuilder) -> AirClientBuilder,
    ) -> Result<Partner, Failure> {
        let account = self.account()?;
        let key = account.open_key(output).await?;
        let id = account
            .partner_id
            .clone()
            .ok_or_else(|| missing("--partner-id", &account.origin))?;
        let environment = account.environment()?;
        let is_hosted = environment.is_hosted();
        let client = configured(AirClient::builder(environment)).build()?;
        Ok(Partner {
            is_hosted,
            profile: match account.origin {
                Origin::Profile(profile) => Some(profile),
                Origin::Caller { .. } => None,
            },
            ..Partner::new(client, key, id)
        })
    }
}

impl Account {
    pub(crate) fn environment(&self) -> Result<Environment, Failure> {
        self.origin.environment()
    }

    pub(crate) fn partner_id(&self) -> Option<&PartnerId> {
        self.partner_id.as_ref()
    }

    pub(crate) fn profile(&self) -> Option<&Profile> {
        self.origin.profile()
    }

    pub(crate) async fn open_key(&self, output: Output) -> Result<PartnerKey, Failure> {
        let Some((path, kid)) = &self.key else {
            return Err(missing("--key", &self.origin));
        };
        keys::open(path, kid.as_ref(), output).await
    }
}

/// A user who is present on this machine; for the local platform only.
#[derive(Args)]
pub(crate) struct HolderArgs {
    /// The e-mail address of a user who is present, on a local platform only.
    #[arg(long)]
    email: Option<EmailAddress>,
    /// The key of the user's identity wallet, in hex; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    wallet_key_file: Option<PathBuf>,
}

/// A partner's client and key.
pub(crate) struct Partner {
    pub(crate) client: AirClient,
    key: PartnerKey,
    id: PartnerId,
    profile: Option<Box<Profile>>,
    is_hosted: bool,
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
    pub(crate) fn new(client: AirClient, key: impl Into<PartnerKey>, id: PartnerId) -> Self {
        Self {
            client,
            key: key.into(),
            id,
            profile: None,
            is_hosted: false,
        }
    }

    /// Whether the platform is a hosted one.
    pub(crate) fn is_hosted(&self) -> bool {
        self.is_hosted
    }

    /// The profile that the URL and the key are from.
    pub(crate) fn profile(&self) -> Option<&Profile> {
        self.profile.as_deref()
    }

    /// The partner's id and key, for signing a token for each of many calls.
    pub(crate) fn signer(&self) -> (&PartnerId, &SharedSigner) {
        (&self.id, self.key.signer())
    }

    /// Signs a new token with a scope; on behalf, `email` is the recipient.
    pub(crate) async fn token(
        &self,
        scope: Scope,
        email: Option<&EmailAddress>,
    ) -> Result<PartnerJwt, Failure> {
        sign(partner_token(scope, &self.id, email)?, self.key.signer()).await
    }

    /// Signs a token for polling, which is valid as long as tokens can be.
    pub(crate) async fn polling_token(&self) -> Result<PartnerJwt, Failure> {
        let token = partner_token(Scope::Issue, &self.id, None)?;
        sign(token.valid_for(LONGEST_TOKEN), self.key.signer()).await
    }

    /// Logs a user in on the local platform.
    pub(crate) async fn login(&self, scope: Scope, email: &EmailAddress) -> Result<Session, Failure> {
        if let Some(profile) = &self.profile
            && !profile.url.parse::<Environment>()?.is_loopback()
        {
            return Err(Failure::usage(
                "a user's wallet and the URL of a profile have different sources, and the URL is not of this machine",
            )
            .with_hint("pass --url, --key and --partner-id"));
        }
        let token = self.token(scope, None).await?;
        Ok(self.client.local().login(token.expose_secret(), email).await?)
    }
}
