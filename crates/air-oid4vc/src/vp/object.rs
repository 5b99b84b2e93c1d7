//! Signed requests: request objects (RFC 9101; OpenID4VP 1.0, section 5).

use std::{fmt, time::Duration};

use air_ids::UnixTime;
use air_jwt::{Jwk, Kid, NumericDate, Signer, SigningKey, jws};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::{
    client_id::ClientId,
    request::{AuthorizationRequest, Signature},
    rule::Rule,
};
use crate::{Document, Error, compact};

/// The `typ` of a request object, and the media type of a request URI's response.
pub const REQUEST_OBJECT_TYPE: &str = "oauth-authz-req+jwt";
/// The audience of a request whose wallet the verifier does not know (section 5.8).
pub const SELF_ISSUED_AUDIENCE: &str = "https://self-issued.me/v2";
/// The maximum length of a request object in bytes.
const LENGTH_LIMIT: usize = 512 * 1024;

impl AuthorizationRequest {
    /// Signs the request for any wallet. The header has the key's `kid`; for the prefix
    /// `decentralized_identifier` it must be the DID URL of the key.
    ///
    /// # Errors
    /// [`Error::Presentation`] with [`Rule::SignatureForbidden`] for the prefix `redirect_uri`, or
    /// [`Rule::Missing`] without client identifier.
    pub fn sign(&self, key: &SigningKey) -> Result<String, Error> {
        self.check_signable(key.kid())?;
        Ok(jws::sign(key, REQUEST_OBJECT_TYPE, &self.claims()))
    }

    /// As [`Self::sign`], with a remote key.
    ///
    /// # Errors
    /// As [`Self::sign`], and [`Error::Signer`].
    pub async fn sign_with(&self, signer: &impl Signer) -> Result<String, Error> {
        self.check_signable(signer.kid())?;
        let claims = self.claims();
        jws::sign_with(signer, REQUEST_OBJECT_TYPE, &claims)
            .await
            .map_err(Error::Signer)
    }

    /// Signs the request with the key of a certificate. The header has `x5c`: the certificates in
    /// base64 of DER, the leaf first and without the anchor. For the prefix `x509_hash`, the leaf must be
    /// the one that the identifier names.
    ///
    /// # Errors
    /// As [`Self::sign`], and [`Error::Presentation`] with [`Rule::Certificate`].
    pub fn sign_with_certificates(&self, key: &SigningKey, chain: &[Vec<u8>]) -> Result<String, Error> {
        self.check_signable(key.kid())?;
        let leaf = chain.first().ok_or_else(|| refused("x5c", Rule::Certificate))?;
        if let Some(client @ ClientId::X509Hash(_)) = self.client_id() {
            client.check_certificate(leaf, &[])?;
        }
        let certificates: Value = chain
            .iter()
            .map(|certificate| STANDARD.encode(certificate))
            .collect();
        let header = Map::from_iter([("x5c".to_owned(), certificates)]);
        Ok(compact::sign(key, REQUEST_OBJECT_TYPE, header, &self.claims()))
    }

    fn check_signable(&self, kid: &Kid) -> Result<(), Error> {
        match self.client_id() {
            None => Err(refused("client_id", Rule::Missing)),
            Some(ClientId::RedirectUri(_)) => Err(refused("client_id", Rule::SignatureForbidden)),
            Some(ClientId::Did(did)) if !is_key_of(did, kid.as_str()) => {
                Err(refused("kid", Rule::PrefixedId))
            }
            Some(_) => Ok(()),
        }
    }

    fn claims(&self) -> Map<String, Value> {
        let mut claims = self.to_members();
        claims.insert("aud".into(), SELF_ISSUED_AUDIENCE.into());
        claims
    }
}

/// A request object whose signature is not verified yet.
pub struct RequestObject<'a> {
    token: jws::Unverified<'a>,
    claims: Map<String, Value>,
    client_id: ClientId,
}

/// Shows the header's `alg`, `typ` and `kid` only.
impl fmt::Debug for RequestObject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestObject").field(&self.token).finish()
    }
}

/// The expectations of a wallet for a request object.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// The `client_id` of the link, which must be the same.
    pub client_id: Option<&'a ClientId>,
    /// The `wallet_nonce` that the wallet sent, which must be returned.
    pub wallet_nonce: Option<&'a str>,
    /// The wallet's issuer identifier, if the verifier knows it by discovery.
    pub audience: Option<&'a str>,
    /// The current time.
    pub now: UnixTime,
    /// The accepted difference between clocks in seconds.
    pub skew: u64,
}

