//! `air quickstart`: the whole flow against an embedded platform, over HTTP and with real keys.

mod anchoring;
mod backend;
mod chain;
mod example;
mod folder;
mod guide;
mod manifest;
mod parties;
mod printer;
mod report;
mod steps;

use std::path::PathBuf;

use air_crypto::Curve;
use air_sandbox::Platform;
use clap::Args;

use crate::{exit::Failure, output::Output, verify::ConsentArgs};
use anchoring::Anchoring;
use backend::BackendStep;
use chain::{Chain, ChainArgs};
use example::Example;
use folder::Folder;
use printer::StepPrinter;
use report::Report;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air quickstart\n  air quickstart --json | python3 -m json.tool\n  air quickstart --deny\n  \
                        air quickstart --subject examples/kyc/subject-wrong.json\n  \
                        air quickstart --chain http://127.0.0.1:8545 --chain-key FILE    # on anvil\n\nWithout a terminal, or with --json, \
                        the user gives consent unless --deny is passed."
)]
pub(crate) struct Quickstart {
    #[command(flatten)]
    consent: ConsentArgs,
    /// The folder for the generated files. The folder of an earlier run is replaced, unless it has
    /// a file that the run did not write, or one that was changed since.
    #[arg(long, value_name = "DIR", default_value = "air-quickstart")]
    out: PathBuf,
    /// The subject to issue to [default: the built-in example].
    #[arg(long, value_name = "FILE")]
    subject: Option<PathBuf>,
    /// A document to seal; may be repeated [default: the built-in examples].
    #[arg(long, value_name = "FILE")]
    document: Vec<PathBuf>,
    /// The curve of the CAK.
    #[arg(long, default_value_t)]
    curve: Curve,
    /// Add step 9: issue by a service of the issuer's own on this machine, which signs and seals the credential itself, and verify it.
    /// The step needs no other program, and leaves the service's files in `issuer/`.
    #[arg(long)]
    issuer_backend: bool,
    #[command(flatten)]
    chain: ChainArgs,
}

impl Quickstart {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        let example = Example::load(self.subject.as_deref(), &self.document)?;
        let chain = self.chain.connect(output).await?;
        let folder = Folder::stage(&self.out)?;
        let mut printer = StepPrinter::begin(output)?;
        let (report, platform) = Box::pin(self.run_steps(&example, &folder, chain, &mut printer)).await?;
        let report = report.finished(printer.steps(), &self.out);
        let agreed = report.agreed();
        folder.write_guide(&guide::write(&report))?;
        platform.stop().await?;
        folder.write_report(&report)?;
        folder.publish()?;
        printer.end(&self.out, agreed)?;
        if output.is_json() {
            output.document(&report)?;
        }
        if agreed {
            Ok(())
        } else {
            Err(Failure::failed(
                "the user denied consent; no key was released and nothing was opened",
            ))
        }
    }

    async fn run_steps(
        &self,
        example: &Example,
        folder: &Folder,
        chain: Option<Chain>,
        printer: &mut StepPrinter,
    ) -> Result<(Report, Platform), Failure> {
        let anchoring = Anchoring::new(chain.as_ref(), printer.output());
        let starting = Box::pin(steps::start_platform(folder, chain));
        let (platform, client) = printer.step("Local platform", starting).await?;
        let (partner, account) = printer
            .step("Partner", steps::register_partner(&client, example, folder))
            .await?;
        let programs = printer
            .step("Schema, programs", steps::publish(&client, &account, example))
            .await?;
        printer
            .step("Subject", async { steps::validate(example) })
            .await?;
        let holder = printer
            .step(
                "Credential",
                steps::issue(
                    &partner, &account, &programs, example, self.curve, &anchoring, folder,
                ),
            )
            .await?;
        let documents = printer
            .step("Sealed", steps::seal(&partner, &holder, example, folder))
            .await?;
        let output = printer.output();
        let consent = |request: &_| self.consent.given_or_asked(request, output);
        let verified = steps::verify(&partner, &programs, &holder, example, folder, consent);
        let verification = printer.step("Verified", verified).await?;
        let mut report = Report::new(&platform, &account, &programs, &holder, documents, verification);
        if report.agreed() {
            let on_behalf = steps::issue_on_behalf(&partner, &account, &programs, example, &anchoring);
            report.on_behalf = Some(printer.step("On behalf", on_behalf).await?);
            if self.issuer_backend {
                let url = platform.url();
                let step = BackendStep {
                    platform: &url,
                    partner: &partner,
                    account: &account,
                    programs: &programs,
                    holder: &holder,
                    example,
                    folder,
                };
                let issued = printer.step("Own backend", Box::pin(step.issue())).await?;
                report.issuer_backend = Some(issued);
            }
        }
        Ok((report, platform))
    }
}
