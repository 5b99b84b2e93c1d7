//! The transactions that the presentation of a wallet authorises (OpenID4VP 1.0, section 8.4).

use air_api::sandbox::CredentialFormat;
use air_oid4vc::vp::TransactionData;
use serde_json::{Map, Value};

use super::query::query_id;
use crate::Refusal;

/// The maximum number of transactions of a request.
const LIMIT: usize = 8;
/// The maximum length of their encoded texts together, in bytes. Anyone with the link fetches the request, which is signed each time.
const LENGTH_LIMIT: usize = 64 * 1024;
/// The member that names Credential Queries.
const CREDENTIAL_IDS: &str = "credential_ids";

/// Checks the transactions of a request, and returns their text for the store. The hashes are made over this text.
pub(super) fn to_stored(
    transactions: &[Map<String, Value>],
    formats: &[CredentialFormat],
) -> Result<Option<String>, Refusal> {
    if transactions.is_empty() {
        return Ok(None);
    }
    if transactions.len() > LIMIT {
        return Err(Refusal::bad_request(format!(
            "invalid transactionData: must have at most {LIMIT} transactions"
        )));
    }
    if formats != [CredentialFormat::SdJwtVc] {
        return Err(Refusal::bad_request(
            "invalid formats: must be dc+sd-jwt alone if there is transactionData, since an mdoc has no general form for it",
        ));
    }
    let texts = transactions
        .iter()
        .map(|members| made(members).map(|data| data.as_str().to_owned()));
    let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
    if texts.iter().map(String::len).sum::<usize>() > LENGTH_LIMIT {
        return Err(Refusal::bad_request(
            "invalid transactionData: must have at most 64 KiB in base64url; name long texts by their hash",
        ));
    }
    serde_json::to_string(&texts).map(Some).map_err(Refusal::internal)
}

/// Makes the transaction data of the only Credential Query.
fn made(members: &Map<String, Value>) -> Result<TransactionData, Refusal> {
    if members.contains_key(CREDENTIAL_IDS) {
        return Err(Refusal::bad_request(
            "invalid transactionData: must not have `credential_ids`, which the platform adds",
        ));
    }
    let kind = members.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind.is_empty() {
        return Err(Refusal::bad_request(
            "invalid transactionData: each transaction must have a `type`",
        ));
    }
    let query = query_id(CredentialFormat::SdJwtVc);
    TransactionData::new(kind, &[query], members.clone())
        .map_err(|error| Refusal::bad_request(format!("transactionData: {error}")))
}

/// Reads the transactions of a request from the store.
pub(super) fn of_stored(stored: Option<&str>) -> Result<Vec<TransactionData>, Refusal> {
    let Some(json) = stored else {
        return Ok(Vec::new());
    };
    let texts: Vec<String> = serde_json::from_str(json).map_err(Refusal::internal)?;
    let data = texts.iter().map(|text| TransactionData::parse(text));
    data.collect::<Result<_, _>>().map_err(Refusal::internal)
}

/// Returns the members of the transactions as the partner gave them.
pub(super) fn given(stored: Option<&str>) -> Result<Vec<Map<String, Value>>, Refusal> {
    let transactions = of_stored(stored)?;
    let members = transactions.iter().map(|data| {
        let mut members = data.members().clone();
        members.remove(CREDENTIAL_IDS);
        members
    });
    Ok(members.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn transactions_are_bounded_together() {
        let data = json!({ "type": "payment", "text": "x".repeat(30_000) });
        let data = data.as_object().unwrap();
        let formats = [CredentialFormat::SdJwtVc];
        assert!(to_stored(std::slice::from_ref(data), &formats).is_ok());
        let refusal = to_stored(&[data.clone(), data.clone()], &formats).unwrap_err();
        assert!(refusal.to_string().contains("64 KiB"), "{refusal}");
    }
}
