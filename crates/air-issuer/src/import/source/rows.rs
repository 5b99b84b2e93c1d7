//! Rows of the vendor's tables, and the union of their revocations.

use std::collections::{BTreeMap, BTreeSet};

use air_ids::UnixTime;

/// A row of `sd_jwt_vc`. It has no `Debug`, because the signed part may have claims.
#[derive(Clone, Default)]
pub(in crate::import) struct SdJwtRow {
    /// The index of the credential in all status lists, plus one.
    pub(in crate::import) id: u64,
    pub(in crate::import) holder: String,
    /// `None` if it is not a number from 1 to 2^63 − 1.
    pub(in crate::import) nonce: Option<u64>,
    pub(in crate::import) is_revoked: bool,
    pub(in crate::import) created_at: Option<UnixTime>,
    pub(in crate::import) updated_at: Option<UnixTime>,
    /// The part of the credential before the first `~`. `None` if it was not asked for.
    pub(in crate::import) signed_part: Option<String>,
}

/// A row of `credential_issuance`.
#[derive(Clone, Debug, Default)]
pub(in crate::import) struct IssuanceRow {
    pub(in crate::import) id: u64,
    pub(in crate::import) nonce: Option<u64>,
    pub(in crate::import) holder_did: String,
    pub(in crate::import) schema_id: String,
    pub(in crate::import) created_at: Option<UnixTime>,
    pub(in crate::import) expires_at: Option<UnixTime>,
    pub(in crate::import) revoked_at: Option<UnixTime>,
}

/// Rows of `sd_jwt_vc`, and what the other tables have about their nonces.
#[derive(Default)]
pub(in crate::import) struct Batch {
    pub(in crate::import) rows: Vec<SdJwtRow>,
    /// Several issuances may have one nonce.
    pub(in crate::import) issuances: BTreeMap<u64, Vec<IssuanceRow>>,
    /// The nonces that `revocation` has.
    pub(in crate::import) revocations: BTreeSet<u64>,
}

impl Batch {
    /// The issuances with the nonce of a row.
    pub(in crate::import) fn issuances_of(&self, row: &SdJwtRow) -> &[IssuanceRow] {
        row.nonce
            .and_then(|nonce| self.issuances.get(&nonce))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Whether any table has the credential as revoked: one version of the service writes
    /// `revocation` only, another one sets `revoked` and `revoked_at`.
    pub(in crate::import) fn is_revoked(&self, row: &SdJwtRow) -> bool {
        let is_in_revocations = row.nonce.is_some_and(|nonce| self.revocations.contains(&nonce));
        let mut issuances = self.issuances_of(row).iter();
        row.is_revoked || is_in_revocations || issuances.any(|issuance| issuance.revoked_at.is_some())
    }
}

/// A nonce as a number.
pub(in crate::import) fn nonce(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let nonce: u64 = text.parse().ok().filter(|_| is_plain)?;
    (1..=u64::MAX >> 1).contains(&nonce).then_some(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_revoked_if_any_table_has_it_as_revoked() {
        let row = |nonce, is_revoked| SdJwtRow {
            nonce: Some(nonce),
            is_revoked,
            ..SdJwtRow::default()
        };
        let issuance = |revoked_at: Option<u64>| IssuanceRow {
            revoked_at: revoked_at.map(UnixTime::from_secs),
            ..IssuanceRow::default()
        };
        let batch = Batch {
            rows: Vec::new(),
            issuances: BTreeMap::from([
                (1, vec![issuance(None)]),
                (2, vec![issuance(None), issuance(Some(9))]),
            ]),
            revocations: BTreeSet::from([3]),
        };
        for (row, expected) in [
            (row(1, false), false),
            (row(1, true), true),
            (row(2, false), true),
            (row(3, false), true),
            (row(4, false), false),
            (row(4, true), true),
            (SdJwtRow::default(), false),
        ] {
            let name = (row.nonce, row.is_revoked);
            assert_eq!(batch.is_revoked(&row), expected, "{name:?}");
        }
    }

    #[test]
    fn nonces_are_numbers_of_63_bits() {
        for (text, expected) in [
            ("1", Some(1)),
            ("9223372036854775807", Some(u64::MAX >> 1)),
            ("0", None),
            ("9223372036854775808", None),
            ("99999999999999999999", None),
            ("+1", None),
            ("-1", None),
            ("1.5", None),
            ("", None),
        ] {
            assert_eq!(nonce(text), expected, "{text}");
        }
    }
}
