//! The issuer's database, to which the import adds.

use std::collections::{BTreeMap, BTreeSet};

use super::{ImportError, ImportOptions, RefusalReason, record::Record};
use crate::{
    Clock, Config, Error,
    config::DatabaseConfig,
    state, status,
    store::{
        Store, WriteTx,
        audit::{self, Action, Entry},
        is_missing,
        issuances::{
            self,
            import::{self as imported, ImportedIssuance},
        },
        migrations::{self, Tables},
        revoked_nonces,
    },
};

/// The actor in the audit log.
const ACTOR: &str = "import";

/// The outcome for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It is new.
    Imported,
    /// It was recorded before.
    Known { is_newly_revoked: bool },
    /// It contradicts another record.
    Refused(RefusalReason),
}

/// The issuer's database.
pub(super) struct Target {
    /// `None` in a dry run if there is no database yet.
    store: Option<Store>,
    is_dry_run: bool,
    clock: Clock,
    /// The name of this run in the audit log.
    instance: String,
}

impl Target {
    /// Opens the database. A dry run neither creates nor migrates it.
    pub(super) async fn open(config: &Config, options: &ImportOptions) -> Result<Self, ImportError> {
        let store = if options.is_dry_run {
            open_existing(config).await?
        } else {
            Some(open(config).await?)
        };
        Ok(Self {
            store,
            is_dry_run: options.is_dry_run,
            clock: options.clock.clone(),
            instance: uuid::Builder::from_random_bytes(rand::random())
                .into_uuid()
                .to_string(),
        })
    }

    /// The database to change. `None` in a dry run.
    fn writable(&self) -> Option<&Store> {
        self.store.as_ref().filter(|_| !self.is_dry_run)
    }

