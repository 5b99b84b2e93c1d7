//! `air verify`: runs a verification program on a user's credential, and opens the documents with
//! the user's consent.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use air_api::{
    VerificationProgramId,
    sandbox::{ConsentDecision, ConsentRequest, VerificationStatus},
};
use air_client::{Holder, PollSchedule, Verification, VerifyCredential};
use air_crypto::{CakContext, CakPrivateKey};
use air_jwt::Scope;
use clap::Args;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    ask,
    exit::Failure,
    files::{Audience, shown, unwritable, write_numbered},
    output::Output,
    partner::{HolderArgs, LocalOnly, Partner, PartnerArgs, VerificationArgs},
    terminal::printable,
    waiting,
};

#[derive(Args)]
#[command(
    after_help = "Example:\n  air verify --program adult --email ada@example.com \\\n      \
                        --wallet-key-file wallet-key.hex --agree --out opened"
)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    partner: PartnerArgs,
    #[command(flatten)]
    verification: VerificationArgs,
    #[command(flatten)]
    holder: HolderArgs,
    #[command(flatten)]
    consent: ConsentArgs,
    /// While the credential is not on-chain, verify again with increasing delays for up to 10
    /// minutes. The user is asked once.
    #[arg(long, short)]
    wait: bool,
    /// The folder to write the opened documents to. Nothing in it is replaced: a document whose
    /// name is taken gets a number (`scan-2.jpg`).
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// The user's decision, from a flag or the terminal.
#[derive(Args)]
pub(crate) struct ConsentArgs {
    /// Give the user's consent.
    #[arg(long, conflicts_with = "deny")]
    agree: bool,
    /// Deny the user's consent: no key is released, nothing is opened, exit 1.
    #[arg(long)]
    deny: bool,
}

impl VerifyArgs {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        let partner = self
            .partner
            .connect_local(LocalOnly::VERIFICATION, output)
            .await?;
        self.consent.check(output)?;
        let program_id = self.verification.program(partner.profile())?;
        let session = partner.login(Scope::Verify, self.holder.email()?).await?;
        let root = self.holder.root(&session, output)?;
        let holder = partner.client.local().holder(session, root);
        let verification = self.verify(&partner, &holder, &program_id, output).await?;
        let opened = self.open_documents(&partner, &verification).await?;
        output.result(&document(&verification, &opened), |_| {
            render(&verification, &opened, self.out.is_some())
        })?;
        match refusal(verification.status) {
            None => Ok(()),
            Some(reason) if self.wait && verification.status == VerificationStatus::Pending => {
                Err(Failure::unreachable(format!("not accepted: {reason}")))
            }
            Some(reason) => Err(Failure::failed(format!("not accepted: {reason}"))),
        }
    }

    /// Runs the program, and with --wait again until the credential is on-chain.
    async fn verify(
        &self,
        partner: &Partner,
        holder: &Holder<'_>,
        program_id: &VerificationProgramId,
        output: Output,
    ) -> Result<Verification, Failure> {
        let schedule = PollSchedule::default();
        let (begun, mut waits) = (Instant::now(), schedule.waits());
        let mut decided: Option<(ConsentRequest, ConsentDecision)> = None;
        loop {
            let token = partner.token(Scope::Verify, None).await?;
            let parameters = VerifyCredential {
                auth: (&token).into(),
                program_id: program_id.clone(),
            };
            let decide = |request: &ConsentRequest| match &decided {
                Some((same, decision)) if same == request => *decision,
                _ => {
                    let decision = self.consent.decide(request, output);
                    decided = Some((request.clone(), decision));
                    decision
                }
            };
            let verification = holder.verify_credential(parameters, decide).await?;
            let left = schedule.deadline.saturating_sub(begun.elapsed());
            let has_failed = verification
                .pending
                .is_some_and(|pending| pending.next_attempt_at.is_none());
            if !self.wait
                || verification.status != VerificationStatus::Pending
                || has_failed
                || left.is_zero()
            {
                return Ok(verification);
            }
            let wait = waits.next().unwrap_or(schedule.longest).min(left);
            waiting::note(
                verification.pending.and_then(|pending| pending.reason),
                wait,
                output,
            );
            tokio::time::sleep(wait).await;
        }
    }

    async fn open_documents(
        &self,
        partner: &Partner,
        verification: &Verification,
    ) -> Result<Vec<PathBuf>, Failure> {
        let (Some(folder), Some(key), Some(context)) = (
            &self.out,
            &verification.cak_private_key,
            &verification.cak_context,
        ) else {
            return Ok(Vec::new());
        };
        let documents = fetch_and_open(partner, verification, key, context).await?;
        write_documents(folder, &documents)
    }
}

