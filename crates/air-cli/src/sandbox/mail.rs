//! The mail server that sends notices and codes to users: options of `air sandbox up`.

use std::{path::PathBuf, sync::Arc};

use air_sandbox::{Smtp, SmtpError, SmtpSettings, channel::Channel};
use clap::Args;
use zeroize::Zeroizing;

use crate::{exit::Failure, files, output::Output};

/// The mail server.
#[derive(Args)]
pub(super) struct MailArgs {
    /// Send users notices of their credentials, and codes that prove their addresses, by this mail
    /// server: `smtps://HOST[:PORT]` for TLS, `smtp://HOST[:PORT]` for STARTTLS; a server on this
    /// machine needs none with `smtp://` [default: send nothing].
    #[arg(long, value_name = "URL", env = "AIR_SMTP_URL", requires = "smtp_from")]
    smtp_url: Option<String>,
    /// The sender, such as `AIR <air@example.com>`.
    #[arg(long, value_name = "ADDRESS", env = "AIR_SMTP_FROM")]
    smtp_from: Option<String>,
    /// The user name at the mail server.
    #[arg(long, value_name = "NAME", env = "AIR_SMTP_USER")]
    smtp_user: Option<String>,
    /// A file with the password at the mail server; the environment variable AIR_SMTP_PASSWORD has
    /// it otherwise.
    #[arg(long, value_name = "FILE")]
    smtp_password_file: Option<PathBuf>,
    #[arg(
        long,
        env = "AIR_SMTP_PASSWORD",
        hide_env_values = true,
        hide = true,
        conflicts_with = "smtp_password_file"
    )]
    smtp_password: Option<Password>,
    /// Also trust the mail server's certificate if this authority (PEM) issued it.
    #[arg(long, value_name = "FILE")]
    smtp_ca: Option<PathBuf>,
}

/// A password, whose parser accepts any text, so that clap never prints it.
#[derive(Clone)]
struct Password(Zeroizing<String>);

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl MailArgs {
    /// The channel to users, if there is a mail server.
    pub(super) fn channel(&self, output: Output) -> Result<Option<Arc<dyn Channel>>, Failure> {
        let (Some(url), Some(from)) = (&self.smtp_url, &self.smtp_from) else {
            return Ok(None);
        };
        let file = self.smtp_password_file.as_deref();
        let from_file = file.map(|file| files::read_secret(file, output)).transpose()?;
        let given = self.smtp_password.as_ref().map(|Password(text)| text);
        let authority = self.smtp_ca.as_deref().map(files::read).transpose()?;
        let smtp = Smtp::new(SmtpSettings {
            url,
            from,
            user: self.smtp_user.as_deref(),
            password: from_file.as_ref().or(given).map(|text| text.as_str()),
            authority: authority.as_ref().map(|pem| pem.as_slice()),
        });
        let smtp = smtp.map_err(|error| hint(&error, Failure::usage(error.to_string())))?;
        Ok(Some(Arc::new(smtp)))
    }
}

fn hint(error: &SmtpError, failure: Failure) -> Failure {
    let hint = match error {
        SmtpError::Url => "--smtp-url smtps://mail.example.com, and the user by --smtp-user",
        SmtpError::Credentials => "pass --smtp-user, and --smtp-password-file or AIR_SMTP_PASSWORD",
        SmtpError::Sender => "--smtp-from \"AIR <air@example.com>\"",
        SmtpError::Authority => "--smtp-ca takes a file that begins with -----BEGIN CERTIFICATE-----",
        _ => return failure,
    };
    failure.with_hint(hint)
}
