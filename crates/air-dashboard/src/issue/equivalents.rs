//! Renders one request as a command, as curl, in Rust and in TypeScript. Each runs as it is, beside
//! the file of the partner's key.

use air_api::OnDuplicate;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use crate::{layout::listing, schemas::pretty};
use air_platform::dashboard::ProgramRow;

/// The values of the request.
pub(super) struct IssueRequest<'a> {
    pub(super) url: &'a str,
    pub(super) program: &'a ProgramRow,
    pub(super) email: &'a str,
    pub(super) subject: Map<String, Value>,
    pub(super) on_duplicate: OnDuplicate,
}

pub(super) fn equivalents(request: &IssueRequest<'_>) -> Markup {
    html! {
        p.hint { "Each signs with the partner's key, which the platform does not have: " code { "partner-key.pem" } " in the current folder. "
                 "Claims that are required and not filled in have example values." }
        (listing("air", &request.command()))
        (listing("curl", &request.curl()))
        (listing("Rust", &request.rust()))
        (listing("TypeScript", &request.typescript()))
    }
}

impl IssueRequest<'_> {
    fn body(&self) -> String {
        pretty(&json!({
            "issuerDid": self.program.issuer_did,
            "credentialId": self.program.program_id,
            "credentialSubject": self.subject,
            "onDuplicate": self.on_duplicate,
        }))
    }

    fn endpoint(&self) -> String {
        format!("{}/v1/credentials/issue-on-behalf", self.url)
    }

    fn command(&self) -> String {
        let subject = Value::Object(self.subject.clone()).to_string();
        let on_duplicate = match self.on_duplicate {
            OnDuplicate::Ignore => "ignore",
            _ => "revoke",
        };
        format!(
            "printf '%s' {subject} |\n  \
             air issue --url {url} --key partner-key.pem --partner-id {partner} \\\n  \
             --issuer {issuer} --program {program} \\\n  \
             --on-behalf {email} --on-duplicate {on_duplicate} -",
            subject = shell(&subject),
            url = shell(self.url),
            partner = self.program.partner_id,
            issuer = self.program.issuer_did,
            program = self.program.program_id,
            email = shell(self.email),
        )
    }

    fn curl(&self) -> String {
        format!(
            "TOKEN=$(air token sign --key partner-key.pem --partner-id {partner} \\\n  \
             --scope 'issue on-behalf' --email {email})\n\
             curl --fail-with-body {endpoint} \\\n  \
             -H \"x-partner-auth: $TOKEN\" -H 'content-type: application/json' \\\n  \
             -d {body}",
            partner = self.program.partner_id,
            email = shell(self.email),
            endpoint = shell(&self.endpoint()),
            body = shell(&self.body()),
        )
    }

    fn rust(&self) -> String {
        format!(
            "// Dependencies: air-client, serde_json, and tokio with \"macros\" and \"rt-multi-thread\".\n\
             use air_client::prelude::*;\n\n\
             #[tokio::main]\n\
             async fn main() -> Result<(), Box<dyn std::error::Error>> {{\n    \
             let key = SigningKey::from_text(&std::fs::read_to_string(\"partner-key.pem\")?)?;\n    \
             let client = AirClient::builder(Environment::at({url:?})?)\n        \
             .partner({partner:?}.parse()?)\n        \
             .signing_key(key)\n        \
             .build()?;\n    \
             let order: IssueOnBehalf = serde_json::from_str(\n        {body},\n    )?;\n    \
             let recipient: EmailAddress = {email:?}.parse()?;\n    \
             let issued = client.issue_on_behalf(&recipient, &order).await?;\n    \
             println!(\"{{}}\", issued.core_claim_hash);\n    \
             Ok(())\n\
             }}",
            url = self.url,
            partner = self.program.partner_id.as_str(),
            body = raw(&self.body()),
            email = self.email,
        )
    }

    fn typescript(&self) -> String {
        format!(
            "import {{ createHash, createPrivateKey, sign }} from \"node:crypto\";\n\
             import {{ readFileSync }} from \"node:fs\";\n\n\
             const key = createPrivateKey(readFileSync(\"partner-key.pem\")); // EC P-256\n\
             const {{ crv, kty, x, y }} = key.export({{ format: \"jwk\" }});\n\
             // A key that `air keys generate` made has its thumbprint (RFC 7638) as the id.\n\
             const kid = createHash(\"sha256\").update(JSON.stringify({{ crv, kty, x, y }})).digest(\"base64url\");\n\
             const now = Math.floor(Date.now() / 1000);\n\
             const header = {{ alg: \"ES256\", typ: \"JWT\", kid }};\n\
             const claims = {{\n  partnerId: {partner},\n  scope: \"issue on-behalf\",\n  email: {email},\n  \
             iat: now,\n  exp: now + 300,\n}};\n\
             const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString(\"base64url\"));\n\
             const signed = parts.join(\".\");\n\
             const signature = sign(\"sha256\", Buffer.from(signed), {{ key, dsaEncoding: \"ieee-p1363\" }});\n\
             const response = await fetch({endpoint}, {{\n  method: \"POST\",\n  headers: {{\n    \
             \"x-partner-auth\": `${{signed}}.${{signature.toString(\"base64url\")}}`,\n    \
             \"content-type\": \"application/json\",\n  }},\n  body: JSON.stringify({body}),\n}});\n\
             console.log(response.status, await response.text());\n\
             if (!response.ok) process.exitCode = 1;",
            partner = json!(self.program.partner_id),
            email = json!(self.email),
            endpoint = json!(self.endpoint()),
            body = self.body(),
        )
    }
}