/// Writes each document under its name, with a number if the name is taken. If one can't be written,
/// those before it are removed. Returns the paths.
fn write_documents(
    folder: &Path,
    documents: &[(String, Zeroizing<Vec<u8>>)],
) -> Result<Vec<PathBuf>, Failure> {
    let mut named = Vec::with_capacity(documents.len());
    for (name, bytes) in documents {
        // An untrusted name must not lead out of the folder.
        let file_name = Path::new(name)
            .file_name()
            .ok_or_else(|| Failure::rejected("a document has a name that can't be used as a file name"))?;
        named.push((folder.join(file_name), bytes));
    }
    std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let mut paths = Vec::with_capacity(named.len());
    for (path, bytes) in named {
        match write_numbered(&path, bytes, Audience::Owner) {
            Ok(path) => paths.push(path),
            Err(failure) => {
                for path in &paths {
                    let _ = std::fs::remove_file(path);
                }
                return Err(failure);
            }
        }
    }
    Ok(paths)
}

/// Fetches the sealed documents of a verification, and opens each with its name as the label.
pub(crate) async fn fetch_and_open(
    partner: &Partner,
    verification: &Verification,
    key: &CakPrivateKey,
    context: &CakContext,
) -> Result<Vec<(String, Zeroizing<Vec<u8>>)>, Failure> {
    let token = partner.token(Scope::Verify, None).await?;
    let mut opened = Vec::new();
    for object in &verification.documents {
        let sealed = partner
            .client
            .local()
            .fetch_object(token.expose_secret(), &object.storage_id)
            .await?;
        let document = key
            .open(context, object.name.as_bytes(), &sealed)
            .map_err(|error| Failure::from(error).about(&object.name))?;
        opened.push((object.name.clone(), document));
    }
    Ok(opened)
}

impl ConsentArgs {
    /// Checks that the decision is available: from a flag, or from a terminal to ask on.
    fn check(&self, output: Output) -> Result<(), Failure> {
        if self.agree || self.deny || ask::is_possible(output) {
            Ok(())
        } else {
            Err(Failure::usage("missing consent decision")
                .with_hint("pass --agree or --deny, or run the command on a terminal"))
        }
    }

    /// The decision from a flag or the terminal; `None` without either.
    pub(crate) fn given_or_asked(&self, request: &ConsentRequest, output: Output) -> Option<ConsentDecision> {
        match (self.agree, self.deny) {
            (_, true) => Some(ConsentDecision::Deny),
            (true, _) => Some(ConsentDecision::Agree),
            _ if ask::is_possible(output) => Some(ask(request, output)),
            _ => None,
        }
    }

    fn decide(&self, request: &ConsentRequest, output: Output) -> ConsentDecision {
        self.given_or_asked(request, output)
            .unwrap_or(ConsentDecision::Deny)
    }
}

/// The reason why no key was released, and the user's next step.
fn refusal(status: VerificationStatus) -> Option<&'static str> {
    match status {
        VerificationStatus::Compliant => None,
        VerificationStatus::NonCompliant => Some("the credential does not meet a condition of the program"),
        VerificationStatus::Pending => {
            Some("the credential is not on-chain yet; `--wait` verifies again until it is")
        }
        VerificationStatus::Revoking | VerificationStatus::Revoked => {
            Some("the credential was revoked; the issuer may have issued a newer one")
        }
        VerificationStatus::Expired => Some("the credential has expired; ask its issuer for a new one"),
        VerificationStatus::NotFound => Some("the user has no credential of the program's schema"),
        _ => Some("unknown status in the platform's response"),
    }
}

fn ask(request: &ConsentRequest, output: Output) -> ConsentDecision {
    let question = format!("\n{}\nAgree?", printable(&request.statement));
    if ask::agrees(&question, output) {
        ConsentDecision::Agree
    } else {
        ConsentDecision::Deny
    }
}

/// The result as JSON. It reports whether the key was released, but does not show it.
fn document(verification: &Verification, opened: &[PathBuf]) -> Value {
    json!({
        "verificationId": verification.verification_id,
        "status": verification.status,
        "pending": verification.pending,
        "transactionHash": verification.transaction_hash,
        "cakPrivateKeyReleased": verification.cak_private_key.is_some(),
        "cakMissing": verification.cak_missing,
        "disclosedData": verification.disclosed_data,
        "documents": verification.documents,
        "opened": opened.iter().map(|path| shown(path)).collect::<Vec<_>>(),
        "documentsOpened": opened.len(),
    })
}

fn render(verification: &Verification, opened: &[PathBuf], has_folder: bool) -> String {
    let mut lines = vec![format!("{:?}", verification.status)];
    if let Some(hash) = &verification.transaction_hash {
        lines.push(format!("transaction  {hash}"));
    }
    lines.push(format!("key          {}", key_line(verification)));
    let hint = match verification.documents.len() {
        0 => "",
        _ if has_folder || verification.cak_private_key.is_none() => "",
        _ => "; pass --out DIR to open them",
    };
    lines.push(format!(
        "documents    {} of {} opened{hint}",
        opened.len(),
        verification.documents.len()
    ));
    for path in opened {
        lines.push(format!("opened       {}", printable(&path.display().to_string())));
    }
    lines.join("\n")
}

fn key_line(verification: &Verification) -> String {
    match (&verification.cak_private_key, &verification.cak_missing) {
        (Some(_), _) => "released: it opens every document of this user, issuer and schema".to_owned(),
        (None, Some(missing)) => format!("missing: {}", printable(&missing.message)),
        (None, None) => "not released".to_owned(),
    }
}
