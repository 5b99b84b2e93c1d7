//! `air proof request`.

use air_api::sandbox::Condition;
use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{inputs::SchemeArgs, out::OutArgs, program};
use crate::{condition::ConditionText, exit::Failure, output::Output};

#[derive(Args)]
#[command(
    after_help = "A condition is an attribute, an operator (equals, not equals, greater, less, in, not in) and a \
                  value in JSON; a value that is not JSON is a string. `equals` discloses the attribute. Accept one \
                  answer to each request: a proof can be shown again otherwise.\n\
                  \n\
                  Example:\n  \
                  air proof request --scheme scheme.json --verifier did:web:shop.example \\\n      \
                  --program adults --condition 'birthDate less 2008-12-01' \\\n      \
                  --out request.json"
)]
pub(crate) struct Request {
    #[command(flatten)]
    scheme: SchemeArgs,
    /// The verifier's DID, or another name of it.
    #[arg(long, value_name = "DID")]
    verifier: String,
    /// The purpose of the request: the name of the verification program.
    #[arg(long, value_name = "NAME")]
    program: String,
    /// A condition to prove, at most 16. May be repeated.
    #[arg(long, value_name = "ATTRIBUTE OPERATOR VALUE")]
    condition: Vec<ConditionText>,
    /// Attributes to disclose, separated by commas.
    #[arg(long, value_name = "ATTRIBUTES", value_delimiter = ',')]
    disclose: Vec<String>,
    /// The lifetime of the request in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    expires_in: u64,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Members<'a> {
    scheme: Map<String, Value>,
    verifier: &'a str,
    program: &'a str,
    conditions: Vec<&'a Condition>,
    disclose: &'a [String],
    expires_in: u64,
}

impl Request {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        self.out.check(&[self.scheme.path()])?;
        let members = Members {
            scheme: self.scheme.read()?,
            verifier: &self.verifier,
            program: &self.program,
            conditions: self.condition.iter().map(|condition| &condition.0).collect(),
            disclose: &self.disclose,
            expires_in: self.expires_in,
        };
        let reply = program::run("request", &members).await?;
        self.out.document(reply.object("request")?, output)
    }
}
