//! `air custody verify`.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

use air_crypto::{
    CakPublicKey, ContainerHeader,
    custody::{Group, Partial},
};
use clap::Args;
use serde_json::{Value, json};

use super::{
    diagnosis::{Diagnosis, LikelyLabel, Part, Question},
    files::{read_partials, read_share},
    sealed_under::SealedUnder,
};
use crate::{
    exit::Failure,
    files::{self, is_dash},
    output::Output,
    sealing::{Context, read_group},
};

#[derive(Args)]
#[command(
    after_help = "With the partials of a threshold of custodians, the answer about the container is certain: it is opened, and \
                  the document is discarded. Without them, only a contradiction is found. If the custodians can't open it, the \
                  command says what differs (key, context or label) and exits with 3.\n\
                  \n\
                  Examples:\n  \
                  air custody verify --group group.json --share share-2.json\n  \
                  air custody verify scan.sealed --group group.json --partial partial-1.json \\\n      \
                  partial-2.json\n  \
                  air custody verify scan.sealed --group group.json --managed valt \\\n      \
                  --partial partial-1.json partial-2.json"
)]
pub(crate) struct Verify {
    /// The group file; its keys must be consistent.
    #[arg(long, value_name = "FILE")]
    group: PathBuf,
    /// A share file; it must belong to the group.
    #[arg(long, value_name = "FILE")]
    share: Option<PathBuf>,
    /// The passphrase of an encrypted share; `-` is stdin [default: ask on the terminal].
    #[arg(long, value_name = "FILE", requires = "share")]
    passphrase_file: Option<PathBuf>,
    /// Partials; they must be valid for the container.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    partial: Vec<PathBuf>,
    /// The same as CONTAINER.
    #[arg(long = "container", value_name = "CONTAINER", conflicts_with = "file")]
    container: Option<PathBuf>,
    #[command(flatten)]
    under: SealedUnder,
    /// The label that the document was sealed with.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    label: String,
    /// The key that the document was sealed to, to compare it with the group's.
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    public_key: Option<String>,
    /// A sealed file, to check whether the custodians can open it; `-` is stdin.
    #[arg(value_name = "CONTAINER")]
    file: Option<PathBuf>,
}

impl Verify {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let container = self.container.as_deref().or(self.file.as_deref());
        if container.is_none() && !self.partial.is_empty() {
            return Err(Failure::usage(
                "missing container: pass it before --partial, or with --container",
            ));
        }
        let group = read_group(&self.group)?;
        if let Some(path) = &self.share {
            group.verify_share(&read_share(
                path,
                &group,
                self.passphrase_file.as_deref(),
                output,
            )?)?;
        }
        let diagnosis = container
            .map(|container| self.diagnose(&group, container, output))
            .transpose()?;
        let failure = diagnosis.as_ref().and_then(negative);
        let mut document = json!({
            "valid": failure.is_none(),
            "threshold": group.threshold(),
            "shares": group.shares(),
            "publicKey": group.public_key().to_string(),
            "keyFingerprint": group.key_fingerprint(),
            "fingerprint": group.fingerprint(),
            "partials": self.partial.len(),
        });
        if let (Some(diagnosis), Value::Object(members)) = (&diagnosis, &mut document) {
            members.insert("container".into(), answer(diagnosis));
        }
        if let Some(failure) = failure {
            // Without `--json`, the failure says it all.
            if output.is_json() {
                output.document(&document)?;
            }
            return Err(failure);
        }
        output.result(&document, |_| render(&group, diagnosis.as_ref()))
    }

    fn diagnose(&self, group: &Group, path: &Path, output: Output) -> Result<Diagnosis, Failure> {
        let about = |error: air_crypto::Error| Failure::from(error).about(&path.display().to_string());
        let mut reader = files::open_watched(path, output)?;
        let mut bytes = Vec::new();
        reader
            .by_ref()
            .take(ContainerHeader::LENGTH)
            .read_to_end(&mut bytes)
            .map_err(|error| about(air_crypto::Error::Read(error)))?;
        let header = ContainerHeader::read(&mut bytes.as_slice()).map_err(about)?;
        let curve = group.context().curve();
        let partials = if header.curve() == curve {
            self.verified_partials(group, &header)?
        } else {
            Vec::new()
        };
        let sealed_to = self
            .public_key
            .as_deref()
            .map(|key| CakPublicKey::from_text(Some(curve), key))
            .transpose()?;
        let question = Question {
            group,
            under: &self.under,
            label: &self.label,
            sealed_to: sealed_to.as_ref(),
            likely_labels: self.likely_labels(path),
        };
        let diagnosis = question.answer(&header, &bytes, &partials);
        if let Diagnosis::Opens(context) = &diagnosis {
            // The header fits. The rest must authenticate, too.
            group
                .opener_under(
                    context,
                    &partials,
                    self.label.as_bytes(),
                    bytes.as_slice().chain(reader),
                )
                .and_then(|opener| opener.copy_to(&mut io::sink()))
                .map_err(about)?;
        }
        Ok(diagnosis)
    }

    fn verified_partials(&self, group: &Group, header: &ContainerHeader) -> Result<Vec<Partial>, Failure> {
        let partials = read_partials(&self.partial, group.context().curve())?;
        for partial in &partials {
            group.verify_partial(header, partial)?;
        }
        Ok(partials)
    }

    /// The empty label, and the document's name.
    fn likely_labels(&self, path: &Path) -> Vec<LikelyLabel> {
        let mut labels = Vec::new();
        if !self.label.is_empty() {
            labels.push((String::new(), "an empty text"));
        }
        if is_dash(path) {
            return labels;
        }
        let names = [
            (path.file_name(), "the file's name"),
            (path.file_stem(), "the file's name without its last extension"),
        ];
        for (name, description) in names {
            let name = name.map(|name| name.to_string_lossy().into_owned());
            labels.extend(
                name.filter(|name| *name != self.label)
                    .map(|name| (name, description)),
            );
        }
        labels
    }
}

