//! The platform as the backend of OpenID4VCI issuers. The `{id}` of a path is the partner's ID.

use std::{collections::BTreeMap, sync::Arc};

use air_ids::UnixTime;
use air_jwt::{Jwk, JwkSet, jwe::DecryptionKey};
use air_oid4vc::{
    oauth::{Binding, Client},
    vci::{AuthorizedCredential, CredentialConfiguration, CredentialOffer, ProofTypeMetadata},
};
use air_oid4vc_http::{
    Failure, NonceKey, SingleUse, SingleUseKind,
    issuer::{
        BeginError, ClientPolicy, CodeRedemption, CredentialOrder, Deferral, DeferredOrder, DpopPolicy,
        Grant, Issuance, IssueError, IssuedCredentials, IssuedToken, IssuerBackend, IssuerProfile,
        MessageEncryption, Notification, PushError, PushedAuthorization, RedeemError, Redemption, Refresh,
    },
};
use air_store::{credential_offers::Offer, partners::Partner};
use air_x509::{Anchors, CertificateChain, Validator};
use axum::body::Bytes;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::{Backend, failure};
use air_platform::openid4vc::{
    authorization::{self, Arrival, CodeExchange, NotBegun, NotPushed, Push},
    credentials::{self, CheckedRequest, NotIssued, Outcome},
    deferred::{self, DeferredRequest},
    issuer, nonce_key, offers,
    refresh::{self, RefreshExchange},
    request_keys, signed_metadata,
    tokens::{self, Exchange, NotExchanged, OnceOnly},
};

/// The page where a user signs in and decides (`air-dashboard`).
const AUTHORIZATION_PAGE: &str = "/wallet/authorize";

impl Backend {
    pub(super) async fn partner(&self, partner_id: &str) -> Result<Option<Arc<Partner>>, Failure> {
        let found = issuer::find_partner(&self.0, partner_id).await;
        found.map_err(|refusal| failure(&refusal))
    }

    async fn profile(&self, partner: &Partner) -> Result<IssuerProfile, Failure> {
        let keys = request_keys(&self.0).await.map_err(|refusal| failure(&refusal))?;
        let key = keys.first().map(DecryptionKey::encryption_key);
        let identifier = issuer::issuer_id(&self.0, partner.partner_id.as_str());
        Ok(IssuerProfile {
            issuer: identifier.map_err(|refusal| failure(&refusal))?,
            display: vec![json!({ "name": partner.name, "locale": "en" })],
            batch_size: issuer::BATCH_SIZE,
            dpop: DpopPolicy::Optional,
            authorization: self.0.has_user_pages,
            clients: if self.1.providers.is_some() {
                ClientPolicy::Attested
            } else {
                ClientPolicy::Public
            },
            refresh: true,
            deferred: true,
            encryption: key.map(|key| MessageEncryption {
                key: key.clone(),
                is_required: false,
            }),
        })
    }

    /// Returns the metadata of a partner as an issuer.
    async fn document(&self, partner: &Partner) -> Result<Arc<[u8]>, Failure> {
        let profile = self.profile(partner).await?;
        let written = |configurations: BTreeMap<String, CredentialConfiguration>| {
            let configurations = configurations.into_iter();
            let configurations = configurations.map(|(id, one)| (id, self.with_attestations(one)));
            let metadata = profile.metadata(configurations.collect());
            metadata.to_value().to_string()
        };
        let document = issuer::metadata(&self.0, partner, written).await;
        document.map_err(|refusal| failure(&refusal))
    }

    /// Adds the proof type `attestation`, with the algorithms of the type `jwt`, if the platform trusts wallet providers.
    fn with_attestations(&self, mut configuration: CredentialConfiguration) -> CredentialConfiguration {
        let signed = configuration.proof_types.get("jwt");
        if let Some(signed) = signed.filter(|_| self.1.providers.is_some()) {
            let attestation = ProofTypeMetadata {
                algorithms: signed.algorithms.clone(),
                key_attestation: Some(Map::new()),
            };
            let kind = "attestation".to_owned();
            configuration.proof_types.insert(kind, attestation);
        }
        configuration
    }

    /// Returns the key of the first certificate of a chain that is valid under these anchors.
    fn leaf_key(&self, anchors: Option<&Anchors>, x5c: &Value) -> Option<Jwk> {
        let chain = CertificateChain::from_x5c(x5c).ok()?;
        let valid = Validator::haip(anchors?).validate(chain, self.now()).ok()?;
        valid.jwk().ok()
    }
}

