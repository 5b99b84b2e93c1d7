//! `air issue`: issues to a user who is present (the SDK's `issueCredential`), or on behalf of one.

use std::path::PathBuf;

use air_api::{
    CoreClaimHash, IssueOnBehalf, IssuerDid, OnDuplicate, ProgramId, VcStatus,
    sandbox::{CakDetails, DuplicateDetails},
};
use air_client::{Error, IssueCredential};
use air_crypto::Curve;
use air_jwt::{EmailAddress, Scope};
use air_vc::did::AirDid;
use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    duplicates::{self, DuplicateArgs},
    exit::Failure,
    files::{self, Audience, ForceArgs},
    output::Output,
    partner::{HolderArgs, IssuanceArgs, LocalOnly, Partner, PartnerArgs},
    schema::read_subject,
    terminal::printable,
    waiting,
};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  # after `air init`\n  \
                  air issue --program kyc --on-behalf bob@example.com subject.json\n  \
                  air issue --key partner-key.pem --partner-id ID --issuer DID --program C \\\n      \
                  --on-behalf bob@example.com subject.json\n  \
                  air issue --key partner-key.pem --partner-id ID --issuer DID --program C \\\n      \
                  --email ada@example.com --wallet-key-file wallet-key.hex \\\n      \
                  --out credential.sd-jwt subject.json")]
pub(crate) struct IssueArgs {
    #[command(flatten)]
    partner: PartnerArgs,
    #[command(flatten)]
    issuance: IssuanceArgs,
    /// Issue on behalf of this user, who need not be present.
    #[arg(long, value_name = "EMAIL", conflicts_with_all = ["email", "wallet_key_file"])]
    on_behalf: Option<EmailAddress>,
    #[command(flatten)]
    duplicates: DuplicateArgs,
    /// The earlier name of `--on-duplicate ignore`.
    #[arg(long, hide = true, conflicts_with = "on_duplicate")]
    ignore_duplicate: bool,
    #[command(flatten)]
    holder: HolderArgs,
    /// The curve of the CAK.
    #[arg(long, default_value_t)]
    curve: Curve,
    /// The file to write the credential to, for a user who is present.
    #[arg(long, value_name = "FILE", conflicts_with = "on_behalf")]
    out: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
    /// Wait until the credential is on-chain: poll with increasing delays for up to 10 minutes.
    #[arg(long, short)]
    wait: bool,
    /// The file with the subject's claims; `-` is stdin.
    #[arg(value_name = "SUBJECT.json")]
    subject: PathBuf,
}

/// The answer of the platform, and the status after a wait.
#[derive(Serialize)]
struct Report<T> {
    #[serde(flatten)]
    issued: T,
    #[serde(rename = "vcStatus", skip_serializing_if = "Option::is_none")]
    vc_status: Option<VcStatus>,
}

/// The issuer and its program.
struct Issuance {
    issuer: IssuerDid,
    program: ProgramId,
}

