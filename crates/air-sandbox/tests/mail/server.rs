//! A mail server on a free port: it speaks SMTP (RFC 5321) with STARTTLS (RFC 3207) and AUTH PLAIN
//! (RFC 4954), and `smtp-proto`, the parser of the Stalwart mail server, reads its commands.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use smtp_proto::{AUTH_PLAIN, Request, request::receiver::DataReceiver};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::mpsc,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// The server's behaviour.
#[derive(Clone, Default)]
pub(super) struct Rules {
    /// Accepts connections, and never replies.
    pub(super) is_silent: bool,
    /// The reply to the first recipients, by number, before they are accepted.
    pub(super) first_replies: usize,
    pub(super) reply: &'static str,
    /// The only user and password, if the server requires one.
    pub(super) login: Option<(&'static str, &'static str)>,
    pub(super) tls: Option<Tls>,
}

#[derive(Clone)]
pub(super) enum Tls {
    Implicit(TlsAcceptor),
    StartTls(TlsAcceptor),
}

/// A message as the server received it.
#[derive(Debug)]
pub(super) struct Mail {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) user: Option<String>,
    pub(super) is_encrypted: bool,
    pub(super) text: String,
}

pub(super) struct MailServer {
    pub(super) address: SocketAddr,
    mails: mpsc::UnboundedReceiver<Mail>,
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    recipients: AtomicUsize,
}

impl MailServer {
    pub(super) async fn start(rules: Rules) -> Self {
        Self::serve(TcpListener::bind("127.0.0.1:0").await.unwrap(), rules)
    }

    /// Starts a server at the reserved port of a stopped one.
    pub(super) fn start_on(port: TcpSocket, rules: Rules) -> Self {
        Self::serve(port.listen(1024).unwrap(), rules)
    }

