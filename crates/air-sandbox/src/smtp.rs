//! E-mail by SMTP (RFC 5321): the channel of a platform that sends notices and codes.

use std::{fmt, time::Duration};

use air_ids::is_loopback_host;
use air_platform::channel::{Channel, Message, SendError, Sending};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        PoolConfig,
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
    },
};

/// The port of submission with STARTTLS (RFC 6409).
const SUBMISSION: u16 = 587;
/// The port of submission over TLS (RFC 8314).
const SUBMISSIONS: u16 = 465;
/// The port of a relay on this machine.
const RELAY: u16 = 25;
/// The time that a server has for each reply.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum number of connections.
const CONNECTIONS: u32 = 4;

/// The mail server that sends a platform's messages. Its `Debug` shows no password.
#[derive(Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    server: String,
}

/// The settings of a mail server.
#[derive(Clone, Copy)]
pub struct SmtpSettings<'a> {
    /// The server's URL: `smtps://HOST[:PORT]` for TLS (port 465), or `smtp://HOST[:PORT]` for
    /// STARTTLS (port 587). With `smtp://` and without an authority, the connection to a server on
    /// this machine has no TLS (port 25).
    pub url: &'a str,
    /// The sender, such as `AIR <air@example.com>`.
    pub from: &'a str,
    /// The user name, if the server requires one.
    pub user: Option<&'a str>,
    /// The user's password.
    pub password: Option<&'a str>,
    /// The certificate (PEM) of an authority to trust in addition to the system's.
    pub authority: Option<&'a [u8]>,
}

/// An error in the settings of a mail server. It contains no password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SmtpError {
    /// The URL is invalid.
    #[error(
        "invalid URL of the mail server: it must be smtps://HOST[:PORT] or smtp://HOST[:PORT], without a user and without a path"
    )]
    Url,
    /// There is a user without a password, or a password without a user.
    #[error("the mail server needs both a user and a password, or neither")]
    Credentials,
    /// The sender is invalid.
    #[error(
        "invalid sender: it must be an e-mail address, as in `air@example.com` or `AIR <air@example.com>`"
    )]
    Sender,
    /// The authority's certificate is invalid.
    #[error("the certificate of the mail server's authority can't be read; it must be PEM")]
    Authority,
    /// TLS can't be set up.
    #[error("failed to set up TLS for the mail server")]
    Tls(#[source] lettre::transport::smtp::Error),
}

impl Smtp {
    /// Prepares a mail server. The first message opens the connection. Call it within a Tokio
    /// runtime, in which the connections live.
    ///
    /// # Errors
    /// [`SmtpError`] if a setting is invalid.
    pub fn new(settings: SmtpSettings<'_>) -> Result<Self, SmtpError> {
        let url = url::Url::parse(settings.url).map_err(|_| SmtpError::Url)?;
        let host = bare_host(&url).ok_or(SmtpError::Url)?;
        let host = host.as_str();
        let is_here = is_loopback_host(host);
        let (port, tls) = match url.scheme() {
            "smtps" => (SUBMISSIONS, Tls::Wrapper(tls(host, settings.authority)?)),
            "smtp" if is_here && settings.authority.is_none() => (RELAY, Tls::None),
            "smtp" => (SUBMISSION, Tls::Required(tls(host, settings.authority)?)),
            _ => return Err(SmtpError::Url),
        };
        let port = url.port().unwrap_or(port);
        let from: Mailbox = settings.from.parse().map_err(|_| SmtpError::Sender)?;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .timeout(Some(TIMEOUT))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS));
        match (settings.user, settings.password) {
            (Some(user), Some(password)) => {
                builder = builder.credentials(Credentials::new(user.to_owned(), password.to_owned()));
            }
            (None, None) => {}
            _ => return Err(SmtpError::Credentials),
        }
        Ok(Self {
            transport: builder.build(),
            from,
            server: format!("{}://{host}:{port}", url.scheme()),
        })
    }

    async fn deliver(&self, message: &Message) -> Result<(), SendError> {
        let to = message.to.parse().map_err(|_| SendError::Permanent(None))?;
        let mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.subject)
            .header(ContentType::TEXT_PLAIN)
            .message_id(None)
            .body(message.text.replace('\n', "\r\n"))
            .map_err(|_| SendError::Permanent(None))?;
        // The server's text may repeat the address, so only its code is kept.
        self.transport.send(mail).await.map(drop).map_err(|error| {
            let code = error.status().map(u16::from);
            if error.is_permanent() {
                SendError::Permanent(code)
            } else {
                SendError::Temporary(code)
            }
        })
    }
}

impl Channel for Smtp {
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.deliver(message))
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SmtpSettings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpSettings")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// Returns the host, without the brackets of an IPv6 address, if the URL has nothing else but a
/// scheme and a port.
fn bare_host(url: &url::Url) -> Option<String> {
    let is_bare = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    // The crate `url` normalises the hosts of http and the like only.
    let host = url
        .host_str()
        .filter(|host| !host.is_empty() && is_bare)?
        .to_ascii_lowercase();
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    Some(address.unwrap_or(&host).to_owned())
}

fn tls(host: &str, authority: Option<&[u8]>) -> Result<TlsParameters, SmtpError> {
    let mut builder = TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::Default);
    if let Some(pem) = authority {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(|_| SmtpError::Authority)?);
    }
    builder.build_rustls().map_err(SmtpError::Tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> SmtpSettings<'_> {
        SmtpSettings {
            url,
            from: "AIR <air@example.com>",
            user: None,
            password: None,
            authority: None,
        }
    }

    #[tokio::test]
    async fn a_url_names_the_server_and_the_encryption() {
        for (url, server) in [
            ("smtps://mail.example", "smtps://mail.example:465"),
            ("smtp://Mail.example", "smtp://mail.example:587"),
            ("smtp://mail.example:2525/", "smtp://mail.example:2525"),
            ("smtp://localhost", "smtp://localhost:25"),
            ("smtp://[::1]:1025", "smtp://::1:1025"),
        ] {
            let smtp = Smtp::new(settings(url)).unwrap();
            assert_eq!(smtp.server, server, "{url}");
        }
        for url in [
            "",
            "mail.example",
            "https://mail.example",
            "smtp://",
            "smtps://mail.example/path",
            "smtps://mail.example?tls=none",
            "smtps://ada@mail.example",
            "smtps://ada:secret@mail.example",
        ] {
            let error = Smtp::new(settings(url)).unwrap_err();
            assert!(matches!(error, SmtpError::Url), "{url}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[tokio::test]
    async fn a_user_comes_with_a_password() {
        for (user, password) in [(Some("ada"), None), (None, Some("secret"))] {
            let settings = SmtpSettings {
                user,
                password,
                ..settings("smtps://mail.example")
            };
            assert!(matches!(Smtp::new(settings), Err(SmtpError::Credentials)));
        }
        let settings = SmtpSettings {
            user: Some("ada"),
            password: Some("swordfish"),
            ..settings("smtps://mail.example")
        };
        let shown = format!("{settings:?} {:?}", Smtp::new(settings).unwrap());
        assert!(!shown.contains("swordfish"), "{shown}");
    }

    #[test]
    fn a_sender_is_an_address() {
        for from in ["", "air", "air@example.com\r\nBcc: eve@example.com"] {
            let settings = SmtpSettings {
                from,
                ..settings("smtps://mail.example")
            };
            assert!(matches!(Smtp::new(settings), Err(SmtpError::Sender)), "{from:?}");
        }
    }
}
