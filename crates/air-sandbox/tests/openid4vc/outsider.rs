//! An issuer outside the platform: its authority, its key with a certificate, and its credentials.

use air_jwt::{
    SigningKey,
    jws::{self, X5c},
};
use air_mdoc::{Elements, IssuerSigned, ValidityInfo, X5Chain};
use air_oid4vc::vp::{AuthorizationRequest, Presentation, VpToken};
use air_sandbox::UnixTime;
use air_vc::{Challenge, ClaimPath, Credential, IssueOptions, Issuer, StatusReference};
use air_x509::{Certificate, CertificateChain};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType,
};
use serde_json::{Map, Value, json};

use super::{mdoc::doc_type, mdoc_presentations::transcript_with, wallet::keys};
use crate::support::{NOW, TestEnv};

/// The issuer identifier.
pub(super) const ISSUER: &str = "https://university.example";

pub(crate) struct Outsider {
    /// The authority in PEM.
    pub(super) anchor: String,
    authority: Certificate,
    leaf: Vec<u8>,
    pub(super) key: SigningKey,
    pub(super) x5c: X5c,
    holder: SigningKey,
}

impl Outsider {
    /// An issuer of SD-JWT VCs and mdocs.
    pub(crate) fn new() -> Self {
        Self::with_leaf(|leaf| {
            let mdoc_signer = vec![1, 0, 18013, 5, 1, 2];
            leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(mdoc_signer)];
        })
    }

    /// An issuer with a changed certificate, without purposes by default.
    pub(super) fn with_leaf(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let params = |name: &str| {
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, name);
            params.use_authority_key_identifier_extension = true;
            params
        };
        let root_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut root = params("Authority of universities");
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let anchor = root.self_signed(&root_key).unwrap();
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut leaf = params("University");
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.subject_alt_names = vec![SanType::URI(ISSUER.try_into().unwrap())];
        change(&mut leaf);
        let leaf = leaf
            .signed_by(&key, &rcgen::Issuer::from_params(&root, &root_key))
            .unwrap();
        let key = SigningKey::from_text(&key.serialize_pem()).unwrap();
        let certificate = Certificate::from_der(leaf.der()).unwrap();
        let chain = CertificateChain::new(certificate, Vec::new());
        Self {
            anchor: anchor.pem(),
            authority: Certificate::from_der(anchor.der()).unwrap(),
            leaf: leaf.der().to_vec(),
            x5c: chain.signing_x5c(&key.public_jwk()).unwrap(),
            key,
            holder: keys(1).remove(0),
        }
    }

    /// The party of a trust list, by its authority.
    pub(crate) fn certified(&self) -> Value {
        json!({ "name": "University", "x509": { "anchors": [self.anchor], "names": [ISSUER] }, "types": "*" })
    }

    /// The party of a trust list, by its keys.
    pub(crate) fn pinned(&self) -> Value {
        let jwks = json!({ "keys": [self.key.public_jwk()] });
        json!({ "name": "University", "keys": { "id": ISSUER, "jwks": jwks }, "types": "*" })
    }

    /// The certificates as an mdoc has them.
    pub(super) fn x5chain(&self) -> X5Chain {
        X5Chain::new(vec![self.leaf.clone()]).unwrap()
    }

    /// The key identifier of the authority, as `aki` has it.
    pub(super) fn authority_key_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.authority.subject_key_id().unwrap())
    }

    /// A credential of the platform's type.
    pub(super) fn credential(&self, env: &TestEnv, change: impl FnOnce(&mut IssueOptions)) -> Credential {
        self.issue(
            &Issuer::new(ISSUER, &self.key).with_x5c(&self.x5c),
            env,
            21,
            change,
        )
    }

    /// A credential of somebody of this age.
    pub(super) fn credential_of(&self, env: &TestEnv, age: u8) -> Credential {
        self.issue(
            &Issuer::new(ISSUER, &self.key).with_x5c(&self.x5c),
            env,
            age,
            |_| (),
        )
    }

    /// A credential without certificates.
    pub(super) fn uncertified(&self, env: &TestEnv) -> Credential {
        self.issue(&Issuer::new(ISSUER, &self.key), env, 21, |_| ())
    }

    /// A credential of another issuer identifier, without certificates.
    pub(super) fn credential_as(&self, env: &TestEnv, issuer: &str) -> Credential {
        self.issue(&Issuer::new(issuer, &self.key), env, 21, |_| ())
    }

    /// A credential without `iss`: its certificate is its issuer's identity.
    pub(super) fn unnamed(&self, env: &TestEnv) -> Credential {
        let payload = json!({
            "vct": vct(env), "iat": NOW, "exp": NOW + 3600, "age": 21,
            "cnf": { "jwk": self.holder.public_jwk() },
        });
        let jwt = jws::sign_x5c(&self.key, "dc+sd-jwt", Some(&self.x5c), &payload);
        format!("{jwt}~").parse().unwrap()
    }

    pub(super) fn issue(
        &self,
        issuer: &Issuer<'_>,
        env: &TestEnv,
        age: u8,
        change: impl FnOnce(&mut IssueOptions),
    ) -> Credential {
        let mut options = IssueOptions {
            vct: vct(env),
            issued_at: UnixTime::from_secs(NOW),
            expires_at: Some(UnixTime::from_secs(NOW + 3600)),
            holder_key: Some(self.holder.public_jwk()),
            ..IssueOptions::default()
        };
        change(&mut options);
        let subject = json!({ "age": age, "country": "UTO" });
        issuer
            .issue(&options, subject.as_object().unwrap(), &mut rand::rng())
            .unwrap()
    }

    /// A presentation of the age.
    pub(super) fn present(&self, credential: &Credential, request: &AuthorizationRequest) -> VpToken {
        self.present_with(credential, request, &Map::new())
    }

    /// A presentation of the age with further claims in the holder's proof.
    pub(super) fn present_with(
        &self,
        credential: &Credential,
        request: &AuthorizationRequest,
        claims: &Map<String, Value>,
    ) -> VpToken {
        let challenge = Challenge {
            nonce: request.nonce().as_str().to_owned(),
            audience: request.audience(None).unwrap(),
        };
        let presentation = credential.present(&[ClaimPath::named("age")]).unwrap();
        let presentation = presentation
            .bind_claims(&self.holder, &challenge, claims, UnixTime::from_secs(NOW))
            .unwrap();
        VpToken::new().with("credential", Presentation::Text(presentation.as_str().to_owned()))
    }

    /// An mdoc of the platform's type, and its presentation of the age.
    pub(super) fn present_mdoc(
        &self,
        env: &TestEnv,
        status: Option<StatusReference>,
        request: &AuthorizationRequest,
    ) -> VpToken {
        let namespace = doc_type(env);
        let elements = Elements::new().with(&namespace, "age", 21).unwrap();
        let options = air_mdoc::IssueOptions {
            doc_type: namespace.parse().unwrap(),
            validity: ValidityInfo {
                signed: UnixTime::from_secs(NOW),
                valid_from: UnixTime::from_secs(NOW),
                valid_until: UnixTime::from_secs(NOW + 3600),
                expected_update: None,
            },
            device_key: self.holder.verifying_key().clone(),
            key_authorizations: air_mdoc::KeyAuthorizations::default(),
            status: status.map(|status| air_mdoc::StatusReference {
                index: status.index,
                uri: status.uri,
            }),
        };
        let credential: IssuerSigned = air_mdoc::Issuer::new(&self.key, self.x5chain())
            .issue(&options, &elements, &mut rand::rng())
            .unwrap();
        let chosen = credential.present(&[(&namespace, "age")]).unwrap();
        let response = chosen
            .sign(&self.holder, &transcript_with(request, |_| ()))
            .unwrap();
        VpToken::new().with("mdoc", Presentation::Text(response.to_base64url()))
    }
}

/// The type of the platform's SD-JWT VCs.
pub(super) fn vct(env: &TestEnv) -> String {
    let schema = env.ids["schemas"]["adult"].as_str().unwrap();
    format!("{}/credential-types/{schema}", env.platform.url())
}