impl<'a> RequestObject<'a> {
    /// Reads a request object, so that the wallet can find the verifier's key.
    ///
    /// # Errors
    /// [`Error::Token`], [`Error::Json`], or [`Error::Presentation`] with [`Rule::ObjectType`] or a
    /// rule of the client identifier.
    pub fn parse(jwt: &'a str) -> Result<Self, Error> {
        let document = Document::RequestObject;
        let token =
            jws::Unverified::parse(jwt, LENGTH_LIMIT).map_err(|source| Error::Token { document, source })?;
        if !token.is_typed(REQUEST_OBJECT_TYPE) {
            return Err(refused("typ", Rule::ObjectType));
        }
        let claims = document.read_payload(jwt)?;
        let client_id = claims.get("client_id").and_then(Value::as_str);
        let client_id = client_id
            .ok_or_else(|| refused("client_id", Rule::Missing))?
            .parse()?;
        Ok(Self {
            token,
            claims,
            client_id,
        })
    }

    /// The verifier that the request claims to be from.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The `kid` of the header, which names a key of a DID document.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.token.header().get("kid").and_then(Value::as_str)
    }

    /// The certificates of the header's `x5c` in base64 of DER, the leaf first. The caller verifies
    /// the chain, checks the leaf with [`ClientId::check_certificate`], and verifies the request with
    /// the leaf's key.
    #[must_use]
    pub fn certificates(&self) -> Vec<&str> {
        let chain = self.token.header().get("x5c").and_then(Value::as_array);
        chain.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The verifier attestation of the header's `jwt` (section 12).
    #[must_use]
    pub fn verifier_attestation(&self) -> Option<&str> {
        self.token.header().get("jwt").and_then(Value::as_str)
    }

    /// Checks that the request is of the client that its link names. [`Self::verify`] checks the
    /// same; call this first if the lookup of a client's key fetches a URL that the client chose.
    ///
    /// # Errors
    /// [`Error::Presentation`] with [`Rule::SameClientId`].
    pub fn check_client(&self, linked: &ClientId) -> Result<(), Error> {
        if *linked == self.client_id {
            Ok(())
        } else {
            Err(refused("client_id", Rule::SameClientId))
        }
    }

    /// Verifies the signature with the verifier's key, and reads the request. Which key is the
    /// verifier's follows from [`Self::client_id`] and is the caller's decision; for the prefix
    /// `decentralized_identifier`, the header's `kid` must name a key of the DID.
    ///
    /// # Errors
    /// [`Error::Token`], [`Error::Presentation`] or [`Error::Query`].
    pub fn verify(&self, key: &Jwk, expected: &Expected<'_>) -> Result<AuthorizationRequest, Error> {
        if let ClientId::Did(did) = &self.client_id
            && !self.kid().is_some_and(|kid| is_key_of(did, kid))
        {
            return Err(refused("kid", Rule::PrefixedId));
        }
        let document = Document::RequestObject;
        self.token
            .verify_signature(key)
            .map_err(|source| Error::Token { document, source })?;
        if let Some(linked) = expected.client_id {
            self.check_client(linked)?;
        }
        self.check_audience(expected)?;
        self.check_validity(expected)?;
        let request = AuthorizationRequest::from_members(&self.claims, Signature::Present)?;
        let returned = request.options().wallet_nonce.as_ref();
        if expected
            .wallet_nonce
            .is_some_and(|sent| returned.map(super::Nonce::as_str) != Some(sent))
        {
            return Err(refused("wallet_nonce", Rule::WalletNonce));
        }
        Ok(request)
    }

    /// An audience may be absent. One that is present names this wallet or any.
    fn check_audience(&self, expected: &Expected<'_>) -> Result<(), Error> {
        let is_ours = |audience: &Value| {
            audience == SELF_ISSUED_AUDIENCE || expected.audience.is_some_and(|ours| audience == ours)
        };
        let is_accepted = match self.claims.get("aud") {
            None => true,
            Some(Value::Array(audiences)) => audiences.iter().any(is_ours),
            Some(audience) => is_ours(audience),
        };
        if is_accepted {
            Ok(())
        } else {
            Err(refused("aud", Rule::Audience))
        }
    }

    fn check_validity(&self, expected: &Expected<'_>) -> Result<(), Error> {
        let date = |name: &'static str| match self.claims.get(name) {
            None => Ok(None),
            Some(value) => NumericDate::from_json(value)
                .map(Some)
                .ok_or_else(|| refused(name, Rule::Type)),
        };
        let skew = Duration::from_secs(expected.skew);
        let (latest, earliest) = (
            expected.now.saturating_add(skew),
            expected.now.saturating_sub(skew),
        );
        if date("exp")?.is_some_and(|end| end.floor() <= earliest) {
            return Err(refused("exp", Rule::Validity));
        }
        for name in ["nbf", "iat"] {
            if date(name)?.is_some_and(|beginning| beginning.ceil() > latest) {
                return Err(refused(name, Rule::Validity));
            }
        }
        Ok(())
    }
}

/// Whether a key identifier is a DID URL of this DID: the DID, and a fragment.
fn is_key_of(did: &str, kid: &str) -> bool {
    kid.strip_prefix(did)
        .is_some_and(|rest| rest.len() > 1 && rest.starts_with('#'))
}

fn refused(name: &str, rule: Rule) -> Error {
    Error::Presentation {
        place: format!("/{name}"),
        rule,
    }
}
