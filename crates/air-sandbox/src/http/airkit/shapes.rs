//! The request and response bodies of the pages' calls.

use air_api::{
    CoreClaimHash, Curve, VerificationId, VerificationProgramId,
    sandbox::{
        ConsentDecision, DisclosedData, Issue, MissingCak, StartedVerification, StoredObject,
        VerificationResult, ZkProofs,
    },
};
use air_schema::{Attribute, CredentialSchema};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::proof_files::ProofFiles;
use air_platform::verification::{Disclosure, status_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Open {
    /// The partner of the embedding page, according to the page. It is trusted only if the origin is
    /// registered for this partner.
    pub(super) partner_id: String,
    /// The origin of the embedding page, according to the browser.
    pub(super) origin: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Opened {
    pub(super) partner_id: String,
    /// The ticket that each later call must contain.
    pub(super) ticket: String,
    /// The partner's name.
    pub(super) partner: String,
    /// The path of the partner's logo.
    pub(super) logo: Option<String>,
    pub(super) chain_id: u64,
    /// The URL of the user's own page, if there is one.
    pub(super) wallet_page: Option<String>,
    pub(super) is_production: bool,
    /// Whether a login by an address needs a code.
    pub(super) proves_addresses: bool,
    /// The module for predicate proofs, if it is installed.
    pub(super) proof_module: Option<ProofFiles>,
    /// The current login, if any.
    pub(super) login: Option<LoginFields>,
}

/// A login by a token, an address, or both. With both, the address is used only if the token names no user.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Login {
    pub(super) partner_token: Option<String>,
    pub(super) email: Option<String>,
    /// The proof of the address, beyond loopback.
    pub(super) proof: Option<CodeProof>,
}

/// A code that was sent to an address.
#[derive(Deserialize)]
pub(super) struct CodeProof {
    /// The secret that the page got when the code was sent.
    pub(super) attempt: String,
    /// The code that the user typed.
    pub(super) code: String,
}

/// A code was sent to this address.
#[derive(Serialize)]
pub(super) struct Attempt {
    pub(super) attempt: String,
    pub(super) email: String,
}

/// The response to a login: the logged-in user, a request for an e-mail address if the token is valid but
/// names no user, or a request for the code that was sent to the address.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum LoginAnswer {
    LoggedIn(Box<LoginFields>),
    #[serde(rename_all = "camelCase")]
    Unknown {
        asks_for_address: bool,
    },
    #[serde(rename_all = "camelCase")]
    Unproved {
        asks_for_code: bool,
        attempt: String,
    },
}

/// The members that the SDK's `login` and `init` read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoginFields {
    pub(super) id: String,
    pub(super) email: String,
    /// The partner's own id of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) partner_user_id: Option<String>,
    pub(super) partner_access_token: String,
    #[serde(flatten)]
    pub(super) account: Option<Account>,
    pub(super) active_mfa_methods: Vec<&'static str>,
    /// For older SDKs, which do not derive this value.
    #[serde(rename = "isMFASetup")]
    pub(super) is_mfa_setup: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pin_salt: Option<Bytes>,
}

