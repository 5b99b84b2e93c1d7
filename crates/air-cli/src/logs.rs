//! `air logs`: shows the local platform's recent requests.

use air_api::sandbox::{LogQuery, LoggedRequest, RequestLog};
use air_client::SandboxClient;
use clap::Args;

use crate::{
    exit::Failure,
    interrupt::Interrupts,
    output::{Output, done_mark, failed_mark, faint},
    partner::SetUpArgs,
    terminal::printable,
};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air logs --failed\n  \
                  air logs --follow\n\
                  \n\
                  The platform keeps the last thousand requests in memory, without tokens and bodies, and only the route's \
                  template of each path.")]
pub(crate) struct LogsArgs {
    /// Print new requests as they are answered, until interrupted; with --json, one document a line.
    #[arg(long, short)]
    follow: bool,
    /// Show only failed requests, each with a remedy.
    #[arg(long)]
    failed: bool,
    #[command(flatten)]
    platform: SetUpArgs,
}

impl LogsArgs {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let query = LogQuery {
            after: None,
            failed: self.failed,
        };
        if !self.follow {
            return output.result(&local.requests(&query).await?, render);
        }
        let mut interrupts = Interrupts::listen();
        tokio::select! {
            failed = follow(&local, query, output) => failed,
            () = interrupts.next() => Ok(()),
        }
    }
}

async fn follow(local: &SandboxClient<'_>, query: LogQuery, output: Output) -> Result<(), Failure> {
    let mut requests = local.follow_requests(query);
    loop {
        let request = requests.next().await?;
        if output.is_json() {
            output.compact_document(&request)?;
        } else {
            output.line(&line(&request))?;
        }
    }
}

fn render(log: &RequestLog) -> String {
    if log.requests.is_empty() {
        return "no requests found".to_owned();
    }
    let lines: Vec<String> = log.requests.iter().map(line).collect();
    lines.join("\n")
}

/// A request on one line, and its remedy on the next.
fn line(request: &LoggedRequest) -> String {
    let mark = if request.status < 400 {
        done_mark()
    } else {
        failed_mark()
    };
    let path = request.path.as_deref().unwrap_or("(no route)");
    let partner = request.partner_id.as_ref().map(|id| format!(" partner {id}"));
    let names = format!("request {}{}", request.request_id, partner.unwrap_or_default());
    let mut line = format!(
        "{mark} {}  {} {:<6} {}  {} ms  {}",
        request.at,
        request.status,
        printable(&request.method),
        printable(path),
        request.duration_milliseconds,
        faint(&printable(&names)),
    );
    if let Some(message) = &request.message {
        line.push_str("\n    ");
        line.push_str(&printable(message));
    }
    line
}
