//! Runs of programs that accept predicate proofs: what the user is asked. The proof itself is in [`predicate_proofs`](crate::predicate_proofs).

use std::{collections::BTreeSet, time::Duration};

use air_api::sandbox::{Condition, Operator};
use air_ids::{PartnerId, UnixTime, UserUuid};
use air_store::{ReadTx, predicate_requests};

use super::find_program;
use crate::{App, Refusal};

/// The maximum number of runs of a verifier with a user in a day: many narrow conditions find a value.
const RUNS_PER_DAY: u64 = 20;
const DAY: Duration = Duration::from_hours(24);

/// Returns whether a program accepts predicate proofs only.
pub(crate) async fn needs_proof(app: &App, program_id: &str) -> Result<bool, Refusal> {
    let program = find_program(&mut *app.store.read().await?, program_id).await?;
    Ok(program.predicate_proofs_of.is_some())
}

/// Fails if the verifier has started the maximum number of runs with the user.
pub(super) async fn check_rate(
    tx: &mut ReadTx,
    partner_id: &PartnerId,
    user_uuid: &UserUuid,
    now: UnixTime,
) -> Result<(), Refusal> {
    let since = now.saturating_sub(DAY);
    if predicate_requests::count_runs(tx, partner_id, user_uuid, since).await? < RUNS_PER_DAY {
        return Ok(());
    }
    Err(Refusal::too_many(format!(
        "a verifier can ask a user for at most {RUNS_PER_DAY} proofs in a day, because many narrow conditions find a value; try again tomorrow"
    )))
}

/// The attributes that a proof discloses: those that the verifier asks for, and those of conditions `equals`, whose values it knows then.
pub(super) fn disclosed(asked: Vec<String>, rules: &[Condition]) -> Vec<String> {
    let equals = rules.iter().filter(|rule| rule.operator == Operator::Equals);
    let names: BTreeSet<String> = asked
        .into_iter()
        .chain(equals.map(|rule| rule.attribute.clone()))
        .collect();
    names.into_iter().collect()
}

/// What the verifier asks for, in sentences.
pub(super) fn statement(verifier: &str, title: &str, rules: &[Condition], disclosed: &[String]) -> String {
    let hidden: BTreeSet<&str> = rules
        .iter()
        .map(|rule| rule.attribute.as_str())
        .filter(|name| !disclosed.iter().any(|shown| shown == name))
        .collect();
    let hidden: Vec<&str> = hidden.into_iter().collect();
    let mut sentences = vec![format!(
        "{verifier} asks you to prove conditions on your credential \"{title}\"."
    )];
    if !hidden.is_empty() {
        sentences.push(format!(
            "It learns whether they hold, and not the values of: {}.",
            hidden.join(", ")
        ));
    }
    if !disclosed.is_empty() {
        sentences.push(format!("It sees the values of: {}.", disclosed.join(", ")));
    }
    sentences.push("This method is experimental, and was not audited.".to_owned());
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules() -> Vec<Condition> {
        [
            ("birthDate", Operator::Less, json!("2008-11-30")),
            ("level", Operator::Equals, json!(3)),
        ]
        .into_iter()
        .map(|(attribute, operator, value)| Condition {
            attribute: attribute.to_owned(),
            operator,
            value,
        })
        .collect()
    }

    #[test]
    fn a_condition_equals_discloses_its_attribute() {
        assert_eq!(disclosed(Vec::new(), &rules()), ["level"]);
        let asked = vec!["name".to_owned(), "level".to_owned()];
        assert_eq!(disclosed(asked, &rules()), ["level", "name"]);
    }

    #[test]
    fn the_statement_says_what_is_shown_and_what_is_not() {
        let text = statement("Shop", "Identity", &rules(), &["level".to_owned()]);
        assert_eq!(
            text,
            "Shop asks you to prove conditions on your credential \"Identity\". It learns whether they hold, and not the values of: \
             birthDate. It sees the values of: level. This method is experimental, and was not audited."
        );
        let text = statement("Shop", "Identity", &rules()[1..], &["level".to_owned()]);
        assert!(!text.contains("It learns"), "{text}");
    }
}
