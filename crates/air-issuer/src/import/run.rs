//! The second pass: recording the credentials, batch by batch.

use std::collections::BTreeSet;

use super::{
    ImportError, ImportReport, RefusalReason,
    lists::Survey,
    record::{self, Record, Rules},
    source::{Batch, ISSUANCES, IssuanceRow, SD_JWTS, Source, Tokens, nonce},
    target::{Target, Written},
};

/// The maximum number of unpublished keys that the report lists.
const KEYS: usize = 16;

/// A run, and its report so far.
pub(super) struct Run<'a> {
    rules: &'a Rules,
    target: &'a Target,
    report: ImportReport,
    unpublished_keys: BTreeSet<String>,
    /// The revoked nonces that a dry run would have recorded, with a credential or without one.
    unwritten_nonces: BTreeSet<u64>,
}

impl<'a> Run<'a> {
    pub(super) fn new(rules: &'a Rules, target: &'a Target, survey: Survey, is_dry_run: bool) -> Self {
        Self {
            rules,
            target,
            report: ImportReport {
                is_dry_run,
                lists: survey.lists,
                unpublished_revocations: survey.unpublished_revocations,
                iss: survey.iss,
                next: survey.next,
                missing_grant: survey.missing_grant,
                ..ImportReport::default()
            },
            unpublished_keys: BTreeSet::new(),
            unwritten_nonces: BTreeSet::new(),
        }
    }

    /// Records the SD-JWT VCs.
    pub(super) async fn sd_jwts(&mut self, source: &mut Source) -> Result<(), ImportError> {
        let mut after = 0;
        loop {
            let batch = source.batch(after, u64::MAX, Tokens::Read).await?;
            let Some(last) = batch.rows.last() else {
                return Ok(());
            };
            after = last.id;
            self.sd_jwt_batch(&batch).await?;
        }
    }

    async fn sd_jwt_batch(&mut self, batch: &Batch) -> Result<(), ImportError> {
        let mut records = Vec::with_capacity(batch.rows.len());
        let (mut entries, mut nonces) = (Vec::new(), Vec::new());
        for row in &batch.rows {
            let record = record::sd_jwt(row, batch, self.rules);
            if record.is_err() && batch.is_revoked(row) {
                entries.extend(self.rules.entry(row.id).map(|entry| (entry, row.nonce)));
                nonces.extend(row.nonce);
            }
            records.push((SD_JWTS, row.id, record));
        }
        self.write(records).await?;
        // A revoked credential remains revoked, even if it can't be recorded.
        self.target.revoke_entries(&entries).await?;
        self.keep_revoked(&nonces).await
    }

    /// Records the issuances without an SD-JWT VC, such as iden3 credentials: their nonces remain revocable.
    pub(super) async fn issuances(&mut self, source: &mut Source) -> Result<(), ImportError> {
        let mut after = 0;
        loop {
            let rows = source.issuances(after).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = last.id;
            let nonces: Vec<u64> = rows.iter().filter_map(|row| row.nonce).collect();
            let stored = source.sd_jwts_among(&nonces).await?;
            let revoked = source.revocations_among(&nonces).await?;
            let has = |nonces: &BTreeSet<u64>, row: &IssuanceRow| {
                row.nonce.is_some_and(|nonce| nonces.contains(&nonce))
            };
            let records = rows.iter().filter(|row| !has(&stored, row)).map(|row| {
                let record = record::issuance(row, has(&revoked, row), self.rules);
                (ISSUANCES, row.id, record)
            });
            let records = records.collect();
            self.write(records).await?;
        }
    }

    /// Records the revoked nonces of credentials without a record.
    pub(super) async fn revocations(&mut self, source: &mut Source) -> Result<(), ImportError> {
        let mut after: Option<String> = None;
        loop {
            let texts = source.revocations(after.as_deref()).await?;
            if texts.is_empty() {
                return Ok(());
            }
            let nonces: Vec<u64> = texts.iter().filter_map(|text| nonce(text)).collect();
            self.keep_revoked(&nonces).await?;
            after = texts.into_iter().next_back();
        }
    }

    pub(super) fn finish(self) -> ImportReport {
        ImportReport {
            unpublished_keys: self.unpublished_keys.into_iter().collect(),
            ..self.report
        }
    }

    /// Writes the records of a batch, and counts them.
    async fn write(
        &mut self,
        rows: Vec<(&'static str, u64, Result<Record, RefusalReason>)>,
    ) -> Result<(), ImportError> {
        self.report.rows += rows.len() as u64;
        let mut records = Vec::with_capacity(rows.len());
        for (table, id, record) in rows {
            match record {
                Ok(record) => records.push(record),
                Err(reason) => self.report.refuse(table, id, reason),
            }
        }
        let outcomes = self.target.write(&records).await?;
        let mut nonces = Vec::new();
        for (record, outcome) in records.iter().zip(outcomes) {
            if matches!(outcome, Written::Refused(_)) && record.revoked_at.is_some() {
                nonces.push(record.nonce);
            }
            if self.report.is_dry_run && outcome == Written::Imported && record.revoked_at.is_some() {
                self.unwritten_nonces.insert(record.nonce);
            }
            self.count(record, outcome);
        }
        self.keep_revoked(&nonces).await
    }

    /// Records revoked nonces that no credential has.
    async fn keep_revoked(&mut self, nonces: &[u64]) -> Result<(), ImportError> {
        let nonces: BTreeSet<u64> = nonces.iter().copied().collect();
        let nonces = &nonces - &self.unwritten_nonces;
        let recorded = self.target.write_revoked(&nonces).await?;
        self.report.revoked_nonces += recorded.len() as u64;
        if self.report.is_dry_run {
            self.unwritten_nonces.extend(recorded);
        }
        Ok(())
    }

    fn count(&mut self, record: &Record, outcome: Written) {
        match outcome {
            Written::Imported => self.report.imported += 1,
            Written::Known { .. } => self.report.known += 1,
            Written::Refused(reason) => return self.report.refuse(record.table, record.row, reason),
        }
        self.report.revoked += u64::from(outcome.is_revoked_now(record));
        self.report.without_status += u64::from(!record.names_entry);
        if !record.kid.is_empty()
            && !self.rules.is_published(&record.kid)
            && self.unpublished_keys.len() < KEYS
        {
            self.unpublished_keys.insert(record.kid.clone());
        }
    }
}
