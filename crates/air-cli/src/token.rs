//! `air token`: Partner JWTs.

mod inspect;

use std::{path::PathBuf, time::Duration};

use air_ids::UnixTime;
use air_jwt::{EmailAddress, Error, Kid, PartnerId, PartnerJwt, PartnerToken, Scope, Signer, Verifier};
use clap::{Args, Subcommand};

use crate::{
    exit::Failure,
    files,
    jwks::source::JwksSource,
    keys::{self, PartnerKey},
    output::Output,
    profile::ProfileArgs,
    time,
};

#[derive(Subcommand)]
pub(crate) enum Token {
    /// Sign a token and print it.
    Sign(Sign),
    /// Decode a token without a key, and report what the platform would refuse (exit 4).
    Inspect(inspect::Inspect),
    /// Verify a token and print its claims, or the rule that it breaks (exit 4).
    Verify(VerifyToken),
}

impl Token {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Sign(arguments) => arguments.run(output).await,
            Self::Inspect(arguments) => arguments.run(output),
            Self::Verify(arguments) => arguments.run(output).await,
        }
    }
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air token sign --scope issue    # after `air init`\n  air token sign --key partner-key.pem --kid \"$KID\" --partner-id \"$PARTNER_ID\" \\\n      \
                        --scope \"issue on-behalf\" --email ada@example.com"
)]
pub(crate) struct Sign {
    /// The private key: PEM, a JWK, or base64 of DER; ES256 or RS256; `-` is stdin. For a folder of
    /// `air keys`, the key that currently signs. Or the URI of a key in an HSM (pkcs11:…) or behind
    /// a signing service (https://…#kid). Without --key and --partner-id, both are the profile's.
    #[arg(long, value_name = "FILE|DIR|URI", env = "AIR_KEY")]
    key: Option<PathBuf>,
    /// The key's id in the published set [default: the profile's, the JWK's `kid`, or the RFC 7638
    /// thumbprint].
    #[arg(long, env = "AIR_KID", allow_hyphen_values = true)]
    kid: Option<Kid>,
    /// The partner's id [default: the profile's].
    #[arg(long, value_name = "ID", env = "AIR_PARTNER_ID")]
    partner_id: Option<PartnerId>,
    #[command(flatten)]
    profile: ProfileArgs,
    /// The scope: issue, verify or "issue on-behalf".
    #[arg(long)]
    scope: Scope,
    /// The user's e-mail address; required for an on-behalf token.
    #[arg(long, value_name = "E")]
    email: Option<EmailAddress>,
    /// The lifetime in seconds, at most 900.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    ttl: u64,
}

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air token verify --jwks https://partner.example/jwks.json --scope issue - \\\n      \
                  < token.jwt")]
pub(crate) struct VerifyToken {
    /// The public key set: a file, or an http(s) URL.
    #[arg(long, value_name = "FILE|URL")]
    jwks: JwksSource,
    /// The scope that the token must grant.
    #[arg(long)]
    scope: Option<Scope>,
    /// The time to verify at: a date (midnight in UTC), a time with its offset, or seconds since 1970 [default: now].
    #[arg(long, value_name = "TIME", value_parser = time::parse_seconds_or_time)]
    at: Option<UnixTime>,
    /// The tolerance for clock differences in seconds, at most 300 [default: 30].
    #[arg(long, value_name = "SECONDS")]
    skew: Option<u64>,
    /// The token; `-` is stdin.
    token: String,
}

