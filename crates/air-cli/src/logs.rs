//! `air logs`: the requests that the local platform answered.

use air_api::sandbox::{LogQuery, LoggedRequest, RequestLog};
use air_client::Local;
use clap::Args;

use crate::{
    exit::Failure,
    interrupt::interrupted,
    output::{Output, done_mark, failed_mark, faint},
    partner::SetUpArgs,
    terminal::printable,
};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air logs --failed\n  air logs --follow\n\nThe platform keeps the last thousand requests, in memory: no token, no body, and \
                  of the path its template alone."
)]
pub(crate) struct LogsArgs {
    /// Goes on with each request as it is answered, until it is interrupted; with --json, a document on each line.
    #[arg(long, short)]
    follow: bool,
    /// Only failures, each with what to do.
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
            return output.result(&local.requests(&query).await?, tell);
        }
        tokio::select! {
            failed = follow(&local, query, output) => failed,
            () = interrupted() => Ok(()),
        }
    }
}

async fn follow(local: &Local<'_>, query: LogQuery, output: Output) -> Result<(), Failure> {
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

fn tell(log: &RequestLog) -> String {
    if log.requests.is_empty() {
        return "no such requests".to_owned();
    }
    let lines: Vec<String> = log.requests.iter().map(line).collect();
    lines.join("\n")
}

/// A request on one line, and what to do on the next.
fn line(request: &LoggedRequest) -> String {
    let mark = if request.status < 400 {
        done_mark()
    } else {
        failed_mark()
    };
    let path = request.path.as_deref().unwrap_or("(no such path)");
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
