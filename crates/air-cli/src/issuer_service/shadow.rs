//! `air issuer shadow`: the responses of the vendor's service and of this one to the same read-only requests.

use std::{env, path::PathBuf};

use air_issuer::{ShadowOptions, ShadowReport, ShadowedRequest, shadow};
use clap::Args;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::ConfigArgs;
use crate::{
    exit::Failure,
    files,
    output::{Output, done_mark, failed_mark, faint},
    terminal::printable,
};

/// The service's variable of the API key.
const API_KEY: &str = "API_KEY";

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air issuer shadow --config issuer.toml --vendor https://vendor.example \\\n      \
                  --ours http://localhost:3000 --api-key-file api-key --user ada@example.com\n\
                  \n\
                  The requests read status lists, revocations, keys, previews and refusals; none of them issues or revokes. \
                  Previews are compared without showing a claim. It exits with 1 if a difference is not an intended one.")]
pub(crate) struct Shadow {
    #[command(flatten)]
    config: ConfigArgs,
    /// The base URL of the vendor's service: https, or http on this machine.
    #[arg(long, value_name = "URL")]
    vendor: String,
    /// The base URL of this service: https, or http on this machine.
    #[arg(long, value_name = "URL")]
    ours: String,
    /// The API key of both services, for previews; `-` is stdin [default: the variable API_KEY, or else no previews].
    #[arg(long, value_name = "FILE", env = "API_KEY_FILE")]
    api_key_file: Option<PathBuf>,
    /// A user whose previews are compared; may be repeated.
    #[arg(long, value_name = "ID")]
    user: Vec<String>,
    /// A schema of the previews; may be repeated [default: all schemas].
    #[arg(long, value_name = "ID", requires = "user")]
    schema: Vec<String>,
    /// The holder of the previews.
    #[arg(long, value_name = "DID", default_value = "did:air:id:test:shadow")]
    holder: String,
}

impl Shadow {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let config = self.config.load()?;
        let options = ShadowOptions {
            vendor: self.vendor.clone(),
            ours: self.ours.clone(),
            api_key: self.api_key(output)?,
            holder_did: self.holder.clone(),
            users: self.user.clone(),
            schemas: self.schema.clone(),
        };
        let report = shadow(&config, &options).await?;
        output.result(&document(&report), |_| render(&report))?;
        match report.unexplained() {
            0 => Ok(()),
            1 => Err(Failure::failed("1 difference is not intended; see above")),
            count => Err(Failure::failed(format!(
                "{count} differences are not intended; see above"
            ))),
        }
    }

    /// The key of the file, or of the service's own variable.
    fn api_key(&self, output: Output) -> Result<Option<Zeroizing<String>>, Failure> {
        let keys = match &self.api_key_file {
            Some(path) => Some(files::read_secret(path, output)?),
            None => env::var(API_KEY).ok().map(Zeroizing::new),
        };
        // There may be several keys, one a line; each of them is valid.
        let first =
            |keys: Zeroizing<String>| Some(Zeroizing::new(keys.trim().lines().next()?.trim().to_owned()));
        Ok(keys.and_then(first))
    }
}

fn document(report: &ShadowReport) -> Value {
    let requests = report.requests.iter().map(|request| {
        let differences = request.differences.iter().map(|difference| {
            json!({
                "place": difference.place,
                "message": difference.message,
                "explanation": difference.explanation,
            })
        });
        json!({
            "request": request.request,
            "vendorStatus": request.vendor,
            "ourStatus": request.ours,
            "differences": differences.collect::<Vec<_>>(),
        })
    });
    json!({
        "unexplained": report.unexplained(),
        "requests": requests.collect::<Vec<_>>(),
        "skipped": report.skipped,
    })
}

fn render(report: &ShadowReport) -> String {
    let mut lines: Vec<String> = report.requests.iter().flat_map(lines_of).collect();
    let skipped = report.skipped.iter();
    lines.extend(skipped.map(|reason| format!("{} skipped {reason}", faint("-"))));
    lines.join("\n")
}

fn lines_of(request: &ShadowedRequest) -> Vec<String> {
    let is_failed = request
        .differences
        .iter()
        .any(|difference| difference.explanation.is_none());
    let mark = match (is_failed, request.differences.is_empty()) {
        (true, _) => failed_mark(),
        (false, true) => done_mark(),
        (false, false) => "~".to_owned(),
    };
    let mut lines = vec![format!("{mark} {}", request.request)];
    for difference in &request.differences {
        let place = place(&difference.place);
        lines.push(format!("    {place}{}", difference.message));
        if let Some(explanation) = difference.explanation {
            lines.push(format!("      {}", faint(&format!("intended: {explanation}"))));
        }
    }
    lines
}

/// The beginning of a line about a member. The place has names of members of the vendor's response.
fn place(place: &str) -> String {
    match place {
        "" => String::new(),
        place => format!("{}: ", printable(place)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_members_do_not_steer_the_terminal() {
        assert_eq!(place(""), "");
        assert_eq!(place("/data/0"), "/data/0: ");
        let shown = place("/\u{1b}[31mkeys\u{7}");
        assert!(!shown.contains(['\u{1b}', '\u{7}']), "{shown:?}");
    }
}
