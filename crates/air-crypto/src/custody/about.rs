//! A custodian's statement about a partial: its container, time and purpose, signed with the share.

use air_ids::UnixTime;
use rand_core::CryptoRng;

use super::{
    Group, Share,
    proof::Proof,
    signature::{self, ABOUT},
};
use crate::{
    CakPublicKey, ContainerHeader, Error, Field,
    backend::{Point, sha256},
    context::push_length_prefixed,
};

/// The most bytes of a purpose.
const PURPOSE_LIMIT: usize = 1024;

/// A custodian's statement about a partial: the container it was made for, when, and for which
/// purpose. It is signed with the custodian's share, so nobody else can change or make it, and it is
/// valid for its own partial only.
///
/// The signature is over SHA-256 of `"AIR-ABOUT-v1" || LP(managed_context) || X_i || D_i ||
/// container (32) || u64(made_at) || LP(purpose)`, in the form of a dealing's signature, with the
/// tag `AIR-ABOUT-v1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub(super) container: [u8; 32],
    pub(super) made_at: UnixTime,
    pub(super) purpose: String,
    pub(super) signature: Proof,
}

/// The partial that a statement is about.
#[derive(Clone, Copy)]
pub(super) struct Statement<'a> {
    pub(super) group: &'a Group,
    pub(super) header: &'a ContainerHeader,
    /// The partial's point.
    pub(super) point: &'a Point,
}

impl About {
    /// The container's fingerprint, as [`ContainerHeader::fingerprint`] prints it.
    #[must_use]
    pub fn container(&self) -> String {
        hex::encode(self.container)
    }

    /// The time that the custodian's clock showed.
    #[must_use]
    pub fn made_at(&self) -> UnixTime {
        self.made_at
    }

    /// The purpose, in the custodian's words: 1 to 1,024 bytes.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// States a purpose for the partial `point` of a share for a container.
    pub(super) fn sign(
        share: &Share,
        statement: Statement<'_>,
        made_at: UnixTime,
        purpose: &str,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        check_purpose(purpose)?;
        let mut about = Self {
            container: statement.header.digest(),
            made_at,
            purpose: purpose.to_owned(),
            signature: [0; 64],
        };
        let digest = about.digest(statement, share.key().public_key());
        about.signature = signature::sign(share.key(), ABOUT, &digest, rng);
        Ok(about)
    }

    /// Whether the statement is about this container, and signed with the share of `key`.
    pub(super) fn is_authentic(&self, statement: Statement<'_>, key: &CakPublicKey) -> bool {
        self.container == statement.header.digest()
            && signature::verify(key, ABOUT, &self.digest(statement, key), &self.signature)
    }

    fn digest(&self, statement: Statement<'_>, key: &CakPublicKey) -> [u8; 32] {
        let mut bytes = ABOUT.to_vec();
        push_length_prefixed(&mut bytes, &statement.group.context().to_bytes());
        bytes.extend_from_slice(key.as_uncompressed());
        bytes.extend_from_slice(statement.point);
        bytes.extend_from_slice(&self.container);
        bytes.extend_from_slice(&self.made_at.as_secs().to_be_bytes());
        push_length_prefixed(&mut bytes, self.purpose.as_bytes());
        sha256(&bytes)
    }
}

