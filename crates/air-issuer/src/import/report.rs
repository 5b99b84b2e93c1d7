//! The result of an import.

use std::fmt;

/// The maximum number of refused rows that a report lists.
const LISTED: usize = 1_000;

/// The result of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportReport {
    /// Whether nothing was written.
    pub is_dry_run: bool,
    /// The rows with a credential that were read.
    pub rows: u64,
    /// The credentials that were recorded.
    pub imported: u64,
    /// The credentials that were recorded before.
    pub known: u64,
    /// The revocations that were recorded, with those of new credentials.
    pub revoked: u64,
    /// The recorded credentials that name no status list.
    pub without_status: u64,
    /// The revoked nonces without a record of a credential that were recorded, those of refused rows included.
    pub revoked_nonces: u64,
    /// The published lists that were compared bit by bit.
    pub lists: u64,
    /// The revocations that the tables have and the published lists do not show yet.
    pub unpublished_revocations: u64,
    /// The form of `iss` of the newest stored credentials: `did-web` or `origin`.
    pub iss: Option<&'static str>,
    /// The list and the index behind the vendor's last one. The index is the size of the list if the list is full.
    pub next: Option<(u64, u64)>,
    /// The statement that lets the role of the import read the sequence of the vendor's ids, if it can't. The id of a
    /// transaction that is open, or was undone, is unknown then, so its index may be issued again.
    pub missing_grant: Option<String>,
    /// The ids of keys that signed stored credentials and that the configuration does not publish.
    pub unpublished_keys: Vec<String>,
    /// The number of refused rows.
    pub refused_count: u64,
    /// The first 1,000 refused rows.
    pub refused: Vec<RefusedRow>,
}

/// A row that was not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedRow {
    /// The vendor's table.
    pub table: &'static str,
    /// The row's id.
    pub id: u64,
    /// The reason.
    pub reason: RefusalReason,
}

/// The reason why a row was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalReason {
    /// The nonce is not a number from 1 to 2^63 − 1.
    Nonce,
    /// The stored credential can't be read.
    Credential,
    /// The stored credential has another nonce than its row.
    OtherNonce,
    /// The stored credential is of another issuer.
    Issuer,
    /// The stored credential names another entry of the status lists than its row's id.
    ListEntry,
    /// The stored credential names a status list, and status lists are off.
    ListsOff,
    /// Another credential of the target has this nonce.
    NonceTaken,
    /// Another credential of the target has this entry of the status lists, or this identifier.
    EntryTaken,
}

impl RefusalReason {
    /// A stable name, for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nonce => "nonce",
            Self::Credential => "credential",
            Self::OtherNonce => "other-nonce",
            Self::Issuer => "issuer",
            Self::ListEntry => "list-entry",
            Self::ListsOff => "lists-off",
            Self::NonceTaken => "nonce-taken",
            Self::EntryTaken => "entry-taken",
        }
    }
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nonce => {
                "its nonce is not a number from 1 to 2^63 − 1; it can be revoked in the vendor's service only"
            }
            Self::Credential => {
                "its credential can't be read; repair the row, or revoke it in the vendor's service"
            }
            Self::OtherNonce => "its credential has another nonce than the row; correct the row",
            Self::Issuer => "its credential is of another issuer; import it with that issuer's configuration",
            Self::ListEntry => {
                "its credential names another status list entry than the row's id; \
                 set SD_JWT_TSL_PARTITION_SIZE to the value of the vendor's service"
            }
            Self::ListsOff => "its credential names a status list; set SD_JWT_TSL_PARTITION_SIZE",
            Self::NonceTaken => {
                "another credential of this issuer has its nonce; revoke it in the vendor's service"
            }
            Self::EntryTaken => {
                "another credential of this issuer has its status list entry or its id; \
                 don't issue with both services at the same time"
            }
        })
    }
}

impl ImportReport {
    pub(super) fn refuse(&mut self, table: &'static str, id: u64, reason: RefusalReason) {
        self.refused_count += 1;
        if self.refused.len() < LISTED {
            self.refused.push(RefusedRow { table, id, reason });
        }
    }
}