impl IssuerBackend for Backend {
    fn now(&self) -> UnixTime {
        self.0.machine_clock.now()
    }

    async fn nonce_key(&self) -> Result<NonceKey, Failure> {
        let key = nonce_key(&self.0).await;
        key.map(NonceKey::new).map_err(|refusal| failure(&refusal))
    }

    async fn issuer(&self, partner_id: &str) -> Result<Option<IssuerProfile>, Failure> {
        let Some(partner) = self.partner(partner_id).await? else {
            return Ok(None);
        };
        self.profile(&partner).await.map(Some)
    }

    async fn metadata(&self, partner_id: &str) -> Result<Option<Bytes>, Failure> {
        let Some(partner) = self.partner(partner_id).await? else {
            return Ok(None);
        };
        let document = self.document(&partner).await?;
        Ok(Some(Bytes::from_owner(document)))
    }

    async fn signed_metadata(&self, partner_id: &str) -> Result<Option<Bytes>, Failure> {
        let Some(partner) = self.partner(partner_id).await? else {
            return Ok(None);
        };
        let document = self.document(&partner).await?;
        let signed = signed_metadata(&self.0, &partner, &document).await;
        let signed = signed.map_err(|refusal| failure(&refusal))?;
        Ok(Some(Bytes::from_owner(signed)))
    }

    async fn request_keys(&self, _: &str) -> Result<Arc<Vec<DecryptionKey>>, Failure> {
        let keys = request_keys(&self.0).await;
        keys.map_err(|refusal| failure(&refusal))
    }

    async fn configuration(
        &self,
        partner_id: &str,
        id: &str,
    ) -> Result<Option<CredentialConfiguration>, Failure> {
        let found = issuer::find_configuration(&self.0, partner_id, id).await;
        let found = found.map_err(|refusal| failure(&refusal))?;
        Ok(found.map(|configuration| self.with_attestations(configuration)))
    }

    async fn issuer_keys(&self, partner_id: &str) -> Result<Option<JwkSet>, Failure> {
        let Some(partner) = self.partner(partner_id).await? else {
            return Ok(None);
        };
        let keys = issuer::public_keys(&self.0, &partner);
        keys.map(Some).map_err(|refusal| failure(&refusal))
    }

    async fn credential_type(&self, schema_id: &str) -> Result<Option<String>, Failure> {
        let document = issuer::type_metadata(&self.0, schema_id).await;
        document.map_err(|refusal| failure(&refusal))
    }

    async fn status_list(&self, partner_id: &str, number: u64) -> Result<Option<String>, Failure> {
        let Some(partner) = self.partner(partner_id).await? else {
            return Ok(None);
        };
        match credentials::status_list(&self.0, &partner, number).await {
            Ok(token) => Ok(Some(token.into_string())),
            Err(refusal) if refusal.kind().is_callers() => Ok(None),
            Err(refusal) => Err(failure(&refusal)),
        }
    }

    async fn status_list_cwt(&self, partner_id: &str, number: u64) -> Result<Option<Bytes>, Failure> {
        let Some(partner) = self.partner(partner_id).await? else {
            return Ok(None);
        };
        match credentials::status_list_cwt(&self.0, &partner, number).await {
            Ok(token) => Ok(Some(token.to_bytes().into())),
            Err(refusal) if refusal.kind().is_callers() => Ok(None),
            Err(refusal) => Err(failure(&refusal)),
        }
    }

    async fn offer(&self, partner_id: &str, reference: &str) -> Result<Option<CredentialOffer>, Failure> {
        let found = offers::find(&self.0, partner_id, reference).await;
        found.map_err(|refusal| failure(&refusal))
    }

    async fn attester_key(&self, _: &str, x5c: Value) -> Result<Option<Jwk>, Failure> {
        Ok(self.leaf_key(self.1.providers.as_deref(), &x5c))
    }

    async fn certified_key(&self, _: &str, x5c: Value) -> Result<Option<Jwk>, Failure> {
        Ok(self.leaf_key(self.1.keys.as_deref(), &x5c))
    }

    fn request_uri_lifetime(&self) -> u64 {
        authorization::REQUEST_LIFETIME.as_secs()
    }

    async fn push(&self, partner_id: &str, pushed: PushedAuthorization) -> Result<String, PushError> {
        let push = Push {
            request: pushed.request,
            proof: pushed.proof.map(once_only),
        };
        authorization::push(&self.0, partner_id, &push)
            .await
            .map_err(not_pushed)
    }

