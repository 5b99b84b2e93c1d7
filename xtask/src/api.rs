//! Tests the platform against its own OpenAPI document: schemathesis, with every check, on a seeded platform.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use crate::{
    platform::{Seeded, air, text, write},
    python,
    shell::{Outcome, program, root, say},
};

const CONFIG: &str = "crates/air-sandbox/tests/openapi/schemathesis.toml";
const REQUIREMENTS: &str = "crates/air-sandbox/tests/python/requirements.txt";
const PACKAGES: &str = "target/schemathesis/python";
const FOLDER: &str = "target/schemathesis";
/// Setting faults makes other calls fail, so these calls are tested alone, after the others.
const FAULTS: &str = "/sandbox/v1/faults";
/// Moving the clock expires tokens and a reset deletes the data, so these calls are tested last.
const WHOLE: &str = "^/sandbox/v1/(clock|snapshots|reset)";
/// Streams that end only with the platform; other tests read them.
const STREAMS: &str = "^/sandbox/v1/(events|logs/follow)$";

/// `cargo xtask api [EXAMPLES]`: this many fuzzed cases of each operation. Defaults to 40.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let examples = arguments.first().map_or("40", String::as_str);
    if !python::is_installed(REQUIREMENTS, PACKAGES) {
        say("  skipped: Python with pip is not installed");
        return Ok(());
    }
    let platform = SetUp::start()?;
    let others = [
        "--exclude-path",
        FAULTS,
        "--exclude-path-regex",
        &format!("{WHOLE}|{STREAMS}"),
    ];
    platform.test(examples, &others)?;
    platform.test(examples, &["--include-path", FAULTS])?;
    platform.test(examples, &["--include-path-regex", WHOLE])
}

/// A seeded platform, and the tokens for the tests.
struct SetUp {
    seeded: Seeded,
    issuer_token: String,
    verifier_token: String,
    session: String,
}

impl SetUp {
    fn start() -> Outcome<Self> {
        let folder = root().join(FOLDER);
        let seeded = Seeded::start(FOLDER)?;
        let (key, platform) = (seeded.key.as_str(), &seeded.platform);
        let partner = text(&platform.ready, "/seeded/partnerId")?;
        let token = |scope: &[&str]| {
            let sign = [
                "token",
                "sign",
                "--key",
                key,
                "--partner-id",
                partner,
                "--ttl",
                "900",
            ];
            air(&[&sign, scope].concat())
        };
        let issuer_token = token(&["--scope", "issue on-behalf", "--email", "ada@example.com"])?;
        let verifier_token = token(&["--scope", "verify"])?;
        let url = seeded.url()?;
        air(&[
            "sandbox",
            "clock",
            "--url",
            url,
            "--set",
            &last_day_of_next_year(),
        ])?;
        let login = post(
            url,
            "/sandbox/v1/sessions",
            &issuer_token,
            &json!({ "email": "ada@example.com" }),
        )?;
        let order = json!({
            "issuerDid": platform.ready["seeded"]["issuerDid"],
            "credentialId": platform.ready["seeded"]["programs"]["age"],
            "credentialSubject": { "isOver18": true },
        });
        let issued = post(url, "/v1/credentials/issue-on-behalf", &issuer_token, &order)?;
        let session = text(&login, "/sessionToken")?.to_owned();

        for (name, id) in [
            ("partners", partner),
            ("issuers", text(&platform.ready, "/seeded/issuerDid")?),
            ("schemas", text(&platform.ready, "/seeded/schemas/age")?),
            ("programs", text(&platform.ready, "/seeded/programs/age")?),
            (
                "verification-programs",
                text(&platform.ready, "/seeded/verificationPrograms/age")?,
            ),
            ("credentials", text(&issued, "/coreClaimHash")?),
        ] {
            write(&folder.join(format!("{name}.txt")), &format!("\"{id}\"\n"))?;
        }
        fs::copy(root().join(CONFIG), folder.join("schemathesis.toml"))
            .map_err(|error| format!("{CONFIG}: {error}"))?;
        Ok(Self {
            seeded,
            issuer_token,
            verifier_token,
            session,
        })
    }

    fn test(&self, examples: &str, which: &[&str]) -> Outcome {
        let document = format!("{}/openapi.json", self.seeded.url()?);
        program("python3")
            .args(["-m", "schemathesis.cli", "--config-file"])
            .args([&format!("{FOLDER}/schemathesis.toml"), "run", &document])
            .args([
                "--checks",
                "all",
                "--mode",
                "all",
                "--max-examples",
                examples,
                "--no-shrink",
            ])
            .args(which)
            .env("PYTHONPATH", root().join(PACKAGES))
            .env("PYTHONHASHSEED", "0")
            .env("AIR_ISSUER_TOKEN", &self.issuer_token)
            .env("AIR_VERIFIER_TOKEN", &self.verifier_token)
            .env("AIR_SESSION", &self.session)
            .run()
            .map_err(|reason| format!("{reason}; `{}` has the requests", self.seeded.platform.line))
    }
}

/// A future 31st of December, so that the platform's times include the last days of months.
fn last_day_of_next_year() -> String {
    const YEAR: u64 = 31_556_952;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}-12-31T12:00:00Z", 1971 + now.as_secs() / YEAR)
}

/// Makes a call that must succeed.
fn post(url: &str, path: &str, token: &str, body: &Value) -> Outcome<Value> {
    let failed = |error: &dyn std::fmt::Display| format!("POST {path}: {error}");
    let host = url.trim_start_matches("http://");
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.0\r\nHost: {host}\r\nx-partner-auth: {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(host).map_err(|error| failed(&error))?;
    stream
        .write_all(request.as_bytes())
        .map_err(|error| failed(&error))?;
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .map_err(|error| failed(&error))?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or_else(|| failed(&"no answer"))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        return Err(failed(&body));
    }
    serde_json::from_str(body).map_err(|error| failed(&error))
}
