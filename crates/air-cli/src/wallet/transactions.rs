//! The transactions that a presentation authorises (OpenID4VP 1.0, section 8.4).

use air_oid4vc::{
    dcql::Plan,
    vp::{AuthorizationRequest, TransactionData},
};
use serde_json::{Map, Value};

use super::claims::Held;
use crate::{exit::Failure, output::Output, schema::aligned, terminal::printable};

/// The members that are for the wallet alone.
const OWN: [&str; 2] = ["credential_ids", "transaction_data_hashes_alg"];

/// Returns the transactions that each planned presentation authorises: each transaction by the
/// first one that it names.
pub(super) fn assigned(
    request: &AuthorizationRequest,
    plan: &Plan,
    held: &[Held],
) -> Result<Vec<Vec<TransactionData>>, Failure> {
    let mut assigned = vec![Vec::new(); plan.presentations.len()];
    for data in &request.options().transaction_data {
        let mut planned = plan.presentations.iter().zip(&mut assigned);
        let found = planned.find(|(planned, _)| {
            let can_sign = held
                .get(planned.credential)
                .is_some_and(Held::can_sign_transactions);
            planned.holder_binding && can_sign && data.credential_ids().contains(&planned.query)
        });
        let (_, transactions) = found.ok_or_else(|| {
            Failure::rejected(format!(
                "the wallet presents no credential that can authorise the transaction of the type `{}`",
                printable(data.kind())
            ))
        })?;
        transactions.push(data.clone());
    }
    Ok(assigned)
}

/// Shows the transactions of a request.
pub(super) fn show(request: &AuthorizationRequest, output: Output) {
    for data in &request.options().transaction_data {
        output.note(&format!(
            "The verifier asks you to authorise the transaction {}:",
            printable(data.kind())
        ));
        let details = details(data);
        let rows = details
            .iter()
            .filter(|(name, _)| *name != "type")
            .map(|(name, value)| vec![format!("    {}", printable(name)), printable(&value.to_string())]);
        for row in aligned(rows.collect()) {
            output.note(&row);
        }
    }
}

/// Returns the members of each transaction of a request, for the report.
pub(super) fn all(request: &AuthorizationRequest) -> Vec<Map<String, Value>> {
    request.options().transaction_data.iter().map(details).collect()
}

fn details(data: &TransactionData) -> Map<String, Value> {
    let members = data.members().iter();
    let members = members.filter(|(name, _)| !OWN.contains(&name.as_str()));
    members
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
