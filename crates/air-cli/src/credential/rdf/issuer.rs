//! Issuing.

use std::{collections::BTreeMap, path::Path};

use air_ids::UnixTime;
use air_vc::ClaimPath;
use serde::Serialize;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{AIR_SSI, ContextFile, Suite, read_contexts, verification_method};
use crate::{exit::Failure, files, helper::Helper, keys::read_signing_key, output::Output};

const DAY: u64 = 24 * 60 * 60;

/// A credential to issue.
pub(crate) struct Issuance<'a> {
    pub(crate) suite: Suite,
    pub(crate) issuer: &'a str,
    pub(crate) key: &'a Path,
    /// The ID of the key in the issuer's document, or its URL.
    pub(crate) kid: &'a str,
    pub(crate) type_name: &'a str,
    pub(crate) holder: Option<&'a str>,
    pub(crate) subject: &'a Map<String, Value>,
    pub(crate) valid_from: UnixTime,
    pub(crate) valid_until: Option<UnixTime>,
    /// The URL of the status list, and the credential's index in it.
    pub(crate) status: Option<(&'a str, u64)>,
    pub(crate) contexts: &'a [ContextFile],
    pub(crate) always_visible: &'a [ClaimPath],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Command<'a> {
    protocol: u64,
    command: &'static str,
    suite: &'static str,
    issuer: &'a str,
    verification_method: &'a str,
    key: &'a str,
    subject: &'a Map<String, Value>,
    types: [&'a str; 1],
    holder: Option<&'a str>,
    valid_from: u64,
    valid_until: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statuses: Option<[StatusEntry<'a>; 1]>,
    context: Vec<&'a str>,
    contexts: BTreeMap<&'a str, Value>,
    always_visible: Vec<String>,
}

/// An entry for revocation in a Bitstring Status List.
#[derive(Serialize)]
struct StatusEntry<'a> {
    list: &'a str,
    index: u64,
}

/// Issues a credential, and prints it.
pub(crate) async fn issue(issuance: &Issuance<'_>, output: Output) -> Result<(), Failure> {
    let helper = Helper::find(&AIR_SSI)?;
    let key = read_key(issuance.suite, issuance.key, output)?;
    let method = verification_method(issuance.issuer, issuance.kid);
    let answer = helper.ask(&issuance.command(&method, &key)?).await?;
    let (Some(credential @ Value::Object(_)), Some(public_key)) = (
        answer.document.get("credential"),
        answer.document.get("publicKeyMultibase"),
    ) else {
        return Err(helper.unexpected());
    };
    let credential = credential.to_string();
    let document = json!({
        "credential": credential,
        "verificationMethod": method,
        "publicKeyMultibase": public_key,
    });
    output.result(&document, |_| credential.clone())
}

impl<'a> Issuance<'a> {
    fn command(&self, method: &'a str, key: &'a str) -> Result<Command<'a>, Failure> {
        // An exact time would link the presentations of a holder.
        let is_rounded = self.suite == Suite::Bbs2023;
        let valid_from = self.valid_from.as_secs();
        let valid_until = self.valid_until.map(UnixTime::as_secs);
        Ok(Command {
            protocol: AIR_SSI.protocol,
            command: "issue",
            suite: self.suite.name(),
            issuer: self.issuer,
            verification_method: method,
            key,
            subject: self.subject,
            types: [self.type_name],
            holder: self.holder,
            valid_from: if is_rounded {
                valid_from - valid_from % DAY
            } else {
                valid_from
            },
            valid_until: valid_until.map(|time| if is_rounded { end_of_day(time) } else { time }),
            statuses: self.status.map(|(list, index)| [StatusEntry { list, index }]),
            context: self.contexts.iter().map(|context| context.url.as_str()).collect(),
            contexts: read_contexts(self.contexts)?,
            always_visible: self.always_visible.iter().map(ToString::to_string).collect(),
        })
    }
}

/// The next midnight in UTC, or the time itself if it is midnight.
const fn end_of_day(time: u64) -> u64 {
    match time.checked_next_multiple_of(DAY) {
        Some(midnight) => midnight,
        None => time,
    }
}

/// The text of a key: PEM on P-256, and the digits of the other types as they are.
fn read_key(suite: Suite, path: &Path, output: Output) -> Result<Zeroizing<String>, Failure> {
    if suite.has_p256_key() {
        return Ok(read_signing_key(path, output)?.expose_pkcs8_pem());
    }
    let key = files::read_secret(path, output)?;
    let digits = key.strip_prefix("0x").unwrap_or(&key);
    if digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Ok(key);
    }
    Err(Failure::rejected(format!(
        "{}: a key for {} must be 64 hex digits",
        path.display(),
        suite.name()
    ))
    .with_hint("create one with `openssl rand -hex 32`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight() {
        assert_eq!(end_of_day(0), 0);
        assert_eq!(end_of_day(1), DAY);
        assert_eq!(end_of_day(DAY), DAY);
        assert_eq!(end_of_day(DAY + 1), 2 * DAY);
        assert_eq!(end_of_day(u64::MAX), u64::MAX);
    }
}
