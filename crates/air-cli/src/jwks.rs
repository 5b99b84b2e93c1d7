//! `air jwks`: the public key set.

pub(crate) mod server;
pub(crate) mod source;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use air_jwt::{JwkSet, Kid};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    exit::Failure,
    interrupt::Interrupts,
    keys::{self, KeyFolder},
    output::Output,
    time,
};
use server::{JwksServer, Published};

#[derive(Subcommand)]
pub(crate) enum Jwks {
    /// Print the public key set of one key or more.
    Export(SetArgs),
    /// Serve the set over HTTP until interrupted.
    Serve(Serve),
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air jwks export --key partner-key.pem > jwks.json\n  \
                  air jwks export --key keys > jwks.json    # a folder of `air keys`")]
pub(crate) struct SetArgs {
    /// A private key (PEM, JWK or base64 of DER); may be repeated. Or a folder of `air keys`: the
    /// keys that are currently published. Or the URI of a key in an HSM or behind a signing
    /// service.
    #[arg(long, value_name = "FILE|DIR|URI", required = true)]
    key: Vec<PathBuf>,
    /// The key's id, if there is one key [default: the JWK's `kid`, or the RFC 7638 thumbprint].
    #[arg(long, allow_hyphen_values = true)]
    kid: Option<Kid>,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air jwks serve --key partner-key.pem --listen 127.0.0.1:8311\n  \
                  air jwks serve --key keys    # updates with the timetable")]
pub(crate) struct Serve {
    #[command(flatten)]
    set: SetArgs,
    /// The address to listen on; port 0 picks a free port.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8311")]
    listen: SocketAddr,
}

impl Jwks {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Export(set) => output.document(&set.read(output).await?),
            Self::Serve(arguments) => arguments.run(output).await,
        }
    }
}

impl SetArgs {
    /// The folder of rotating keys, if `--key` names one instead of files.
    fn folder(&self) -> Result<Option<&Path>, Failure> {
        match self.key.as_slice() {
            [path] if path.is_dir() && self.kid.is_none() => Ok(Some(path)),
            paths if paths.iter().any(|path| path.is_dir()) => Err(Failure::usage(
                "a key folder defines the ids of its keys and can't be combined: omit --kid and other keys",
            )),
            _ => Ok(None),
        }
    }

    async fn read(&self, output: Output) -> Result<JwkSet, Failure> {
        if let Some(folder) = self.folder()? {
            return KeyFolder::open(folder)?.jwk_set(time::now(), output);
        }
        if self.kid.is_some() && self.key.len() > 1 {
            return Err(Failure::usage("--kid is for one key; omit it for several keys"));
        }
        let mut published = Vec::new();
        for path in &self.key {
            let key = keys::open(path, self.kid.as_ref(), output).await?;
            published.push(key.public_jwk().clone());
        }
        JwkSet::new(published).map_err(|error| Failure::usage(error.to_string()))
    }
}

impl Serve {
    async fn run(&self, output: Output) -> Result<(), Failure> {
        // Fail now if a key can't be read, not at the first request.
        let set = self.set.read(output).await?.to_json();
        let source = match self.set.folder()? {
            None => Published::Always(set),
            Some(folder) => Published::Folder(folder.to_owned(), output),
        };
        let server = JwksServer::start(self.listen, source).await?;
        let mut interrupts = Interrupts::listen();
        output.compact_document(&json!({ "ready": true, "url": server.url() }))?;
        interrupts.next().await;
        Ok(())
    }
}
