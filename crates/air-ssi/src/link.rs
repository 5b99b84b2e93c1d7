//! Values that link two presentations of one credential.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};
use ssi::{
    claims::data_integrity::suites::bbs_2023::Bbs2023Signature, json_ld::rdf_types::BlankIdBuf,
    security::MultibaseBuf,
};

use crate::{Suite, contained::run};

/// A part of a presentation that is the same in every presentation of a credential, and in few or no
/// other credentials. Verifiers that compare their presentations recognise the holder by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Link {
    /// The signature: only `bbs-2023` shows another proof each time.
    Signature,
    /// The credential's `id`.
    CredentialId,
    /// The subject's `id`.
    SubjectId,
    /// The index in a status list.
    Status,
    /// The key or device that the credential is bound to (`confidenceMethod`).
    HolderKey,
    /// The time of the proof.
    ProofTime,
    /// A date of the credential that is not a whole day in UTC.
    ExactDate,
    /// The order of the objects without `id`, which is shuffled once for each credential. A credential
    /// whose subject has no objects within it has one of two orders, which is not reported.
    NodeOrder,
}

impl Link {
    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::CredentialId => "credentialId",
            Self::SubjectId => "subjectId",
            Self::Status => "status",
            Self::HolderKey => "holderKey",
            Self::ProofTime => "proofTime",
            Self::ExactDate => "exactDate",
            Self::NodeOrder => "nodeOrder",
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Returns the values that link presentations of this document. Disclosed claims can link them, too.
pub(crate) fn of(document: &Map<String, Value>, proof: &Map<String, Value>, suite: Suite) -> Vec<Link> {
    let subject = document.get("credentialSubject");
    let is_exact = |name: &str| document.get(name).is_some_and(|date| !is_whole_day(date));
    let has_time = proof.contains_key("created") || proof.contains_key("expires");
    [
        (Link::Signature, suite != Suite::Bbs2023),
        (Link::CredentialId, document.contains_key("id")),
        (
            Link::SubjectId,
            subject.is_some_and(|subject| subject.get("id").is_some()),
        ),
        (Link::Status, document.contains_key("credentialStatus")),
        (Link::HolderKey, document.contains_key("confidenceMethod")),
        (Link::ProofTime, has_time),
        (Link::ExactDate, is_exact("validFrom") || is_exact("validUntil")),
        (
            Link::NodeOrder,
            suite == Suite::Bbs2023 && has_order(proof).unwrap_or_default(),
        ),
    ]
    .into_iter()
    .filter_map(|(link, is_present)| is_present.then_some(link))
    .collect()
}

/// Whether the proof names a node other than the first two.
fn has_order(proof: &Map<String, Value>) -> Option<bool> {
    let signature = Bbs2023Signature {
        proof_value: MultibaseBuf::new(proof.get("proofValue")?.as_str()?.to_owned()),
    };
    let decoded = run("decode", async { signature.decode_derived().ok() }).ok()??;
    let is_further = |label: &BlankIdBuf| !["_:b0", "_:b1"].contains(&label.as_str());
    Some(decoded.label_map.values().any(is_further))
}

fn is_whole_day(date: &Value) -> bool {
    const DAY: i64 = 24 * 60 * 60;
    let time = date.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    time.is_some_and(|time| time.as_second() % DAY == 0 && time.subsec_nanosecond() == 0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn links(change: &Value, proof: &Value, suite: Suite) -> Vec<Link> {
        let mut document = json!({ "validFrom": "2026-01-19T00:00:00Z", "credentialSubject": {} });
        let members = change.as_object().unwrap().clone();
        document.as_object_mut().unwrap().extend(members);
        of(document.as_object().unwrap(), proof.as_object().unwrap(), suite)
    }

    #[test]
    fn each_link_is_found() {
        let none = json!({});
        assert_eq!(links(&none, &none, Suite::Bbs2023), []);
        assert_eq!(links(&none, &none, Suite::EcdsaSd2023), [Link::Signature]);
        for (change, expected) in [
            (json!({ "id": "urn:x" }), Link::CredentialId),
            (
                json!({ "credentialSubject": { "id": "did:x:y" } }),
                Link::SubjectId,
            ),
            (json!({ "credentialStatus": {} }), Link::Status),
            (json!({ "confidenceMethod": {} }), Link::HolderKey),
            (json!({ "validFrom": "2026-01-19T00:00:01Z" }), Link::ExactDate),
            (json!({ "validUntil": "2026-01-19T00:00:00.5Z" }), Link::ExactDate),
        ] {
            assert_eq!(links(&change, &none, Suite::Bbs2023), [expected], "{change}");
        }
        let dated = json!({ "created": "2026-01-19T00:00:00Z" });
        assert_eq!(links(&none, &dated, Suite::Bbs2023), [Link::ProofTime]);
    }
}
