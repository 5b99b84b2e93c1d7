//! `air sandbox faults`.

use std::path::PathBuf;

use air_api::sandbox::Faults;
use clap::Args;

use super::json_file;
use crate::{exit::Failure, output::Output, partner::SetUpArgs};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air sandbox faults                    # show the current faults\n  \
                  echo '{\"rules\":[{\"path\":\"/v1\",\"kind\":\"status\",\"status\":503,\"times\":3}]}' \\\n      \
                  | air sandbox faults -\n  \
                  echo '{\"stuckChain\":true}' | air sandbox faults -\n  \
                  echo '{\"stuckChain\":true,\"reorganiseBlocks\":1}' | air sandbox faults -\n  \
                  air sandbox faults --clear\n\
                  \n\
                  Kinds: delay, slowBody (milliseconds); status (retryAfter); drop; loseAnswer; jwksOutage; clockSkew \
                  (seconds). Besides rules: stuckChain, reorganiseBlocks, callbackOutage. A request can ask for its own fault \
                  with a header:\n  \
                  curl -H 'x-air-fault: lose-answer' …")]
pub(crate) struct FaultsArgs {
    /// The faults to set; `-` is stdin [default: show the current faults].
    #[arg(value_name = "FILE.json", conflicts_with = "clear")]
    file: Option<PathBuf>,
    /// Remove all faults.
    #[arg(long)]
    clear: bool,
    #[command(flatten)]
    platform: SetUpArgs,
}

impl FaultsArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let faults = match (&self.file, self.clear) {
            (Some(file), _) => {
                let faults: Faults = json_file::read(file, "a faults file")?;
                local.set_faults(&faults).await?
            }
            (None, true) => local.set_faults(&Faults::default()).await?,
            (None, false) => local.faults().await?,
        };
        output.document(&faults)
    }
}
