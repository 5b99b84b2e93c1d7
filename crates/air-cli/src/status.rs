//! `air status`: a credential's anchoring status, and subcommands for status lists.

mod anchor;
mod job;
mod list;

use air_api::{
    CoreClaimHash, CredentialStatus, VcStatus,
    sandbox::{ConsistencyProof, InclusionProof, StatusDetails},
};
use air_jwt::Scope;
use clap::{ArgMatches, Args, FromArgMatches, Subcommand};
use serde::Serialize;

use crate::{
    exit::Failure,
    issue::cak_line,
    ledger,
    output::Output,
    partner::{LocalOnly, PartnerArgs},
    waiting,
};

/// The query for a credential's status, or a subcommand.
pub(crate) enum StatusArgs {
    Query(Box<Query>),
    Below(StatusCommand),
}

#[derive(Subcommand)]
pub(crate) enum StatusCommand {
    /// Manage an issuer's status lists (`statuslist+jwt`) of revoked and suspended credentials.
    #[command(subcommand)]
    List(list::List),
}

#[derive(Args)]
pub(crate) struct Query {
    #[command(flatten)]
    partner: PartnerArgs,
    /// Wait until the credential is on-chain: poll with increasing delays for up to 10 minutes.
    #[arg(long, short)]
    wait: bool,
    /// Fetch and verify proofs of the local platform's ledger: that it has the credential, and that
    /// it only grew since. With --rpc, verify the credential's anchor on a chain instead.
    #[arg(long)]
    proof: bool,
    #[command(flatten)]
    anchor: anchor::AnchorArgs,
    /// The credential's coreClaimHash, as returned at issuance.
    #[arg(value_name = "HASH", required_unless_present = "offline")]
    hash: Option<CoreClaimHash>,
}

impl StatusArgs {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Query(query) => query.run(output).await,
            Self::Below(StatusCommand::List(command)) => command.run(output).await,
        }
    }
}

