//! The format of a line: JSON whose last member is a checksum of this line and all earlier ones.

use air_api::{CoreClaimHash, IssuerDid, OnDuplicate, ProgramId};
use air_ids::UnixTime;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{
    super::{BulkError, BulkOrder, Reason, SchemaRule},
    VERSION,
};

const MEMBER: &str = ",\"check\":\"";
const END: &str = "\"}";

/// The first line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Header {
    #[serde(rename = "airBulkJournal")]
    pub(super) version: u32,
    #[serde(with = "hex_bytes")]
    pub(super) run: [u8; 16],
    #[serde(flatten)]
    pub(super) order: JournalOrder,
    #[serde(with = "hex_bytes")]
    pub(super) input: [u8; 32],
    pub(super) started_at: UnixTime,
}

/// The settings that all rows of a run share. Another run can't resume its journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::bulk) enum JournalOrder {
    /// The platform issues on behalf of the issuer.
    #[serde(rename_all = "camelCase")]
    OnBehalf {
        #[serde(deserialize_with = "air_api::wire::id")]
        issuer_did: IssuerDid,
        #[serde(rename = "credentialId")]
        program: ProgramId,
        on_duplicate: OnDuplicate,
    },
    /// The issuer's own service issues.
    #[serde(rename_all = "camelCase")]
    Service {
        /// The URL of the service.
        service: String,
        schema_id: String,
        vct: String,
    },
}

impl JournalOrder {
    /// Returns the setting that differs from another order.
    pub(super) fn difference(&self, other: &Self) -> Option<&'static str> {
        match (self, other) {
            (
                Self::OnBehalf {
                    issuer_did,
                    program,
                    on_duplicate,
                },
                Self::OnBehalf {
                    issuer_did: other_issuer,
                    program: other_program,
                    on_duplicate: other_policy,
                },
            ) => [
                (issuer_did != other_issuer, "issuer"),
                (program != other_program, "program"),
                (on_duplicate != other_policy, "onDuplicate"),
            ]
            .into_iter()
            .find_map(|(differs, what)| differs.then_some(what)),
            (
                Self::Service {
                    service,
                    schema_id,
                    vct,
                },
                Self::Service {
                    service: other_service,
                    schema_id: other_schema,
                    vct: other_vct,
                },
            ) => [
                (service != other_service, "service"),
                (schema_id != other_schema, "schema"),
                (vct != other_vct, "vct"),
            ]
            .into_iter()
            .find_map(|(differs, what)| differs.then_some(what)),
            _ => Some("service"),
        }
    }
}

impl From<&BulkOrder> for JournalOrder {
    fn from(order: &BulkOrder) -> Self {
        Self::OnBehalf {
            issuer_did: order.issuer_did.clone(),
            program: order.program.clone(),
            on_duplicate: order.on_duplicate,
        }
    }
}

/// Any other line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) row: u64,
    pub(super) line: u64,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

/// The outcome of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::bulk) enum Outcome {
    Issued {
        issued: CoreClaimHash,
    },
    /// An issuer's own service stored the credential with this `externalId`; empty if it is unknown.
    Stored {
        stored: String,
    },
    Refused {
        refused: Reason,
        pointer: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<SchemaRule>,
    },
    /// An unknown outcome, with the platform's request id if there was one.
    Unclear {
        unclear: String,
    },
}

/// A checksum of four bytes over all lines so far; it reveals changed, missing and reordered lines.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chain([u8; 4]);

impl Chain {
    /// Encodes the next line, with its line end.
    pub(super) fn seal(&mut self, value: &impl Serialize) -> Vec<u8> {
        let mut line = serde_json::to_string(value).expect("journal lines serialise");
        line.truncate(line.len().saturating_sub(1));
        self.0 = self.after(line.as_bytes());
        line.push_str(MEMBER);
        line.push_str(&hex::encode(self.0));
        line.push_str(END);
        line.push('\n');
        line.into_bytes()
    }

    /// Decodes the next line.
    pub(super) fn open<T: DeserializeOwned>(&mut self, line: &[u8]) -> Result<T, ()> {
        let length = MEMBER.len() + 8 + END.len();
        let (json, suffix) = line.split_at_checked(line.len().wrapping_sub(length)).ok_or(())?;
        let next = self.after(json);
        let expected = format!("{MEMBER}{}{END}", hex::encode(next));
        if suffix != expected.as_bytes() {
            return Err(());
        }
        self.0 = next;
        serde_json::from_slice(&[json, b"}"].concat()).map_err(drop)
    }

    fn after(self, line: &[u8]) -> [u8; 4] {
        let hash = Sha256::new().chain_update(self.0).chain_update(line).finalize();
        let mut check = [0; 4];
        check.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        check
    }
}

/// Returns an error if the header line has another version.
pub(super) fn other_version(line: &[u8]) -> Option<BulkError> {
    #[derive(Deserialize)]
    struct Version {
        #[serde(rename = "airBulkJournal")]
        version: u32,
    }
    let Version { version } = serde_json::from_slice(line).ok()?;
    (version != VERSION).then_some(BulkError::JournalVersion { version })
}

/// Bytes as lower-case hex.
mod hex_bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        bytes: &impl AsRef<[u8]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = hex::decode(text).map_err(|_| D::Error::custom("not hex"))?;
        bytes.try_into().map_err(|_| D::Error::custom("another length"))
    }
}
