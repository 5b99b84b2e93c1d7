//! `air cak derive`.

use std::path::PathBuf;

use air_crypto::{
    CakContext, CakPrivateKey, CakPublicKey, CakUser, ChainId, Curve, IssuerDid, LocalWallet, RootSecret,
    SchemaId,
};
use clap::{ArgGroup, Args};
use serde::Serialize;

use crate::{
    exit::Failure,
    files::{self, Audience, ForceArgs},
    output::Output,
};

#[derive(Args)]
#[command(
    group = ArgGroup::new("root").required(true),
    after_help = "Example:\n  \
                  air cak derive --user 7f01c42c-02cf-4325-96ed-ba034700f724 \\\n      \
                  --issuer did:air:id:test:5P44… --schema c21s70g0i54sn0023172Cv \\\n      \
                  --wallet-key-file wallet-key.hex --chain-id 222888 --json"
)]
pub(crate) struct Derive {
    /// The user's AIR id or DID.
    #[arg(long, allow_hyphen_values = true)]
    user: CakUser,
    /// The issuer's DID.
    #[arg(long, allow_hyphen_values = true)]
    issuer: IssuerDid,
    /// The schema's id.
    #[arg(long, allow_hyphen_values = true)]
    schema: SchemaId,
    /// The curve: secp256r1 or secp256k1.
    #[arg(long, default_value_t)]
    curve: Curve,
    /// A seed: 32 random bytes or more, in hex; `-` is stdin.
    #[arg(long, value_name = "FILE", group = "root")]
    seed_file: Option<PathBuf>,
    /// The key of the user's identity wallet, in hex; `-` is stdin.
    #[arg(long, value_name = "FILE", group = "root", requires = "chain_id")]
    wallet_key_file: Option<PathBuf>,
    /// The network that the wallet signs for: 222888 is the testnet, 2288 the mainnet, 5151 the devnet.
    #[arg(long, value_name = "N", requires = "wallet_key_file")]
    chain_id: Option<u64>,
    /// Print the private key as well.
    #[arg(long)]
    reveal_private_key: bool,
    /// Write the private key, in hex, to a file that only its owner can read (0600).
    #[arg(long, value_name = "FILE")]
    private_key_out: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
}

/// The printed form of a derived key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DerivedKey {
    curve: &'static str,
    public_key: String,
    public_key_compressed: String,
    jwk: Jwk,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_key: Option<String>,
}

#[derive(Serialize)]
struct Jwk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    y: String,
}

impl Derive {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let context = CakContext::new(
            self.user.clone(),
            self.issuer.clone(),
            self.schema.clone(),
            self.curve,
        );
        let key = self.root(output)?.derive(&context)?;
        if let Some(path) = &self.private_key_out {
            self.force
                .write(path, key.expose_hex().as_bytes(), Audience::Owner)?;
        }
        let derived = DerivedKey::of(key.public_key());
        let derived = if self.reveal_private_key {
            derived.revealing(&key)
        } else {
            derived
        };
        output.result(&derived, DerivedKey::render)
    }

    fn root(&self, output: Output) -> Result<RootSecret, Failure> {
        match (&self.seed_file, &self.wallet_key_file, self.chain_id) {
            (Some(path), ..) => Ok(files::read_secret(path, output)?.parse()?),
            (None, Some(path), Some(chain_id)) => {
                let wallet = LocalWallet::from_hex(&files::read_secret(path, output)?)?;
                Ok(RootSecret::from_wallet(wallet, ChainId::new(chain_id)))
            }
            _ => Err(Failure::usage(
                "missing root secret: pass --seed-file, or --wallet-key-file with --chain-id",
            )),
        }
    }
}

impl DerivedKey {
    /// Describes the public half of a key.
    pub(crate) fn of(key: &CakPublicKey) -> Self {
        let jwk = key.to_jwk();
        Self {
            curve: key.curve().name(),
            public_key: key.to_string(),
            public_key_compressed: key.to_compressed_hex(),
            jwk: Jwk {
                kty: jwk.kty(),
                crv: jwk.crv(),
                x: jwk.x().to_owned(),
                y: jwk.y().to_owned(),
            },
            private_key: None,
        }
    }

    fn revealing(mut self, key: &CakPrivateKey) -> Self {
        self.private_key = Some(key.expose_hex().to_string());
        self
    }

    fn render(&self) -> String {
        let mut text = format!(
            "curve                  {}\npublic key             {}\npublic key, compressed {}",
            self.curve, self.public_key, self.public_key_compressed
        );
        if let Some(key) = &self.private_key {
            text.push_str("\nprivate key            ");
            text.push_str(key);
        }
        text
    }
}
