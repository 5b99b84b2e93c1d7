//! An issuer as its metadata shows it.

use std::collections::BTreeMap;

use air_jwt::jwe::EncryptionKey;
use air_oid4vc::vci::{
    AUTHORIZATION_CODE, AuthorizationServerMetadata, CredentialConfiguration, IssuerId, IssuerMetadata,
    PRE_AUTHORIZED_CODE,
};
use serde_json::{Map, Value, json};

use crate::PREFIX;

/// The content encryption of requests and responses.
const CONTENT_ENCRYPTION: [&str; 2] = ["A128GCM", "A256GCM"];

/// Whether access tokens must be bound to a key of the wallet (RFC 9449).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DpopPolicy {
    /// A token is bound if the wallet sends a proof, and a bearer token otherwise.
    #[default]
    Optional,
    /// A token request without proof is refused, as HAIP requires.
    Required,
}

/// How clients authenticate for an authorization code. A pre-authorized code needs no client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientPolicy {
    /// A client names itself by `client_id`.
    #[default]
    Public,
    /// A client is attested by a wallet provider that the backend trusts, as HAIP requires.
    Attested,
}

/// The encryption of credential requests and responses beside TLS (OpenID4VCI 1.0, section 10).
#[derive(Clone, Debug)]
pub struct MessageEncryption {
    /// The key that wallets encrypt requests to. [`super::IssuerBackend::request_keys`] has its private half.
    pub key: EncryptionKey,
    /// Whether plain requests and responses are refused.
    pub is_required: bool,
}

/// An issuer, without the credentials that it offers.
#[derive(Clone, Debug)]
pub struct IssuerProfile {
    /// The Credential Issuer Identifier, which [`Self::identifier`] makes.
    pub issuer: IssuerId,
    /// `display`: the issuer's names and logos, as an array of objects.
    pub display: Vec<Value>,
    /// The maximum number of proofs in one request; less than 2 for a single one.
    pub batch_size: u64,
    /// Whether access tokens must be bound to a key.
    pub dpop: DpopPolicy,
    /// Whether users can authorize wallets at the authorization endpoint.
    pub authorization: bool,
    /// How clients authenticate for an authorization code.
    pub clients: ClientPolicy,
    /// Whether the issuer issues refresh tokens.
    pub refresh: bool,
    /// Whether the issuer may defer credentials.
    pub deferred: bool,
    /// How credential requests and responses are encrypted; absent if they can't be.
    pub encryption: Option<MessageEncryption>,
}

impl IssuerProfile {
    /// Returns the identifier of the issuer `id` that is served at this base URL, such as
    /// `https://issuer.example`.
    ///
    /// # Errors
    /// [`air_oid4vc::Error::Issuance`] if the URL is not https and not on this machine.
    pub fn identifier(base_url: &str, id: &str) -> Result<IssuerId, air_oid4vc::Error> {
        format!("{}{PREFIX}/{id}", base_url.trim_end_matches('/')).parse()
    }

    /// Returns the URL of one of the issuer's routes.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> String {
        format!("{}/{name}", self.issuer)
    }

    /// Whether clients authenticate by attestations.
    pub(crate) fn attests_clients(&self) -> bool {
        self.authorization && self.clients == ClientPolicy::Attested
    }

    /// Returns the issuer's metadata with these configurations.
    #[must_use]
    pub fn metadata(&self, configurations: BTreeMap<String, CredentialConfiguration>) -> IssuerMetadata {
        let mut other = Map::new();
        if !self.display.is_empty() {
            other.insert("display".into(), self.display.clone().into());
        }
        if let Some(encryption) = &self.encryption {
            let is_required = encryption.is_required;
            other.insert(
                "credential_request_encryption".into(),
                json!({
                    "jwks": { "keys": [encryption.key] },
                    "enc_values_supported": CONTENT_ENCRYPTION,
                    "encryption_required": is_required,
                }),
            );
            other.insert(
                "credential_response_encryption".into(),
                json!({
                    "alg_values_supported": ["ECDH-ES"],
                    "enc_values_supported": CONTENT_ENCRYPTION,
                    "encryption_required": is_required,
                }),
            );
        }
        IssuerMetadata {
            issuer: self.issuer.clone(),
            authorization_servers: Vec::new(),
            credential_endpoint: self.endpoint("credential"),
            nonce_endpoint: Some(self.endpoint("nonce")),
            deferred_credential_endpoint: self.deferred.then(|| self.endpoint("deferred")),
            notification_endpoint: Some(self.endpoint("notification")),
            batch_size: (self.batch_size > 1).then_some(self.batch_size),
            configurations,
            other,
        }
    }

    /// Returns the metadata of the issuer's authorization server, which is the issuer itself.
    #[must_use]
    pub fn authorization_server_metadata(&self) -> AuthorizationServerMetadata {
        let mut other = Map::new();
        let mut grant_types = vec![PRE_AUTHORIZED_CODE.to_owned()];
        // RFC 8414 requires the member, also without an authorization endpoint.
        let mut response_types = json!([]);
        if self.authorization {
            grant_types.insert(0, AUTHORIZATION_CODE.to_owned());
            response_types = json!(["code"]);
            for (name, value) in [
                ("code_challenge_methods_supported", json!(["S256"])),
                ("require_pushed_authorization_requests", json!(true)),
                ("authorization_response_iss_parameter_supported", json!(true)),
                (
                    "authorization_details_types_supported",
                    json!(["openid_credential"]),
                ),
            ] {
                other.insert(name.to_owned(), value);
            }
        }
        if self.refresh {
            grant_types.push("refresh_token".to_owned());
        }
        other.insert("response_types_supported".to_owned(), response_types);
        let mut methods = json!(["none"]);
        if self.attests_clients() {
            // `none` remains for the anonymous wallet with a pre-authorized code.
            methods = json!(["attest_jwt_client_auth", "none"]);
            for name in ["", "_pop"] {
                let name = format!("client_attestation{name}_signing_alg_values_supported");
                other.insert(name, json!(["ES256", "RS256"]));
            }
            other.insert("challenge_endpoint".to_owned(), self.endpoint("challenge").into());
        }
        other.insert("token_endpoint_auth_methods_supported".to_owned(), methods);
        let endpoint = |name| self.authorization.then(|| self.endpoint(name));
        AuthorizationServerMetadata {
            issuer: self.issuer.clone(),
            token_endpoint: Some(self.endpoint("token")),
            authorization_endpoint: endpoint("authorize"),
            pushed_authorization_request_endpoint: endpoint("par"),
            grant_types,
            dpop_algorithms: vec!["ES256".into(), "RS256".into()],
            anonymous_pre_authorized: true,
            other,
        }
    }
}