/// The wallet's address in the SDK's format.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account {
    pub(super) abstract_account_address: String,
    pub(super) abstract_account_addresses: [AccountOnChains; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountOnChains {
    pub(super) address: String,
    pub(super) chain_ids: [String; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HeldWallet {
    pub(super) wallet: Option<Wallet>,
    /// Whether a code must prove the user's address before the first wallet.
    pub(super) needs_proof: bool,
}

/// The platform's data of a wallet.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wallet {
    pub(super) address: String,
    pub(super) salt: Bytes,
    pub(super) iterations: u64,
    pub(super) iv: Bytes,
    pub(super) ciphertext: Bytes,
    pub(super) is_automated: bool,
    #[serde(default, skip_serializing)]
    pub(super) replaces: Option<Bytes>,
    /// The signature of the wallet's own key over all other members. It is checked, but not stored.
    #[serde(skip_serializing)]
    pub(super) signature: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IssueCall {
    pub(super) partner_token: String,
    pub(super) request: Issue,
}

/// The content of the prompt that precedes issuance.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Offer {
    pub(super) issuer: String,
    pub(super) title: String,
    pub(super) fields: Vec<Field>,
    /// The context of the wallet's key, if compliance encryption is on.
    pub(super) cak: Option<Context>,
    /// Whether the issuer's own backend issues it.
    pub(super) is_hosted: bool,
    /// Whether the wallet can get a signature for predicate proofs.
    pub(super) is_provable: bool,
}

#[derive(Serialize)]
pub(super) struct Field {
    pub(super) title: String,
    pub(super) value: Value,
}

impl Field {
    /// The claims in the order of the schema, with their titles.
    pub(super) fn list(schema: &CredentialSchema, claims: &Map<String, Value>) -> Vec<Self> {
        let fields = schema.attributes().iter().filter_map(|attribute| {
            let name = attribute.name().as_str();
            Some(Self {
                title: attribute.title().unwrap_or(name).to_owned(),
                value: claims.get(name)?.clone(),
            })
        });
        fields.collect()
    }

    /// Lists the claims like [`Self::list`], followed by the claims that the schema lacks.
    pub(super) fn list_all(schema: &CredentialSchema, claims: &Map<String, Value>) -> Vec<Self> {
        let is_known = |name: &str| {
            let mut attributes = schema.attributes().iter();
            attributes.any(|attribute| attribute.name().as_str() == name)
        };
        let others = claims.iter().filter(|(name, _)| !is_known(name));
        let others = others.map(|(name, value)| Self {
            title: name.clone(),
            value: value.clone(),
        });
        Self::list(schema, claims).into_iter().chain(others).collect()
    }
}

/// A claim of a consent request. The value is absent if the user holds no credential, or no such claim.
#[derive(Serialize)]
pub(super) struct ConsentField {
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

impl ConsentField {
    /// The named claims, with their titles.
    pub(super) fn list(
        schema: &CredentialSchema,
        names: &[String],
        claims: Option<&Map<String, Value>>,
    ) -> Vec<Self> {
        let field = |name: &String| {
            let mut attributes = schema.attributes().iter();
            let attribute = attributes.find(|attribute| attribute.name().as_str() == name);
            let title = attribute.and_then(Attribute::title);
            Self {
                title: title.unwrap_or(name).to_owned(),
                value: claims.and_then(|claims| claims.get(name)).cloned(),
            }
        };
        names.iter().map(field).collect()
    }
}

/// The credentials that were issued on behalf of the user, by issuer.
#[derive(Serialize)]
pub(super) struct OnBehalf {
    pub(super) issuers: Vec<IssuerOffer>,
}

/// The credentials that an issuer issued on behalf of the user, and the keys that it would get.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IssuerOffer {
    pub(super) partner_id: String,
    pub(super) issuer: String,
    pub(super) issuer_did: String,
    pub(super) logo: Option<String>,
    pub(super) credentials: Vec<OfferedCredential>,
    pub(super) keys: Vec<Context>,
}

#[derive(Serialize)]
pub(super) struct OfferedCredential {
    pub(super) title: String,
    pub(super) fields: Vec<Field>,
}

/// The user's acceptance of an issuer's credentials, with the public keys that the issuer gets.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Acceptance {
    pub(super) issuer_did: String,
    pub(super) keys: Vec<SignedKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignedKey {
    pub(super) schema: String,
    pub(super) curve: Curve,
    pub(super) public_key: String,
    /// The wallet's signature over user, issuer, schema, curve and public key (`Root.signAcceptance`).
    pub(super) signature: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsentRefusal {
    pub(super) issuer_did: String,
}

/// A CAK's context (`CakContext` of air-wasm).
#[derive(Serialize)]
pub(super) struct Context {
    pub(super) user: String,
    pub(super) issuer: String,
    pub(super) schema: String,
    pub(super) curve: &'static str,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Hash {
    pub(super) core_claim_hash: CoreClaimHash,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Anchored {
    pub(super) is_anchored: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StartCall {
    pub(super) partner_token: String,
    pub(super) program_id: VerificationProgramId,
    #[serde(default)]
    pub(super) fields_to_disclose: Option<Fields>,
}

/// A run, and the credential that it would check.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Started {
    #[serde(flatten)]
    pub(super) run: StartedVerification,
    /// The claims that the conditions test, without values.
    pub(super) tested: Vec<ConsentField>,
    /// The claims that the verifier sees.
    pub(super) shown: Vec<ConsentField>,
    pub(super) holds_credential: bool,
    /// Whether the wallet answers with a predicate proof.
    pub(super) needs_proof: bool,
}

/// The response to the start of a run.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum StartAnswer {
    Started(Box<Started>),
    /// The program accepts predicate proofs only, and the platform has no module with which pages make them.
    #[serde(rename_all = "camelCase")]
    NoProofModule {
        lacks_proof_module: bool,
    },
}

/// `fieldsToDisclose`.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Fields {
    Named(Vec<String>),
    All(Star),
}

#[derive(Deserialize)]
pub(super) enum Star {
    #[serde(rename = "*")]
    Star,
}

impl Fields {
    /// Returns the attributes that the verifier receives. Without `fieldsToDisclose` it receives none.
    pub(super) fn disclosure(fields: Option<Self>) -> Disclosure {
        match fields {
            None => Disclosure::Nothing,
            Some(Self::All(Star::Star)) => Disclosure::Everything,
            Some(Self::Named(names)) => Disclosure::Attributes(names),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DecideCall {
    pub(super) verification_id: VerificationId,
    pub(super) decision: ConsentDecision,
}

/// A result: the SDK's members, and the key that the wallet may release.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Decided {
    pub(super) verification_result: SdkResult,
    pub(super) cak: Option<Release>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Release {
    pub(super) context: Context,
    pub(super) public_key: String,
}

/// The SDK's `CredentialVerificationResult`; `documents` and `cakMissing` are the local platform's own.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SdkResult {
    status: &'static str,
    #[serde(flatten)]
    compliant: Option<Compliant>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Compliant {
    /// Empty without a predicate proof. The SDK requires the member.
    zk_proofs: ProvenBy,
    transaction_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    disclosed_data: Option<DisclosedData>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    documents: Vec<StoredObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cak_missing: Option<MissingCak>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ProvenBy {
    Predicates(Box<ZkProofs>),
    Nothing {},
}

impl From<VerificationResult> for SdkResult {
    fn from(result: VerificationResult) -> Self {
        let zk_proofs = match result.zk_proofs {
            Some(proofs) => ProvenBy::Predicates(Box::new(proofs)),
            None => ProvenBy::Nothing {},
        };
        let shown = result
            .disclosed_data
            .filter(|data| !data.credential_subject.is_empty());
        Self {
            status: status_name(result.status),
            compliant: result.transaction_hash.map(|transaction_hash| Compliant {
                zk_proofs,
                transaction_hash,
                disclosed_data: shown,
                documents: result.documents,
                cak_missing: result.cak_missing,
            }),
        }
    }
}

/// Bytes that are serialised as base64.
#[derive(Clone)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_STANDARD.decode(text);
        bytes
            .map(Self)
            .map_err(|_| serde::de::Error::custom("base64 is needed"))
    }
}