/// Subcommands do not need the query's arguments, which clap's derive cannot express.
impl Args for StatusArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        StatusCommand::augment_subcommands(Query::augment_args(command))
            .args_conflicts_with_subcommands(true)
            .subcommand_negates_reqs(true)
            .subcommand_required(false)
            .arg_required_else_help(false)
            .after_help(
                "Exits with 1 if the credential was revoked or has expired. With --offline or --rpc, exits with 1 if the proof contradicts \
                 the chain, or if nodes disagree, and with 5 if the checkpoint is not final yet.\n\n\
                 Examples:\n  air status --wait --proof HASH    # after `air init`\n  \
                 air status --proof --offline proof.json --block-hash 0x… \\\n      --contract 0x… --chain-id N --code-hash 0x…\n  \
                 air status --proof --offline proof.json \\\n      --rpc https://a.example --rpc https://b.test --contract 0x… --chain-id N\n  \
                 air status list publish --help",
            )
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for StatusArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        if matches.subcommand_name().is_some() {
            StatusCommand::from_arg_matches(matches).map(Self::Below)
        } else {
            Query::from_arg_matches(matches).map(Box::new).map(Self::Query)
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The status, and the proofs of the ledger.
#[derive(Serialize)]
struct StatusReport {
    #[serde(flatten)]
    status: CredentialStatus,
    #[serde(flatten)]
    proofs: Option<Proofs>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Proofs {
    transaction_hash: String,
    inclusion: InclusionProof,
    consistency: ConsistencyProof,
}

/// The platform's status covers only the chain; the local platform also reports revocation and expiry.
fn on_chain(details: Option<&StatusDetails>) -> String {
    let revoked = details.and_then(|details| details.revoked_at);
    let expired = details.and_then(|details| details.expired_at);
    match (revoked, expired) {
        (Some(since), _) => format!("ONCHAIN, but revoked since {since}"),
        (None, Some(since)) => format!("ONCHAIN, but expired since {since}; issue a new one"),
        (None, None) => "ONCHAIN: it can be verified".to_owned(),
    }
}

/// The reason why a credential can't be verified any more, if so.
fn ended(details: &StatusDetails) -> Option<&'static str> {
    if details.revoked_at.is_some() {
        Some("the credential was revoked; see above")
    } else if details.expired_at.is_some() {
        Some("the credential has expired; see above")
    } else {
        None
    }
}

impl Proofs {
    fn render(&self) -> String {
        let (place, block) = (self.inclusion.leaf_index + 1, self.inclusion.block);
        let (now, size) = (self.consistency.to.number, self.consistency.to.tree_size);
        format!(
            "\nproved: entry {place} of the ledger, in block {block}; the ledger only grew since, to {size} entries in block {now}"
        )
    }
}

impl Query {
    /// Verifies the anchor by the platform's proof and the caller's nodes. Only to wait, the
    /// partner's key is needed.
    async fn verify_anchor(&self, hash: CoreClaimHash, output: Output) -> Result<(), Failure> {
        if self.wait {
            waiting::until_anchored(&self.partner.connect(output).await?, hash, output).await?;
        }
        let (client, profile) = (self.partner.client()?, self.partner.profile()?);
        self.anchor
            .verify_fetched(&client, hash, profile.as_ref(), output)
            .await
    }

    async fn run(&self, output: Output) -> Result<(), Failure> {
        if let Some(file) = self.anchor.file() {
            let profile = self.partner.profile()?;
            return self
                .anchor
                .verify_file(file, self.hash, profile.as_ref(), output)
                .await;
        }
        let hash = self
            .hash
            .ok_or_else(|| Failure::usage("missing HASH: specify the credential"))?;
        if self.proof {
            self.partner.require_local(LocalOnly::PROOF)?;
        }
        self.anchor.check_output()?;
        if self.anchor.asks_nodes() {
            return self.verify_anchor(hash, output).await;
        }
        let partner = self.partner.connect(output).await?;
        let token = partner.token(Scope::Issue, None).await?;
        let mut status = partner.client.status(token.expose_secret(), hash).await?;
        if self.wait && status.vc_status != VcStatus::Onchain {
            status = waiting::until_anchored(&partner, hash, output).await?;
        }
        self.anchor.save(&partner.client, hash, output).await?;
        let proofs = if self.proof {
            let (transaction_hash, inclusion) = ledger::inclusion(&partner.client, hash).await?;
            let consistency = ledger::consistency(&partner.client, &inclusion).await?;
            Some(Proofs {
                transaction_hash,
                inclusion,
                consistency,
            })
        } else {
            None
        };
        let report = StatusReport { status, proofs };
        output.result(&report, |StatusReport { status, proofs }| {
            let job = status.sandbox.as_ref().map(|details| &details.anchoring);
            let state = match &status.vc_status {
                VcStatus::Onchain => on_chain(status.sandbox.as_ref()),
                // The job's text has the next step.
                VcStatus::WaitOnchain if job.is_some_and(|job| job.state.is_final()) => {
                    "WAIT_ONCHAIN".to_owned()
                }
                VcStatus::WaitOnchain => "WAIT_ONCHAIN: wait, and do not issue again".to_owned(),
                VcStatus::Unknown(other) => other.clone(),
                _ => "unknown".to_owned(),
            };
            let anchoring = job.map(job::render).unwrap_or_default();
            let proved = proofs.as_ref().map(Proofs::render).unwrap_or_default();
            let cak = cak_line(status.sandbox.as_ref().and_then(|details| details.cak.as_ref()));
            format!("{}  {state}{anchoring}{proved}{cak}", status.vc_id)
        })?;
        match report.status.sandbox.as_ref().and_then(ended) {
            Some(reason) => Err(Failure::failed(reason)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_more_is_not_called_good() {
        let details = |more: &str| -> StatusDetails {
            let job = r#"{"state":"anchored","history":[]}"#;
            serde_json::from_str(&format!(r#"{{"anchoring":{job}{more}}}"#)).unwrap()
        };
        assert_eq!(on_chain(None), "ONCHAIN: it can be verified");
        assert_eq!(on_chain(Some(&details(""))), "ONCHAIN: it can be verified");
        let expired = r#","expiredAt":"2027-01-15 08:00:00""#;
        assert_eq!(
            on_chain(Some(&details(expired))),
            "ONCHAIN, but expired since 2027-01-15 08:00:00; issue a new one"
        );
        let both = format!(r#"{expired},"revokedAt":"2027-01-14 08:00:00""#);
        assert_eq!(
            on_chain(Some(&details(&both))),
            "ONCHAIN, but revoked since 2027-01-14 08:00:00"
        );
    }
}
