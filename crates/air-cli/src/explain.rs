//! `air explain`: what a message, token or credential is, and which rule it breaks. The rules are those of
//! `air-oid4vc`, `air-vc`, `air-mdoc` and `air-x509`.

mod certificate;
mod credential;
mod mdoc;

use std::path::PathBuf;

use air_ids::UnixTime;
use air_jwt::jws::Unverified;
use air_oid4vc::explain::{self, BrokenRule, Context};
use air_x509::Anchors;
use clap::Args;
use serde::Serialize;

use crate::{
    exit::Failure,
    files::{is_dash, read, read_text},
    output::{Output, done_mark, failed_mark, faint},
    schema::aligned,
    terminal::printable,
    time,
};

/// The maximum length of a token whose header is read.
const LIMIT: usize = 4 * 1024 * 1024;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air explain \"openid-credential-offer://?credential_offer=…\"\n  air explain request.jwt\n  \
                  air explain --anchors authorities.pem --json - < presentation.txt"
)]
pub(crate) struct Explain {
    /// Check times as of this time: a date (midnight in UTC), a time with its offset, or seconds since 1970
    /// [default: now].
    #[arg(long, value_name = "TIME", value_parser = time::parse_seconds_or_time)]
    at: Option<UnixTime>,
    /// Check that one of these authorities issued the signer's certificate (PEM) [default: check
    /// the rules that need none].
    #[arg(long, value_name = "FILE")]
    anchors: Option<PathBuf>,
    /// An offer, request, response, query, metadata, token, proof, credential or presentation: a
    /// file, the text itself, or `-` for stdin.
    #[arg(value_name = "FILE|VALUE", default_value = "-")]
    input: String,
}

/// The knowledge of the reader beside the text.
struct Reader {
    now: UnixTime,
    anchors: Option<Anchors>,
}

/// The explanation of a text: the document of `--json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Explained {
    kind: &'static str,
    #[serde(skip)]
    title: String,
    parts: Vec<(String, String)>,
    broken: Vec<Broken>,
    unchecked: Vec<String>,
}

#[derive(Serialize)]
struct Broken {
    specification: Option<&'static str>,
    section: Option<&'static str>,
    message: String,
}

impl From<BrokenRule> for Broken {
    fn from(rule: BrokenRule) -> Self {
        Self {
            specification: rule.specification,
            section: rule.section,
            message: rule.message,
        }
    }
}

impl Explain {
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let text = self.text()?;
        let reader = Reader {
            now: self.at.unwrap_or_else(time::now),
            anchors: self.anchors()?,
        };
        let explained = explained(text.trim(), &reader).ok_or_else(|| {
            Failure::rejected(
                "this is no offer, request, response, token, proof, credential or presentation that is known",
            )
            .with_hint("for a Partner JWT, run `air token inspect`")
        })?;
        output.result(&explained, drawn)?;
        if explained.broken.is_empty() {
            return Ok(());
        }
        let count = explained.broken.len();
        let noun = if count == 1 { "rule is" } else { "rules are" };
        Err(Failure::not_authorised(format!("{count} {noun} broken")))
    }

    fn anchors(&self) -> Result<Option<Anchors>, Failure> {
        let Some(path) = &self.anchors else {
            return Ok(None);
        };
        let anchors = Anchors::from_pem(&read(path)?);
        let anchors = anchors.map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))?;
        Ok(Some(anchors))
    }

    fn text(&self) -> Result<String, Failure> {
        let path = std::path::Path::new(&self.input);
        if is_dash(path) || path.is_file() {
            return Ok(read_text(path)?.to_string());
        }
        Ok(self.input.clone())
    }
}

fn explained(text: &str, reader: &Reader) -> Option<Explained> {
    // A message has presentations in JSON or in a form.
    let is_message = text.starts_with('{') || text.contains('=');
    if text.contains('~') && !is_message {
        return credential::of(text, reader);
    }
    let token = Unverified::parse(text, LIMIT).ok();
    if token
        .as_ref()
        .is_some_and(|token| token.is_typed("statuslist+jwt"))
    {
        return credential::of_status_list(text, reader);
    }
    let Some(token) = token else {
        let message = explain::explain(text, &Context::at(reader.now)).map(Explained::of);
        return message.or_else(|| mdoc::of(text, reader));
    };
    let chain = certificate::Chain::of(token.header());
    let key = chain.as_ref().and_then(certificate::Chain::key);
    let context = Context {
        certificate: key.as_ref().map(|key| key.borrow(reader.anchors.is_some())),
        ..Context::at(reader.now)
    };
    let mut explained = Explained::of(explain::explain(text, &context)?);
    if let Some(chain) = &chain {
        chain.check_known(&mut explained, reader, None);
    }
    Some(explained)
}

impl Explained {
    fn of(explanation: explain::Explanation) -> Self {
        let parts = explanation.parts.into_iter();
        Self {
            kind: explanation.kind.name(),
            title: explanation.kind.to_string(),
            parts: parts.map(|part| (part.name.to_owned(), part.text)).collect(),
            broken: explanation.broken.into_iter().map(Broken::from).collect(),
            unchecked: explanation.unchecked.into_iter().map(str::to_owned).collect(),
        }
    }
}

fn drawn(explained: &Explained) -> String {
    let mut lines = vec![format!("This is {}.", explained.title), String::new()];
    let rows = explained
        .parts
        .iter()
        .map(|(name, text)| vec![format!("  {name}"), printable(text)]);
    lines.extend(aligned(rows.collect()));
    if explained.broken.is_empty() {
        lines.push(format!(
            "\n{} No rule is broken, as far as this can be checked.",
            done_mark()
        ));
    } else {
        lines.push(String::new());
    }
    for broken in &explained.broken {
        lines.push(format!("{} {}", failed_mark(), printable(&broken.message)));
        let source = match (broken.specification, broken.section) {
            (Some(specification), Some(section)) => format!("{specification}, section {section}"),
            (Some(specification), None) => specification.to_owned(),
            _ => "a limit of this program".to_owned(),
        };
        lines.push(format!("  {}", faint(&source)));
    }
    for unchecked in &explained.unchecked {
        lines.push(faint(&format!("  not checked: {unchecked}")));
    }
    lines.join("\n")
}