    async fn begin(
        &self,
        partner_id: &str,
        client_id: &str,
        request_uri: &str,
    ) -> Result<String, BeginError> {
        let arrival = Arrival {
            partner_id,
            client_id,
            request_uri,
        };
        authorization::begin(&self.0, &arrival).await.map_err(not_begun)?;
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("issuer", partner_id)
            .append_pair("client_id", client_id)
            .append_pair("request_uri", request_uri)
            .finish();
        Ok(format!("{AUTHORIZATION_PAGE}?{query}"))
    }

    async fn redeem_code(
        &self,
        partner_id: &str,
        redemption: CodeRedemption,
    ) -> Result<IssuedToken, RedeemError> {
        let exchange = CodeExchange {
            request: &redemption.request,
            client: Client {
                id: &redemption.client_id,
                dpop_key: redemption.jkt.as_deref(),
            },
            proof: redemption.proof.map(once_only),
        };
        let token = authorization::exchange(&self.0, partner_id, &exchange)
            .await
            .map_err(not_exchanged)?;
        Ok(IssuedToken {
            access_token: token.access_token,
            expires_in: token.lifetime.as_secs(),
            refresh_token: token.refresh_token,
            authorization_details: token.configuration_id.into_iter().map(identified).collect(),
        })
    }

    async fn redeem(&self, partner_id: &str, redemption: Redemption) -> Result<IssuedToken, RedeemError> {
        let exchange = Exchange {
            code: &redemption.code,
            transaction_code: redemption.transaction_code.as_deref(),
            client_id: redemption.client_id.as_deref(),
            jkt: redemption.jkt.as_deref(),
            proof: redemption.proof.map(once_only),
        };
        let tokens = tokens::exchange(&self.0, partner_id, &exchange)
            .await
            .map_err(not_exchanged)?;
        Ok(IssuedToken {
            access_token: tokens.access_token,
            expires_in: tokens.lifetime.as_secs(),
            refresh_token: tokens.refresh_token,
            authorization_details: Vec::new(),
        })
    }

    async fn refresh(&self, partner_id: &str, refresh: Refresh) -> Result<IssuedToken, RedeemError> {
        let exchange = RefreshExchange {
            request: &refresh.request,
            presented: Binding {
                client_id: refresh.client_id.as_deref(),
                dpop_key: refresh.jkt.as_deref(),
            },
            proof: refresh.proof.map(once_only),
        };
        let tokens = refresh::refresh(&self.0, partner_id, &exchange)
            .await
            .map_err(not_exchanged)?;
        Ok(IssuedToken {
            access_token: tokens.access_token,
            expires_in: tokens.lifetime.as_secs(),
            refresh_token: Some(tokens.refresh_token),
            authorization_details: tokens.configuration_id.into_iter().map(identified).collect(),
        })
    }

    async fn grant(&self, partner_id: &str, access_token: &str) -> Result<Option<Grant>, Failure> {
        let offer = tokens::grant(&self.0, partner_id, access_token).await;
        let offer = offer.map_err(|refusal| failure(&refusal))?;
        Ok(offer.map(|offer| grant(&offer)))
    }

    async fn grant_to_issue(&self, partner_id: &str, access_token: &str) -> Result<Option<Grant>, Failure> {
        let offer = tokens::grant_to_issue(&self.0, partner_id, access_token).await;
        let offer = offer.map_err(|refusal| failure(&refusal))?;
        Ok(offer.map(|offer| grant(&offer)))
    }

    async fn holder_key(&self, did_url: &str) -> Option<Jwk> {
        issuer::holder_key(did_url)
    }

    async fn issue(&self, partner_id: &str, order: CredentialOrder) -> Result<Issuance, IssueError> {
        let partner = self.partner(partner_id).await?;
        let partner = partner.ok_or(IssueError::TokenEnded)?;
        let (proofs, nonces): (Vec<_>, Vec<_>) = order
            .single_use
            .into_iter()
            .partition(|value| value.kind == SingleUseKind::DpopProof);
        let order = CheckedRequest {
            offer_id: order.grant.id,
            token_digest: order.grant.token_digest,
            keys: order.keys,
            nonces: nonces.into_iter().map(once_only).collect(),
            proof: proofs.into_iter().next().map(once_only),
        };
        let outcome = credentials::issue(&self.0, &partner, &order).await;
        outcome.map(issuance).map_err(not_issued)
    }

