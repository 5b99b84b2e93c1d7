//! Issues on behalf of a user and waits for the chain: the program of the book's tutorial for
//! backend engineers.
//!
//! The settings are in `sandbox.json` (`air sandbox env --json > sandbox.json`), and the key is in
//! `partner-key.pem`.

use air_client::{prelude::*, serde_json};

#[expect(clippy::print_stdout, reason = "an example tells what it does")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings: serde_json::Value = serde_json::from_slice(&std::fs::read("sandbox.json")?)?;
    let setting = |pointer: &str| {
        let value = settings.pointer(pointer).and_then(serde_json::Value::as_str);
        value.ok_or_else(|| format!("sandbox.json has no {pointer}"))
    };
    let client = AirClient::builder(Environment::at(setting("/url")?)?)
        .partner(setting("/partnerId")?.parse()?)
        .signing_key(SigningKey::from_text(&std::fs::read_to_string(
            "partner-key.pem",
        )?)?)
        .build()?;

    let order = IssueOnBehalf {
        issuer_did: setting("/issuerDid")?.parse()?,
        program: setting("/programs/kyc")?.parse()?,
        credential_subject: serde_json::from_slice(&std::fs::read("examples/kyc/subject.json")?)?,
        on_duplicate: OnDuplicate::Ignore,
    };
    let recipient: EmailAddress = "bob@example.com".parse()?;
    let issued = client.issue_on_behalf(&recipient, &order).await?;
    let status = client
        .wait_until_anchored(Signed, issued.core_claim_hash, PollSchedule::default())
        .await?;
    println!("{} is {:?}", status.vc_id, status.vc_status);
    Ok(())
}
