//! Checks that a service has the routes of the vendor's service: each status and body. Prints a line for each case:
//! `met`, `broken` with the expected and the seen response, or `not run` with the missing precondition. Exits with 1
//! if a case is broken.
//!
//! `cargo run -p air-issuer --example conformance -- --url URL --api-key-file FILE [--admin-api-key-file FILE]
//! [--holder-did DID --encryption-key HEX --user ID --schema ID] [--email ADDRESS --claims FILE [--vct VCT]]`
//!
//! With a holder, it issues two credentials to this holder and, with the operator's key, revokes them. With an e-mail
//! address and the claims of a JSON file, it issues a third one. It is an example and not a command of `air`, since
//! only those who replace or develop such a service need it.

// The tests of the crate contain the suite, too. So its files are beside this one, and not in `suite/`.
#[path = "suite.rs"]
mod suite;

use std::{collections::HashMap, fs, io::Write, process::ExitCode};

use self::suite::{Holder, Report, Subject, Target, Verdict};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const OPTIONS: [&str; 10] = [
    "url",
    "api-key-file",
    "admin-api-key-file",
    "holder-did",
    "encryption-key",
    "user",
    "schema",
    "email",
    "claims",
    "vct",
];

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let target = target(&options()?)?;
    let reports = suite::run(&target).await?;
    let mut output = std::io::stdout().lock();
    for Report { case, verdict } in &reports {
        match verdict {
            Verdict::Met => writeln!(output, "met      {case}")?,
            Verdict::NotRun(reason) => writeln!(output, "not run  {case}: {reason}")?,
            Verdict::Broken { expected, seen } => {
                writeln!(
                    output,
                    "broken   {case}\n           expected {expected}\n           seen     {seen}"
                )?;
            }
        }
    }
    let broken = reports
        .iter()
        .filter(|report| matches!(report.verdict, Verdict::Broken { .. }))
        .count();
    writeln!(output, "{broken} of {} cases are broken", reports.len())?;
    Ok(if broken == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The options by name.
fn options() -> Result<HashMap<String, String>, Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut options = HashMap::new();
    while let Some(name) = arguments.next() {
        let name = name.strip_prefix("--").ok_or("give options as --name value")?;
        if !OPTIONS.contains(&name) {
            return Err(format!("unknown option --{name}; the options are {}", OPTIONS.join(", ")).into());
        }
        let value = arguments
            .next()
            .ok_or_else(|| format!("--{name} lacks its value"))?;
        options.insert(name.to_owned(), value);
    }
    Ok(options)
}

fn target(options: &HashMap<String, String>) -> Result<Target, Failure> {
    let option = |name: &str| options.get(name).cloned();
    let key = |name: &str| match options.get(name) {
        Some(path) => fs::read_to_string(path).map(|key| Some(key.trim().to_owned())),
        None => Ok(None),
    };
    let holder = match (
        option("holder-did"),
        option("user"),
        option("schema"),
        option("encryption-key"),
    ) {
        (Some(did), Some(user_id), Some(schema_id), Some(encryption_key)) => Some(Holder {
            did,
            user_id,
            schema_id,
            encryption_key,
        }),
        (None, None, _, None) => None,
        _ => return Err("a holder needs --holder-did, --encryption-key, --user and --schema".into()),
    };
    let subject = match (option("email"), option("schema"), option("claims")) {
        (Some(email), Some(schema_id), Some(claims)) => Some(Subject {
            email,
            vct: option("vct").unwrap_or_else(|| schema_id.clone()),
            schema_id,
            claims: serde_json::from_str(&fs::read_to_string(claims)?)?,
        }),
        (None, _, None) => None,
        _ => return Err("a credential by e-mail address needs --email, --claims and --schema".into()),
    };
    Ok(Target {
        url: option("url")
            .ok_or("give the service's --url")?
            .trim_end_matches('/')
            .to_owned(),
        api_key: key("api-key-file")?.ok_or("give --api-key-file, the file of AIR's key")?,
        admin_api_key: key("admin-api-key-file")?,
        holder,
        subject,
    })
}