    async fn issue_deferred(&self, partner_id: &str, order: DeferredOrder) -> Result<Issuance, IssueError> {
        let partner = self.partner(partner_id).await?;
        let partner = partner.ok_or(IssueError::TokenEnded)?;
        let request = DeferredRequest {
            offer_id: &order.grant.id,
            token_digest: &order.grant.token_digest,
            transaction_id: &order.transaction_id,
            proof: order.proof.map(once_only),
        };
        let outcome = deferred::issue(&self.0, &partner, &request).await;
        outcome.map(issuance).map_err(not_issued)
    }

    async fn spend(&self, value: SingleUse) -> Result<bool, Failure> {
        let is_new = tokens::spend(&self.0, once_only(value)).await;
        is_new.map_err(|refusal| failure(&refusal))
    }

    async fn notify(&self, _: &str, grant: &Grant, notification: Notification) -> Result<(), Failure> {
        let recorded = tokens::notify(&self.0, &grant.id, notification.event.as_str()).await;
        recorded.map_err(|refusal| failure(&refusal))
    }
}

/// Returns the grant of the access token of an offer.
fn grant(offer: &Offer) -> Grant {
    let configuration_id = offers::configuration_id(offer);
    let identified = offer
        .has_identifiers
        .then(|| identified(configuration_id.clone()));
    Grant {
        id: offer.offer_id.clone(),
        token_digest: offer.token_digest.clone().unwrap_or_default(),
        jkt: offer.jkt.clone(),
        client_id: offer.client_id.clone(),
        configuration_ids: vec![configuration_id],
        authorization_details: identified.into_iter().collect(),
    }
}

fn once_only(value: SingleUse) -> OnceOnly {
    OnceOnly {
        digest: value.digest,
        expires_at: value.expires_at,
    }
}

/// The only dataset of a configuration has the configuration's ID as its identifier.
fn identified(configuration_id: String) -> AuthorizedCredential {
    AuthorizedCredential {
        credential_identifiers: vec![configuration_id.clone()],
        configuration_id,
    }
}

fn issuance(outcome: Outcome) -> Issuance {
    match outcome {
        Outcome::Delivered(delivered) => Issuance::Issued(IssuedCredentials {
            credentials: delivered.credentials.into_iter().map(Into::into).collect(),
            number: delivered.number,
        }),
        Outcome::Deferred {
            transaction_id,
            interval,
        } => Issuance::Deferred(Deferral {
            transaction_id,
            interval,
        }),
    }
}

fn not_pushed(error: NotPushed) -> PushError {
    match error {
        NotPushed::UnknownCredential { rule, reason } => PushError::UnknownCredential { rule, reason },
        NotPushed::UnknownOffer => PushError::UnknownOffer,
        NotPushed::ProofUsed => PushError::ProofUsed,
        NotPushed::Refused(refusal) => failure(&refusal).into(),
    }
}

fn not_begun(error: NotBegun) -> BeginError {
    match error {
        NotBegun::Broken(rule) => BeginError::Broken(rule),
        NotBegun::Refused(refusal) => failure(&refusal).into(),
    }
}

fn not_exchanged(error: NotExchanged) -> RedeemError {
    match error {
        NotExchanged::UnknownCode => RedeemError::UnknownCode,
        NotExchanged::WrongTransactionCode => RedeemError::WrongTransactionCode,
        NotExchanged::TransactionCodePresence { is_required } => {
            RedeemError::TransactionCodePresence { is_required }
        }
        NotExchanged::ProofUsed => RedeemError::ProofUsed,
        NotExchanged::Broken(rule) => RedeemError::Broken(rule),
        NotExchanged::Refused(refusal) => failure(&refusal).into(),
    }
}

fn not_issued(error: NotIssued) -> IssueError {
    match error {
        NotIssued::UnknownTransaction => IssueError::UnknownTransaction,
        NotIssued::NonceUsed => IssueError::Used(SingleUseKind::CredentialNonce),
        NotIssued::ProofUsed => IssueError::Used(SingleUseKind::DpopProof),
        NotIssued::TokenEnded => IssueError::TokenEnded,
        NotIssued::Refused(refusal) if refusal.kind().is_callers() => IssueError::Denied {
            reason: refusal.message().to_owned(),
        },
        NotIssued::Refused(refusal) => failure(&refusal).into(),
    }
}