    /// Takes the vendor's indices, so that new credentials get those behind them.
    pub(super) async fn adopt_lists(&self, size: u64, taken: u64) -> Result<(), Error> {
        if let Some(store) = self.writable() {
            let mut tx = store.write().await?;
            status::adopt(&mut tx, size, taken).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Records credentials in one transaction. A dry run rolls it back.
    pub(super) async fn write(&self, records: &[Record]) -> Result<Vec<Written>, Error> {
        let Some(store) = &self.store else {
            return Ok(vec![Written::Imported; records.len()]);
        };
        let mut tx = store.write().await?;
        let mut outcomes = Vec::with_capacity(records.len());
        let mut revoked: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for record in records {
            let outcome = self.write_one(&mut tx, record).await?;
            if let Some(entry) = record.entry
                && is_entry_revoked(&mut tx, record, entry, outcome).await?
            {
                revoked.entry(entry.0).or_default().push(entry.1);
            }
            outcomes.push(outcome);
        }
        if !self.is_dry_run {
            for (list, indices) in revoked {
                status::set_revoked(&mut tx, list, &indices).await?;
            }
            tx.commit().await?;
        }
        Ok(outcomes)
    }

    async fn write_one(&self, tx: &mut WriteTx, record: &Record) -> Result<Written, Error> {
        if imported::insert(tx, &record.to_issuance()).await? {
            self.audit(tx, Action::Imported, record).await?;
            return Ok(Written::Imported);
        }
        let Some(known) = imported::find(tx, record.nonce).await? else {
            return Ok(Written::Refused(RefusalReason::EntryTaken));
        };
        if known.external_id != record.external_id || known.entry != record.entry {
            return Ok(Written::Refused(RefusalReason::NonceTaken));
        }
        let revoked_at = record.revoked_at.filter(|_| !known.is_revoked);
        if let Some(at) = revoked_at {
            issuances::revoke(tx, &record.external_id, at, None).await?;
            self.audit(tx, Action::Revoked, record).await?;
        }
        Ok(Written::Known {
            is_newly_revoked: revoked_at.is_some(),
        })
    }

    async fn audit(&self, tx: &mut WriteTx, action: Action, record: &Record) -> Result<(), Error> {
        let entry = Entry {
            at: self.clock.now(),
            action,
            external_id: &record.external_id,
            actor: ACTOR,
        };
        Ok(audit::append(tx, &self.instance, &entry).await?)
    }

    /// Marks entries of the lists as revoked whose credentials have no record. Each has the nonce of its row, if that is
    /// valid. An entry that another credential has is left out, because this service issued that credential.
    pub(super) async fn revoke_entries(&self, entries: &[((u64, u64), Option<u64>)]) -> Result<(), Error> {
        let Some(store) = self.writable().filter(|_| !entries.is_empty()) else {
            return Ok(());
        };
        let mut tx = store.write().await?;
        for (entry, nonce) in entries {
            if !is_of_another(&mut tx, *entry, *nonce).await? {
                status::set_revoked(&mut tx, entry.0, &[entry.1]).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Records the revoked nonces that no credential has, and returns the new ones. A dry run rolls it back.
    pub(super) async fn write_revoked(&self, nonces: &BTreeSet<u64>) -> Result<BTreeSet<u64>, Error> {
        let Some(store) = self.store.as_ref().filter(|_| !nonces.is_empty()) else {
            return Ok(nonces.clone());
        };
        let mut tx = store.write().await?;
        let mut recorded = BTreeSet::new();
        for nonce in nonces {
            if revoked_nonces::insert(&mut tx, *nonce).await? {
                recorded.insert(*nonce);
            }
        }
        if !self.is_dry_run {
            tx.commit().await?;
        }
        Ok(recorded)
    }

    pub(super) async fn close(self) {
        if let Some(store) = self.store {
            store.close().await;
        }
    }
}

impl Written {
    /// Whether the run records a revocation of this record.
    pub(super) fn is_revoked_now(self, record: &Record) -> bool {
        match self {
            Self::Imported => record.revoked_at.is_some(),
            Self::Known { is_newly_revoked } => is_newly_revoked,
            Self::Refused(_) => false,
        }
    }
}

impl Record {
    fn to_issuance(&self) -> ImportedIssuance<'_> {
        ImportedIssuance {
            external_id: &self.external_id,
            holder_did: &self.holder_did,
            schema_id: &self.schema_id,
            vct: &self.vct,
            nonce: self.nonce,
            entry: self.entry,
            kid: &self.kid,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
        }
    }
}

/// Whether the list has to show that the credential is revoked. It remains revoked, even if it can't be recorded.
async fn is_entry_revoked(
    tx: &mut WriteTx,
    record: &Record,
    entry: (u64, u64),
    outcome: Written,
) -> Result<bool, Error> {
    match outcome {
        Written::Refused(_) if record.revoked_at.is_some() => {
            Ok(!is_of_another(tx, entry, Some(record.nonce)).await?)
        }
        _ => Ok(outcome.is_revoked_now(record)),
    }
}

/// Whether a credential with another nonce has this entry of the status lists.
async fn is_of_another(tx: &mut WriteTx, entry: (u64, u64), nonce: Option<u64>) -> Result<bool, Error> {
    let holder = imported::find_nonce_of(tx, entry.0, entry.1).await?;
    Ok(holder.is_some_and(|holder| nonce != Some(holder)))
}

/// Opens and migrates the database, and fixes the settings as the service's start does.
async fn open(config: &Config) -> Result<Store, ImportError> {
    let unchecked = Store::connect(&config.database).await?;
    let checked = check(&unchecked, config).await;
    unchecked.close().await;
    checked?;
    let store = Store::open(&config.database).await?;
    state::initialise(&store, config).await?;
    Ok(store)
}

/// Opens the database if it has tables, and changes nothing.
async fn open_existing(config: &Config) -> Result<Option<Store>, ImportError> {
    if is_missing(&config.database) {
        return Ok(None);
    }
    let store = Store::connect(&config.database).await?;
    let outcome = match check(&store, config).await {
        Ok(Tables::Missing) => Ok(false),
        Ok(_) => state::compare_frozen(&store, config)
            .await
            .map(|()| true)
            .map_err(ImportError::Target),
        Err(error) => Err(error),
    };
    if let Ok(true) = outcome {
        return Ok(Some(store));
    }
    store.close().await;
    outcome.map(|_| None)
}

/// Checks that the database is the issuer's: not the vendor's, and not a newer version's.
async fn check(store: &Store, config: &Config) -> Result<Tables, ImportError> {
    if let DatabaseConfig::Postgres(_) = config.database {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM information_schema.tables \
             WHERE table_name IN ('sd_jwt_vc', 'credential_issuance') \
             AND table_schema::text = ANY(current_schemas(false)::text[])",
        )
        .fetch_one(store.reader())
        .await
        .map_err(Error::Database)?;
        if count > 0 {
            return Err(ImportError::SameDatabase);
        }
    }
    match migrations::compare(store).await? {
        Tables::Foreign => Err(ImportError::NewerTarget),
        tables => Ok(tables),
    }
}

#[cfg(test)]
mod tests;