impl IssueArgs {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        if let Some(path) = &self.out {
            self.force.check(path)?;
        }
        if self.on_behalf.is_none() {
            self.partner.require_local(LocalOnly::ISSUANCE)?;
        }
        let partner = self.partner.connect(output).await?;
        let subject = read_subject(&self.subject)?;
        let issuance = Issuance {
            issuer: self.issuance.issuer(partner.profile())?,
            program: self.issuance.program(partner.profile())?,
        };
        let issuer = issuance.issuer.as_str();
        if issuer.starts_with("did:air:") && issuer.parse::<AirDid>().is_err() {
            output.note(&format!(
                "warning: the checksum of {issuer} does not match: it may be mistyped"
            ));
        }
        match &self.on_behalf {
            Some(recipient) => {
                self.issue_on_behalf(&partner, issuance, recipient, subject, output)
                    .await
            }
            None => self.issue(&partner, issuance, subject, output).await,
        }
    }

    async fn issue_on_behalf(
        &self,
        partner: &Partner,
        issuance: Issuance,
        recipient: &EmailAddress,
        subject: Map<String, Value>,
        output: Output,
    ) -> Result<(), Failure> {
        let token = partner.token(Scope::IssueOnBehalf, Some(recipient)).await?;
        let order = IssueOnBehalf {
            issuer_did: issuance.issuer,
            program: issuance.program,
            credential_subject: subject,
            on_duplicate: self.on_duplicate(),
        };
        let issued = partner
            .client
            .issue_on_behalf(token.expose_secret(), &order)
            .await
            .map_err(perhaps_issued)?;
        let hash = issued.core_claim_hash;
        self.report(partner, hash, issued, output, |issued| {
            let details = issued.sandbox.as_ref();
            let duplicate = details.and_then(|details| details.duplicate.as_ref());
            let cak = details.and_then(|details| details.cak.as_ref());
            (duplicate.cloned(), cak_line(cak))
        })
        .await
    }

    async fn issue(
        &self,
        partner: &Partner,
        issuance: Issuance,
        subject: Map<String, Value>,
        output: Output,
    ) -> Result<(), Failure> {
        let session = partner.login(Scope::Issue, self.holder.email()?).await?;
        let root = self.holder.root(&session, output)?;
        let token = partner.token(Scope::Issue, None).await?;
        let parameters = IssueCredential {
            auth: (&token).into(),
            issuer_did: issuance.issuer,
            credential_id: issuance.program,
            credential_subject: subject,
            curve: self.curve,
            on_duplicate: self.on_duplicate(),
        };
        let issued = partner
            .client
            .local()
            .holder(session, root)
            .issue_credential(parameters)
            .await?;
        if let Some(path) = &self.out {
            self.force
                .write(path, issued.credential.as_bytes(), Audience::Owner)?;
        }
        let document = json!({
            "coreClaimHash": issued.core_claim_hash,
            "vcId": issued.vc_id,
            "schemaId": issued.schema_id,
            "cakPublicKey": issued.cak_public_key.map(|key| key.to_string()),
            "credentialFile": self.out.as_deref().map(files::shown),
            "duplicate": issued.duplicate,
        });
        let (hash, duplicate) = (issued.core_claim_hash, issued.duplicate);
        self.report(partner, hash, document, output, |_| (duplicate, String::new()))
            .await
    }

    /// Waits if that was requested, and prints the result, also if the wait fails. `details`
    /// returns what happened to earlier credentials, and the last lines.
    async fn report<T: Serialize>(
        &self,
        partner: &Partner,
        hash: CoreClaimHash,
        issued: T,
        output: Output,
        details: impl FnOnce(&T) -> (Option<DuplicateDetails>, String),
    ) -> Result<(), Failure> {
        let waited = if self.wait {
            Some(waiting::until_anchored(partner, hash, output).await)
        } else {
            None
        };
        let status = waited.as_ref().and_then(|waited| waited.as_ref().ok());
        let report = Report {
            issued,
            vc_status: status.map(|status| status.vc_status.clone()),
        };
        output.result(&report, |report| {
            let (duplicate, more) = details(&report.issued);
            let next = match report.vc_status {
                Some(VcStatus::Onchain) => "ONCHAIN: it can be verified".to_owned(),
                _ if duplicates::is_returned(duplicate.as_ref()) => {
                    format!("Next: see whether it is on-chain:\n  air status {hash}")
                }
                _ => format!(
                    "Next: wait until it is on-chain, and do not issue again before:\n  air status -w {hash}"
                ),
            };
            let outcome = duplicates::outcome(duplicate.as_ref(), self.on_duplicate(), partner.is_hosted());
            format!("{outcome}\ncoreClaimHash  {hash}\n{next}{more}")
        })?;
        waited.transpose().map(drop)
    }

    fn on_duplicate(&self) -> OnDuplicate {
        if self.ignore_duplicate {
            OnDuplicate::Ignore
        } else {
            self.duplicates.choice()
        }
    }
}

/// After a lost response it is unknown whether the credential was issued. The hint's call finds out
/// without issuing twice.
fn perhaps_issued(error: Error) -> Failure {
    let is_safe = error.is_safe_to_repeat();
    let failure = Failure::from(error);
    if is_safe {
        failure
    } else {
        failure.with_hint(
            "it may have been issued; run the same command with --on-duplicate ignore to return it or issue it",
        )
    }
}

/// The CAK of a credential, on a line of its own.
pub(crate) fn cak_line(cak: Option<&CakDetails>) -> String {
    let Some(cak) = cak else {
        return String::new();
    };
    match (&cak.public_key, &cak.missing) {
        (Some(key), _) => format!("\nCAK {}", printable(key)),
        (None, Some(missing)) => format!("\n{}", printable(&missing.message)),
        (None, None) => String::new(),
    }
}
