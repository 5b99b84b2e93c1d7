//! Issues on behalf of a user: the call that the dashboard shows beside its form, word for word
//! from the next comment on. A test of air-dashboard compares the two.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

// Dependencies: air-client, serde_json, and tokio with "macros" and "rt-multi-thread".
use air_client::prelude::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = SigningKey::from_text(&std::fs::read_to_string("partner-key.pem")?)?;
    let client = AirClient::builder(Environment::at("http://127.0.0.1:8300")?)
        .partner("7f01c42c-02cf-4325-96ed-ba034700f724".parse()?)
        .signing_key(key)
        .build()?;
    let order: IssueOnBehalf = serde_json::from_str(
        r#"{
  "issuerDid": "did:air:id:test:5P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB",
  "credentialId": "c21s70g0i54sn0023172Cv",
  "credentialSubject": {
    "isOver18": true
  },
  "onDuplicate": "ignore"
}"#,
    )?;
    let recipient: EmailAddress = "ada@example.com".parse()?;
    let issued = client.issue_on_behalf(&recipient, &order).await?;
    println!("{}", issued.core_claim_hash);
    Ok(())
}
