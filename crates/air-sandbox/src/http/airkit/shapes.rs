//! What the pages send and get.

use air_api::{
    CoreClaimHash, VerificationId, VerificationProgramId,
    sandbox::{ConsentDecision, DisclosedData, Issue, StartedVerification, StoredObject, VerificationResult},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::domain::verification::{Disclosure, status_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Open {
    /// As the page that has ours in it says: nothing counts before its origin was found among this partner's.
    pub(super) partner_id: String,
    /// Of the page that has ours in it, as the browser says.
    pub(super) origin: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Opened {
    pub(super) partner_id: String,
    /// What each later call carries.
    pub(super) ticket: String,
    /// The partner's name.
    pub(super) partner: String,
    /// The path of its logo.
    pub(super) logo: Option<String>,
    pub(super) chain_id: u64,
    pub(super) is_production: bool,
    /// Who is logged in already.
    pub(super) login: Option<LoginFields>,
}

/// By a token, an address, or both: the address then counts only where the token names no user.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Login {
    pub(super) partner_token: Option<String>,
    pub(super) email: Option<String>,
}

/// Who is logged in; or that the token is good and names nobody, so that the page asks for an address.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum LoginAnswer {
    LoggedIn(Box<LoginFields>),
    #[serde(rename_all = "camelCase")]
    Unknown {
        asks_for_address: bool,
    },
}

/// What the SDK's `login` and `init` read.
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
    /// For older SDKs, which do not derive it.
    #[serde(rename = "isMFASetup")]
    pub(super) is_mfa_setup: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pin_salt: Option<Bytes>,
}

/// The wallet's address, in the SDK's words.
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
pub(super) struct HeldWallet {
    pub(super) wallet: Option<Wallet>,
}

/// Of a wallet all that the platform has.
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
    /// Of the wallet's own key, over all the rest: it is checked, and not kept.
    #[serde(skip_serializing)]
    pub(super) signature: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IssueCall {
    pub(super) partner_token: String,
    pub(super) request: Issue,
}

/// What the user is asked before something is issued.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Offer {
    pub(super) issuer: String,
    pub(super) title: String,
    pub(super) fields: Vec<Field>,
    /// What the wallet derives the key for, where compliance encryption is on.
    pub(super) cak: Option<Context>,
}

#[derive(Serialize)]
pub(super) struct Field {
    pub(super) title: String,
    pub(super) value: Value,
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

/// A run, and whether the user holds a credential that it could check.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Started {
    #[serde(flatten)]
    pub(super) run: StartedVerification,
    pub(super) holds_credential: bool,
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

impl From<Option<Fields>> for Disclosure {
    fn from(fields: Option<Fields>) -> Self {
        match fields {
            None => Self::Nothing,
            Some(Fields::All(Star::Star)) => Self::Everything,
            Some(Fields::Named(names)) => Self::Attributes(names),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DecideCall {
    pub(super) verification_id: VerificationId,
    pub(super) decision: ConsentDecision,
}

/// A result: the SDK's members, and which key the wallet may release.
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

/// The SDK's `CredentialVerificationResult`; `documents` is the local platform's own.
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
    /// None are made here; the SDK wants the member.
    zk_proofs: serde_json::Map<String, Value>,
    transaction_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    disclosed_data: Option<DisclosedData>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    documents: Vec<StoredObject>,
}

impl From<VerificationResult> for SdkResult {
    fn from(result: VerificationResult) -> Self {
        let shown = result
            .disclosed_data
            .filter(|data| !data.credential_subject.is_empty());
        Self {
            status: status_name(result.status),
            compliant: result.transaction_hash.map(|transaction_hash| Compliant {
                zk_proofs: serde_json::Map::new(),
                transaction_hash,
                disclosed_data: shown,
                documents: result.documents,
            }),
        }
    }
}

/// Base64 on the way.
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
