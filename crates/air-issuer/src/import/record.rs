//! The record of a stored credential, from the vendor's rows.

use std::collections::BTreeMap;

use air_ids::UnixTime;
use air_jwt::JwkSet;

use super::{
    ImportError, RefusalReason,
    source::{Batch, ISSUANCES, IssuanceRow, SD_JWTS, SdJwtRow},
    token::StoredToken,
};
use crate::config::{Config, IssForm};

/// The end of validity of a credential without one: 9999-12-31T23:59:59Z.
const NEVER: UnixTime = UnixTime::from_secs(253_402_300_799);
/// The maximum length of an issuer in an error.
const SHOWN: usize = 256;

/// The settings that records depend on.
#[derive(Debug)]
pub(super) struct Rules {
    did: String,
    origin: String,
    iss: IssForm,
    /// The schemas by the type of their credentials.
    schemas: BTreeMap<String, String>,
    /// `None` without status lists.
    pub(super) list_size: Option<u64>,
    /// The ids of published keys.
    published_keys: Vec<String>,
    now: UnixTime,
}

/// A credential to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) table: &'static str,
    pub(super) row: u64,
    pub(super) external_id: String,
    pub(super) holder_did: String,
    pub(super) schema_id: String,
    pub(super) vct: String,
    pub(super) nonce: u64,
    /// The number of the status list, and the index in it.
    pub(super) entry: Option<(u64, u64)>,
    /// Whether the credential names its entry.
    pub(super) names_entry: bool,
    pub(super) kid: String,
    pub(super) issued_at: UnixTime,
    pub(super) expires_at: UnixTime,
    pub(super) revoked_at: Option<UnixTime>,
}

impl Rules {
    pub(super) fn new(config: &Config, published: &JwkSet, now: UnixTime) -> Self {
        let schemas = config.schemas.iter();
        Self {
            did: config.did.to_string(),
            origin: config.origin.as_str().to_owned(),
            iss: config.iss,
            schemas: schemas
                .map(|schema| (schema.vct.clone(), schema.id.clone()))
                .collect(),
            list_size: config.status_list.map(|lists| lists.size),
            published_keys: published.kids().map(ToString::to_string).collect(),
            now,
        }
    }

    fn form_of(&self, issuer: &str) -> Option<IssForm> {
        if issuer == self.did {
            Some(IssForm::DidWeb)
        } else if issuer == self.origin {
            Some(IssForm::Origin)
        } else {
            None
        }
    }

    /// The form of `iss` of the newest of these credentials, which must be the configured one.
    pub(super) fn issuer_form(&self, newest_first: &[String]) -> Result<Option<&'static str>, ImportError> {
        let tokens: Vec<StoredToken> = newest_first
            .iter()
            .filter_map(|token| StoredToken::parse(token))
            .collect();
        let Some(newest) = tokens.first() else {
            return Ok(None);
        };
        let form = tokens.iter().find_map(|token| self.form_of(&token.issuer));
        let form = form.ok_or_else(|| ImportError::ForeignIssuer {
            stored: newest.issuer.chars().take(SHOWN).collect(),
            did: self.did.clone(),
            origin: self.origin.clone(),
        })?;
        if form == self.iss {
            return Ok(Some(form.name()));
        }
        Err(ImportError::IssForm {
            stored: form.name(),
            configured: self.iss.name(),
        })
    }

    /// Whether verifiers find the key with this id. A DID URL names the key by its fragment.
    pub(super) fn is_published(&self, kid: &str) -> bool {
        let bare = kid.rsplit_once('#').map_or(kid, |(_, fragment)| fragment);
        self.published_keys
            .iter()
            .any(|known| known == bare || known == kid)
    }

    /// The entry of the credential with this id: lists are filled in the order of ids.
    pub(super) fn entry(&self, id: u64) -> Option<(u64, u64)> {
        let (index, size) = (id.checked_sub(1)?, self.list_size?);
        Some((index.checked_div(size)?, index.checked_rem(size)?))
    }
}

/// The record of a stored credential.
pub(super) fn sd_jwt(row: &SdJwtRow, batch: &Batch, rules: &Rules) -> Result<Record, RefusalReason> {
    let nonce = row.nonce.ok_or(RefusalReason::Nonce)?;
    let signed_part = row.signed_part.as_deref().unwrap_or_default();
    let token = StoredToken::parse(signed_part).ok_or(RefusalReason::Credential)?;
    let external_id = token
        .id
        .filter(|id| !id.is_empty())
        .ok_or(RefusalReason::Credential)?;
    if token.nonce.is_some_and(|stored| stored != nonce.to_string()) {
        return Err(RefusalReason::OtherNonce);
    }
    rules.form_of(&token.issuer).ok_or(RefusalReason::Issuer)?;
    let entry = rules.entry(row.id);
    if let Some(named) = token.status {
        match entry {
            None => return Err(RefusalReason::ListsOff),
            Some(entry) if entry != (named.list, named.index) => return Err(RefusalReason::ListEntry),
            Some(_) => {}
        }
    }
    let issuances = batch.issuances_of(row);
    let issuance = issuances.first();
    let vct = token.vct.unwrap_or_default();
    let schema_id = issuance.map(|issuance| issuance.schema_id.clone());
    let schema_id = schema_id.filter(|id| !id.is_empty());
    let created_at = issuance
        .and_then(|issuance| issuance.created_at)
        .or(row.created_at);
    let holder_did = match issuance {
        Some(issuance) if row.holder.is_empty() => issuance.holder_did.clone(),
        _ => row.holder.clone(),
    };
    let revoked_at = issuances.iter().find_map(|issuance| issuance.revoked_at);
    let revoked_at = revoked_at.or(row.updated_at.filter(|_| row.is_revoked));
    Ok(Record {
        table: SD_JWTS,
        row: row.id,
        external_id,
        holder_did,
        schema_id: schema_id
            .unwrap_or_else(|| rules.schemas.get(&vct).cloned().unwrap_or_else(|| vct.clone())),
        vct,
        nonce,
        entry,
        names_entry: token.status.is_some(),
        kid: token.kid,
        issued_at: token.issued_at.or(created_at).unwrap_or(rules.now),
        expires_at: token
            .expires_at
            .or(issuance.and_then(|issuance| issuance.expires_at))
            .unwrap_or(NEVER),
        revoked_at: batch.is_revoked(row).then(|| revoked_at.unwrap_or(rules.now)),
    })
}

/// The record of an issuance without a stored SD-JWT VC: its nonce can be asked for and revoked.
pub(super) fn issuance(row: &IssuanceRow, is_revoked: bool, rules: &Rules) -> Result<Record, RefusalReason> {
    let nonce = row.nonce.ok_or(RefusalReason::Nonce)?;
    let is_revoked = is_revoked || row.revoked_at.is_some();
    Ok(Record {
        table: ISSUANCES,
        row: row.id,
        external_id: format!("{ISSUANCES}:{}", row.id),
        holder_did: row.holder_did.clone(),
        schema_id: row.schema_id.clone(),
        vct: row.schema_id.clone(),
        nonce,
        entry: None,
        names_entry: false,
        kid: String::new(),
        issued_at: row.created_at.unwrap_or(rules.now),
        expires_at: row.expires_at.unwrap_or(NEVER),
        revoked_at: is_revoked.then(|| row.revoked_at.unwrap_or(rules.now)),
    })
}

#[cfg(test)]
mod tests;
