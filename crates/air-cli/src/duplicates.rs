//! The user's earlier credentials of the same schema: what a command does with them, and what
//! happened to them.

use air_api::{
    CoreClaimHash, OnDuplicate,
    sandbox::{DuplicateDetails, DuplicateOutcome},
};
use clap::{Args, ValueEnum};

/// The option for an earlier credential. `issue` and `bulk` have the same default.
#[derive(Args)]
pub(crate) struct DuplicateArgs {
    /// Keep or replace an existing credential of the same user and schema: `ignore` returns it and
    /// issues nothing, `revoke` revokes it and issues a new one.
    #[arg(long, value_enum, default_value_t = Choice::Ignore, value_name = "ignore|revoke", hide_possible_values = true)]
    on_duplicate: Choice,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Choice {
    Ignore,
    Revoke,
}

impl DuplicateArgs {
    pub(crate) fn choice(&self) -> OnDuplicate {
        match self.on_duplicate {
            Choice::Ignore => OnDuplicate::Ignore,
            Choice::Revoke => OnDuplicate::Revoke,
        }
    }
}

/// Says what was issued, revoked or returned. A hosted platform does not report it.
pub(crate) fn outcome(duplicate: Option<&DuplicateDetails>, asked: OnDuplicate, is_hosted: bool) -> String {
    match duplicate.map(|duplicate| (duplicate.outcome, &duplicate.core_claim_hashes)) {
        Some((DuplicateOutcome::Returned, _)) => {
            "Not issued: the user already has this credential of the schema, which is\n\
             returned. `--on-duplicate revoke` revokes it and issues a new one."
                .to_owned()
        }
        Some((DuplicateOutcome::Revoked, hashes)) => {
            let mut lines = vec![format!("Issued, and revoked {}:", earlier(hashes.len()))];
            lines.extend(hashes.iter().map(CoreClaimHash::to_string));
            lines.join("\n")
        }
        Some(_) => "Issued; what happened to the earlier credential is unknown to this version".to_owned(),
        None if !is_hosted => "Issued".to_owned(),
        None if asked == OnDuplicate::Ignore => {
            "Issued, or returned the credential that the user already had".to_owned()
        }
        None => "Issued; an earlier credential of the schema is revoked".to_owned(),
    }
}

/// Whether an earlier credential was returned and nothing was issued.
pub(crate) fn is_returned(duplicate: Option<&DuplicateDetails>) -> bool {
    duplicate.is_some_and(|duplicate| duplicate.outcome == DuplicateOutcome::Returned)
}

fn earlier(count: usize) -> String {
    match count {
        1 => "the earlier credential".to_owned(),
        count => format!("{count} earlier credentials"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_nothing_about_duplicates_that_it_does_not_know() {
        assert_eq!(outcome(None, OnDuplicate::Ignore, false), "Issued");
        assert_eq!(
            outcome(None, OnDuplicate::Ignore, true),
            "Issued, or returned the credential that the user already had"
        );
        let hash = CoreClaimHash::from_bytes([7; 32]);
        let revoked = DuplicateDetails {
            outcome: DuplicateOutcome::Revoked,
            core_claim_hashes: vec![hash, hash],
        };
        let text = outcome(Some(&revoked), OnDuplicate::Revoke, false);
        assert_eq!(
            text,
            format!("Issued, and revoked 2 earlier credentials:\n{hash}\n{hash}")
        );
    }
}