    fn serve(listener: TcpListener, rules: Rules) -> Self {
        let address = listener.local_addr().unwrap();
        let (sender, mails) = mpsc::unbounded_channel();
        let counts = Arc::new(Counts::default());
        let shared = counts.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let session = Session {
                    rules: rules.clone(),
                    counts: shared.clone(),
                    mails: sender.clone(),
                    is_encrypted: false,
                    user: None,
                };
                tokio::spawn(session.serve(stream));
            }
        });
        Self {
            address,
            mails,
            counts,
            task,
        }
    }

    /// Stops the server, and reserves its port, which no other program gets.
    pub(super) async fn stop(mut self) -> TcpSocket {
        self.task.abort();
        // The port is closed when the task is gone.
        let _ = (&mut self.task).await;
        let port = TcpSocket::new_v4().unwrap();
        port.set_reuseaddr(true).unwrap();
        port.bind(self.address).unwrap();
        port
    }

    pub(super) async fn next(&mut self) -> Mail {
        let next = tokio::time::timeout(Duration::from_mins(1), self.mails.recv());
        next.await.expect("a mail arrives").unwrap()
    }

    /// The number of mails that arrived and were not read yet.
    pub(super) fn waiting(&self) -> usize {
        self.mails.len()
    }

    pub(super) fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::SeqCst)
    }

    pub(super) fn recipients(&self) -> usize {
        self.counts.recipients.load(Ordering::SeqCst)
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Session {
    rules: Rules,
    counts: Arc<Counts>,
    mails: mpsc::UnboundedSender<Mail>,
    is_encrypted: bool,
    user: Option<String>,
}

impl Session {
    async fn serve(mut self, stream: TcpStream) {
        if self.rules.is_silent {
            std::future::pending::<()>().await;
        }
        let (is_implicit, acceptor) = match self.rules.tls.clone() {
            None => (false, None),
            Some(Tls::Implicit(acceptor)) => (true, Some(acceptor)),
            Some(Tls::StartTls(acceptor)) => (false, Some(acceptor)),
        };
        let mut plain = BufReader::new(stream);
        if !is_implicit {
            let wants_tls = self.talk(&mut plain, true).await;
            if !wants_tls {
                return;
            }
        }
        if let Some(acceptor) = acceptor
            && let Ok(stream) = acceptor.accept(plain.into_inner()).await
        {
            self.is_encrypted = true;
            self.talk(&mut BufReader::new(stream), is_implicit).await;
        }
    }

    /// Serves commands until the client quits or, in which case it returns true, starts TLS.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        stream: &mut BufReader<S>,
        greets: bool,
    ) -> bool {
        if greets {
            reply(stream, "220 mail.test ESMTP").await;
        }
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let mut line = Vec::new();
            if stream.read_until(b'\n', &mut line).await.unwrap_or(0) == 0 {
                return false;
            }
            let Ok(command) = Request::parse(&mut line.iter()) else {
                reply(stream, "500 5.5.2 unknown command").await;
                continue;
            };
            let may_send = self.rules.login.is_none() || self.user.is_some();
            let text = match command {
                Request::Ehlo { .. } => self.capabilities(),
                Request::StartTls if self.may_start_tls() => {
                    reply(stream, "220 2.0.0 begin").await;
                    return true;
                }
                Request::Auth {
                    mechanism,
                    initial_response,
                } if mechanism == AUTH_PLAIN => self.log_in(&initial_response),
                Request::Mail { .. } if !may_send => "530 5.7.0 log in first".to_owned(),
                Request::Mail { from: sender } => {
                    from = sender.address.into_owned();
                    to.clear();
                    "250 2.1.0 ok".to_owned()
                }
                Request::Rcpt { to: recipient } => {
                    let number = self.counts.recipients.fetch_add(1, Ordering::SeqCst);
                    if number < self.rules.first_replies {
                        self.rules.reply.to_owned()
                    } else {
                        to.push(recipient.address.into_owned());
                        "250 2.1.5 ok".to_owned()
                    }
                }
                Request::Data => {
                    reply(stream, "354 go on").await;
                    let text = data(stream).await;
                    let mail = Mail {
                        from: from.clone(),
                        to: std::mem::take(&mut to),
                        user: self.user.clone(),
                        is_encrypted: self.is_encrypted,
                        text,
                    };
                    let _ = self.mails.send(mail);
                    "250 2.0.0 kept".to_owned()
                }
                Request::Rset | Request::Noop { .. } => "250 2.0.0 ok".to_owned(),
                Request::Quit => {
                    reply(stream, "221 2.0.0 bye").await;
                    return false;
                }
                _ => "502 5.5.1 not here".to_owned(),
            };
            reply(stream, &text).await;
        }
    }

    fn may_start_tls(&self) -> bool {
        matches!(self.rules.tls, Some(Tls::StartTls(_))) && !self.is_encrypted
    }

    fn capabilities(&self) -> String {
        let mut lines = vec!["mail.test", "8BITMIME"];
        if self.may_start_tls() {
            lines.push("STARTTLS");
        } else if self.rules.login.is_some() {
            lines.push("AUTH PLAIN");
        }
        let last = lines.pop().unwrap();
        let mut reply = String::new();
        for line in lines {
            reply.extend(["250-", line, "\r\n"]);
        }
        format!("{reply}250 {last}")
    }

    fn log_in(&mut self, response: &str) -> String {
        let decoded = STANDARD.decode(response).unwrap_or_default();
        let mut parts = decoded.split(|byte| *byte == 0).skip(1);
        let given = (parts.next(), parts.next());
        match self.rules.login {
            Some((user, password)) if given == (Some(user.as_bytes()), Some(password.as_bytes())) => {
                self.user = Some(user.to_owned());
                "235 2.7.0 ok".to_owned()
            }
            _ => "535 5.7.8 wrong user or password".to_owned(),
        }
    }
}

async fn reply<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, text: &str) {
    let _ = stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await;
    let _ = stream.get_mut().flush().await;
}

async fn data<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> String {
    let (mut receiver, mut text) = (DataReceiver::new(), Vec::new());
    loop {
        let mut line = Vec::new();
        let read = stream.read_until(b'\n', &mut line).await.unwrap_or(0);
        if read == 0 || receiver.ingest(&mut line.iter(), &mut text) {
            return String::from_utf8(text).unwrap();
        }
    }
}

/// A certificate for localhost as PEM, and a server's TLS with it.
pub(super) fn tls() -> (String, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let chain = vec![CertificateDer::from(made.cert.der().to_vec())];
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    (made.cert.pem(), TlsAcceptor::from(Arc::new(config)))
}