impl Sign {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        let (key, partner_id) = self.account(output).await?;
        if self.scope == Scope::IssueOnBehalf && self.email.as_ref().is_some_and(EmailAddress::is_role) {
            output.note(
                "warning: the address looks like a shared mailbox; all credentials issued to it go to one account",
            );
        }
        let token = partner_token(self.scope, &partner_id, self.email.as_ref())?
            .valid_for(Duration::from_secs(self.ttl));
        let token = sign(token, key.signer()).await?;
        if output.is_json() {
            output.document(&serde_json::json!({ "token": token.expose_secret() }))
        } else {
            output.raw_line(token.expose_secret())
        }
    }

    /// The key and the account: both from the caller, or both from the profile.
    async fn account(&self, output: Output) -> Result<(PartnerKey, PartnerId), Failure> {
        match (&self.key, &self.partner_id) {
            (Some(key), Some(id)) => Ok((keys::open(key, self.kid.as_ref(), output).await?, id.clone())),
            (Some(_), None) => Err(Failure::usage("missing --partner-id: it belongs to --key")),
            (None, Some(_)) => Err(Failure::usage("missing --key: it belongs to --partner-id")),
            (None, None) if self.kid.is_some() => Err(Failure::usage(
                "missing --key and --partner-id: they belong to --kid",
            )),
            (None, None) => self.of_profile(output).await,
        }
    }

    async fn of_profile(&self, output: Output) -> Result<(PartnerKey, PartnerId), Failure> {
        let Some(profile) = self.profile.load()? else {
            return Err(Failure::usage("missing --key and --partner-id")
                .with_hint("pass both, or run `air init` to create a profile with them"));
        };
        let lacks = |what: &str| Failure::usage(format!("the profile `{}` has no {what}", profile.name));
        let key = profile.key()?.ok_or_else(|| lacks("key"))?;
        let id = profile.partner_id.clone().ok_or_else(|| lacks("partner-id"))?;
        Ok((keys::open(&key, profile.kid.as_ref(), output).await?, id))
    }
}

impl VerifyToken {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        let keys = self.jwks.load().await?;
        let mut verifier = Verifier::new(&keys).allowing_absent_type();
        if let Some(scope) = self.scope {
            verifier = verifier.requiring(scope);
        }
        if let Some(skew) = self.skew {
            verifier = verifier
                .with_skew(Duration::from_secs(skew))
                .map_err(|error| Failure::usage(error.to_string()))?;
        }
        let token = text_or_stdin(&self.token)?;
        let claims = verifier
            .verify(&token, self.at.unwrap_or_else(time::now))
            .map_err(|error| refused(&error))?;
        output.document(claims.all())
    }
}

/// A token builder for a scope.
pub(crate) fn partner_token(
    scope: Scope,
    partner: &PartnerId,
    email: Option<&EmailAddress>,
) -> Result<PartnerToken, Failure> {
    let partner = partner.clone();
    let token = match (scope, email) {
        (Scope::IssueOnBehalf, Some(recipient)) => {
            return Ok(PartnerToken::issue_on_behalf(partner, recipient.clone()));
        }
        (Scope::IssueOnBehalf, None) => {
            return Err(
                Failure::usage("missing --email: an on-behalf token names its recipient")
                    .with_hint("pass --email with the recipient's own address"),
            );
        }
        (Scope::Issue, _) => PartnerToken::issue(partner),
        (Scope::Verify, _) => PartnerToken::verify(partner),
        (other, _) => {
            return Err(Failure::usage(format!(
                "invalid scope {other}: must be issue, verify or \"issue on-behalf\""
            )));
        }
    };
    Ok(match email {
        Some(email) => token.with_email(email.clone()),
        None => token,
    })
}

pub(crate) async fn sign(token: PartnerToken, signer: &impl Signer) -> Result<PartnerJwt, Failure> {
    token
        .sign_with(signer, time::now())
        .await
        .map_err(|error| match error {
            Error::LifetimeOutOfRange { .. } => Failure::usage(error.to_string()),
            Error::Signer(error) => error.into(),
            _ => Failure::rejected(error.to_string()),
        })
}

/// An argument, or the content of stdin for `-`.
pub(crate) fn text_or_stdin(argument: &str) -> Result<zeroize::Zeroizing<String>, Failure> {
    let text = match argument {
        "-" => files::read_text("-".as_ref())?,
        file if std::path::Path::new(file).is_file() => {
            return Err(Failure::usage(format!(
                "{file} is a file, but the argument must be the token itself"
            ))
            .with_hint("to read a file, pass `-` and redirect stdin: `… - < FILE`"));
        }
        token => zeroize::Zeroizing::new(token.to_owned()),
    };
    Ok(zeroize::Zeroizing::new(text.trim().to_owned()))
}

fn refused(error: &Error) -> Failure {
    let failure = Failure::not_authorised(format!("token refused: {error}"));
    match error {
        Error::UnknownKid { .. } => failure.with_hint("run `air jwks export` to create the set of a key"),
        Error::ScopeNotGranted { needed } => failure.with_hint(format!(
            "run `air token sign --scope \"{needed}\" …` to sign one that does"
        )),
        _ => failure,
    }
}