pub(super) fn check_purpose(purpose: &str) -> Result<(), Error> {
    let (field, length, limit) = (Field::Purpose, purpose.len(), PURPOSE_LIMIT);
    match length {
        0 => Err(Error::FieldEmpty { field }),
        _ if length > limit => Err(Error::FieldTooLong { field, length, limit }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use air_ids::UnixTime;
    use serde_json::{Value, json};

    use crate::{
        ContainerHeader, Curve, Error, Field, ManagedContext,
        custody::{Group, Partial, Share, generate},
    };

    const MADE_AT: UnixTime = UnixTime::from_secs(1_790_000_000);

    fn fixture(curve: Curve) -> (Group, Vec<Share>, ContainerHeader) {
        let mut rng = rand::rng();
        let context = ManagedContext::new("did:x:i".parse().unwrap(), "vault".parse().unwrap(), curve);
        let (group, shares) = generate(&context, 2, 3, &mut rng).unwrap();
        let container = group
            .public_key()
            .seal(&context, b"", b"document", &mut rng)
            .unwrap();
        let header = ContainerHeader::read(&mut container.as_slice()).unwrap();
        (group, shares, header)
    }

    fn made(group: &Group, share: &Share, header: &ContainerHeader) -> Value {
        let partial = share
            .partial_about(group, header, MADE_AT, "court order 7", &mut rand::rng())
            .unwrap();
        group.verify_partial(header, &partial).unwrap();
        let about = partial.about().unwrap();
        assert_eq!(about.container(), header.fingerprint());
        assert_eq!((about.made_at(), about.purpose()), (MADE_AT, "court order 7"));
        serde_json::from_str(&partial.to_json()).unwrap()
    }

    fn verify(group: &Group, header: &ContainerHeader, file: &Value) -> Result<(), Error> {
        let partial = Partial::from_json(header.curve(), &file.to_string())?;
        group.verify_partial(header, &partial)
    }

    #[test]
    fn each_changed_member_of_a_statement_is_refused() {
        for curve in [Curve::Secp256r1, Curve::Secp256k1] {
            let (group, shares, header) = fixture(curve);
            let file = made(&group, &shares[1], &header);
            assert!(verify(&group, &header, &file).is_ok());
            for (member, value) in [
                ("container", json!("00".repeat(32))),
                ("madeAt", json!(1_790_000_001)),
                ("purpose", json!("another purpose")),
                ("signature", json!("11".repeat(64))),
            ] {
                let mut changed = file.clone();
                changed["about"][member] = value;
                let refused = verify(&group, &header, &changed).unwrap_err();
                assert!(
                    matches!(refused, Error::AboutRejected { .. }),
                    "{member}: {refused}"
                );
                assert_eq!(refused.culprit().unwrap().get(), 2);
            }
            // The statement of another partial of the same custodian for the same container names
            // another custodian's point.
            let mut other = made(&group, &shares[2], &header);
            other["about"] = file["about"].clone();
            assert!(matches!(
                verify(&group, &header, &other),
                Err(Error::AboutRejected { .. })
            ));
        }
    }

    #[test]
    fn a_partial_without_a_statement_and_with_unknown_members_is_read() {
        let (group, shares, header) = fixture(Curve::Secp256r1);
        let mut file = made(&group, &shares[0], &header);
        file["about"]["place"] = json!("Turku");
        file["note"] = json!({"any": [1]});
        assert!(verify(&group, &header, &file).is_ok());
        file.as_object_mut().unwrap().remove("about");
        assert!(verify(&group, &header, &file).is_ok());
        let plain = shares[0].partial(&group, &header, &mut rand::rng()).unwrap();
        let plain: Value = serde_json::from_str(&plain.to_json()).unwrap();
        let members: Vec<&String> = plain.as_object().unwrap().keys().collect();
        assert_eq!(members.len(), 3, "{members:?}");
    }

    #[test]
    fn a_purpose_has_limits() {
        let (group, shares, header) = fixture(Curve::Secp256r1);
        let about = |purpose: &str| {
            shares[0].partial_about(&group, &header, UnixTime::EPOCH, purpose, &mut rand::rng())
        };
        assert!(about(&"p".repeat(1024)).is_ok());
        assert!(matches!(
            about(""),
            Err(Error::FieldEmpty {
                field: Field::Purpose
            })
        ));
        assert!(matches!(
            about(&"p".repeat(1025)),
            Err(Error::FieldTooLong {
                field: Field::Purpose,
                ..
            })
        ));
        let mut file = made(&group, &shares[0], &header);
        file["about"]["purpose"] = json!("p".repeat(1025));
        assert!(matches!(
            verify(&group, &header, &file),
            Err(Error::FieldTooLong { .. })
        ));
    }
}
