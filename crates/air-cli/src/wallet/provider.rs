//! A wallet provider that attests this wallet and its keys, for tests
//! (draft-ietf-oauth-attestation-based-client-auth; `OpenID4VCI` 1.0, appendix D).

use std::{path::PathBuf, time::Duration};

use air_jwt::{
    SigningKey,
    client_attestation::Pop,
    jws::{self, X5c},
};
use air_oid4vc::vci::KeyAttestationOptions;
use air_x509::CertificateChain;
use clap::Args;
use serde_json::{Map, Value, json};

use crate::{
    exit::Failure,
    files::{read_key, shown},
    output::Output,
    time,
};

/// The lifetime of an attestation.
const LIFETIME: Duration = Duration::from_mins(5);
/// The type of a client attestation.
const CLIENT_ATTESTATION: &str = "oauth-client-attestation+jwt";

#[derive(Args)]
pub(super) struct ProviderArgs {
    /// Attest the wallet and its keys as a wallet provider, whose private key and certificates,
    /// without the authority's, are in this file (PEM).
    #[arg(long, value_name = "FILE")]
    wallet_provider: Option<PathBuf>,
}

impl ProviderArgs {
    pub(super) fn read(&self, output: Output) -> Result<Option<Provider>, Failure> {
        let Some(path) = &self.wallet_provider else {
            return Ok(None);
        };
        let rejected = |error: String| Failure::rejected(format!("{}: {error}", shown(path)));
        let file = read_key(path, output)?;
        let key = SigningKey::from_file_bytes(&file).map_err(|error| rejected(error.to_string()))?;
        let chain = CertificateChain::from_pem(&file).map_err(|error| rejected(error.to_string()))?;
        let x5c = chain
            .signing_x5c(&key.public_jwk())
            .map_err(|error| rejected(error.to_string()))?;
        Ok(Some(Provider {
            key,
            x5c,
            instance: SigningKey::generate(&mut rand::rng()),
        }))
    }
}

/// A wallet provider, and the attested key of this wallet.
pub(super) struct Provider {
    key: SigningKey,
    x5c: X5c,
    instance: SigningKey,
}

impl Provider {
    /// The algorithm of attestations.
    pub(super) fn algorithm(&self) -> &'static str {
        self.key.algorithm().as_str()
    }

    /// Attests keys for an issuer's nonce. `required` is `key_attestations_required` of the issuer:
    /// the attestation has the first accepted value of each level.
    pub(super) fn attest_keys(
        &self,
        keys: &[SigningKey],
        nonce: Option<&str>,
        required: Option<&Map<String, Value>>,
    ) -> String {
        let level = |name: &str| {
            let accepted = required.and_then(|required| required.get(name)?.as_array());
            let first = accepted.and_then(|accepted| accepted.first()?.as_str());
            first.map(str::to_owned).into_iter().collect()
        };
        let now = time::now();
        let claims = KeyAttestationOptions {
            keys: keys.iter().map(SigningKey::public_jwk).collect(),
            issued_at: now,
            expires_at: Some(now.saturating_add(LIFETIME)),
            nonce: nonce.map(str::to_owned),
            key_storage: level("key_storage"),
            user_authentication: level("user_authentication"),
        };
        claims.sign(&self.key, Some(&self.x5c))
    }

    /// The headers that authenticate a client at an authorization server, with the server's challenge if it
    /// gave one. Each proof is for one request.
    pub(super) fn client_headers(
        &self,
        client_id: &str,
        server: &str,
        challenge: Option<&str>,
    ) -> [(&'static str, String); 2] {
        let now = time::now();
        let claims = json!({
            "sub": client_id,
            "iat": now,
            "exp": now.saturating_add(LIFETIME),
            "cnf": { "jwk": self.instance.public_jwk() },
        });
        let attestation = jws::sign_x5c(&self.key, CLIENT_ATTESTATION, Some(&self.x5c), &claims);
        let mut pop = Pop::new(server);
        if let Some(challenge) = challenge {
            pop = pop.with_challenge(challenge);
        }
        let pop = pop.sign(&self.instance, now, &mut rand::rng());
        [
            ("OAuth-Client-Attestation", attestation),
            ("OAuth-Client-Attestation-PoP", pop),
        ]
    }
}