/// Quotes any text as one word of a POSIX shell.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Quotes a text as a raw string in Rust, with the required number of `#`.
fn raw(text: &str) -> String {
    let mut hashes = "#".to_owned();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

#[cfg(test)]
mod tests {
    use air_api::{UnixTime, sandbox::Expiration};

    use super::*;

    /// The example is compiled with the workspace.
    #[test]
    fn the_rust_is_the_example_of_the_client() {
        let program = ProgramRow {
            program_id: "c21s70g0i54sn0023172Cv".parse().unwrap(),
            partner_id: "7f01c42c-02cf-4325-96ed-ba034700f724".parse().unwrap(),
            partner_name: "Zenith".to_owned(),
            issuer_did: "did:air:id:test:5P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB"
                .parse()
                .unwrap(),
            schema_id: "c21s70g0i54sn0023172Cv".parse().unwrap(),
            title: "Adult".to_owned(),
            name: None,
            cak: false,
            expiration: Expiration::Permanent,
            published: true,
            accessible_until: None,
            maximum_issuance: None,
            proof: None,
            unlinkable: false,
            predicate_proofs: false,
            created_at: UnixTime::EPOCH,
            issued: 0,
        };
        let order = IssueRequest {
            url: "http://127.0.0.1:8300",
            program: &program,
            email: "ada@example.com",
            subject: Map::from_iter([("isOver18".to_owned(), Value::Bool(true))]),
            on_duplicate: OnDuplicate::Ignore,
        };
        let example = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../air-client/examples/issue_on_behalf.rs"
        );
        let example = std::fs::read_to_string(example).unwrap();
        let (_, shown) = example.split_once("// Dependencies: ").unwrap();
        assert_eq!(format!("// Dependencies: {shown}"), order.rust() + "\n");
    }

    #[test]
    fn what_was_typed_stays_one_word_in_each_language() {
        assert_eq!(shell("it's; rm -rf $HOME"), r"'it'\''s; rm -rf $HOME'");
        assert_eq!(raw(r#"{"a":"b"}"#), "r#\"{\"a\":\"b\"}\"#");
        assert_eq!(raw("\"#"), "r##\"\"#\"##");
    }
}