fn render(group: &Group, diagnosis: Option<&Diagnosis>) -> String {
    let container = match diagnosis {
        Some(Diagnosis::Opens(Context::Managed(context))) if context == group.context() => {
            "\ncontainer: these custodians can open it".to_owned()
        }
        Some(Diagnosis::Opens(_)) => {
            "\ncontainer: these custodians can open it, under another context than the group's; \
                                      pass the same options to `air custody open`"
                .to_owned()
        }
        Some(Diagnosis::NeedsPartials(missing)) => format!(
            "\ncontainer: nothing contradicts this group, but its header does not name key, context and label; pass {missing} \
             more {} to be certain",
            if *missing == 1 { "partial" } else { "partials" }
        ),
        _ => String::new(),
    };
    format!(
        "valid: any {} of {} custodians can open\nkey fingerprint {}\ngroup fingerprint {}{container}",
        group.threshold(),
        group.shares(),
        group.key_fingerprint(),
        group.fingerprint(),
    )
}

/// The failure that a negative answer is.
fn negative(diagnosis: &Diagnosis) -> Option<Failure> {
    match diagnosis {
        Diagnosis::Opens(_) | Diagnosis::NeedsPartials(_) => None,
        Diagnosis::Differs(reasons) => {
            let parts: Vec<_> = reasons.iter().map(|(part, _)| name(*part)).collect();
            Some(
                Failure::rejected(format!(
                    "these custodians can't open the container: the {} differs",
                    parts.join(" and the ")
                ))
                .with_details(reasons.iter().map(|(_, reason)| reason.clone()).collect())
                .with_hint(
                    "pass what the container was sealed with, to this command and to `air custody open`",
                ),
            )
        }
        Diagnosis::Unknown(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| name(*part)).collect();
            Some(
                Failure::rejected(format!(
                    "these custodians can't open the container: the {} differs",
                    parts.join(" or the ")
                ))
                .with_hint(
                    "ask the sealer for the public key (--public-key), the key id and issuer (--managed, --issuer, or --user and \
                     --schema) and the label (--label), and pass them",
                ),
            )
        }
    }
}

fn answer(diagnosis: &Diagnosis) -> Value {
    match diagnosis {
        Diagnosis::Opens(_) => json!({ "opens": true }),
        Diagnosis::NeedsPartials(missing) => json!({ "opens": null, "missingPartials": missing }),
        Diagnosis::Differs(reasons) => {
            let parts: Vec<_> = reasons.iter().map(|(part, _)| part).collect();
            json!({ "opens": false, "differs": parts })
        }
        Diagnosis::Unknown(parts) => json!({ "opens": false, "mayDiffer": parts }),
    }
}

fn name(part: Part) -> &'static str {
    match part {
        Part::Key => "key",
        Part::Context => "context",
        Part::Label => "label",
    }
}
