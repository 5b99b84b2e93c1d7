//! Renders one request as a command, as curl, in Rust and in TypeScript.

use maud::{Markup, html};
use serde_json::{Map, Value, json};

use crate::{layout::listing, schemas::pretty};
use air_platform::{App, dashboard::ProgramRow};

/// The values that are inserted into the four languages.
struct Call<'a> {
    url: &'a str,
    partner: &'a str,
    issuer: &'a str,
    program: &'a str,
    email: &'a str,
    subject: String,
    order: String,
}

pub(super) fn equivalents(
    app: &App,
    program: &ProgramRow,
    email: &str,
    subject: &Map<String, Value>,
) -> Markup {
    let order = json!({
        "issuerDid": program.issuer_did,
        "credentialId": program.program_id,
        "credentialSubject": subject,
    });
    let call = Call {
        url: &app.public_url,
        partner: &program.partner_id,
        issuer: &program.issuer_did,
        program: &program.program_id,
        email,
        subject: Value::Object(subject.clone()).to_string(),
        order: pretty(&order),
    };
    html! {
        p.hint { "Each signs with the partner's key, which the platform does not have: " code { "partner-key.pem" } "." }
        (listing("air", &call.command()))
        (listing("curl", &call.curl()))
        (listing("Rust", &call.rust()))
        (listing("TypeScript", &call.typescript()))
    }
}

impl Call<'_> {
    fn command(&self) -> String {
        format!(
            "printf '%s' {subject} | air issue --url {url} --key partner-key.pem --partner-id {partner} \\\n  \
             --issuer {issuer} --program {program} --on-behalf {email} -",
            subject = shell(&self.subject),
            url = self.url,
            partner = self.partner,
            issuer = self.issuer,
            program = self.program,
            email = shell(self.email),
        )
    }

    fn curl(&self) -> String {
        format!(
            "TOKEN=$(air token sign --key partner-key.pem --partner-id {partner} --scope 'issue on-behalf' --email {email})\n\
             curl {url}/v1/credentials/issue-on-behalf -H \"x-partner-auth: $TOKEN\" -H 'content-type: application/json' \\\n  -d {order}",
            partner = self.partner,
            email = shell(self.email),
            url = self.url,
            order = shell(&self.order),
        )
    }

    fn rust(&self) -> String {
        format!(
            "let key = SigningKey::from_pem(&std::fs::read_to_string(\"partner-key.pem\")?)?;\n\
             let token = PartnerToken::issue_on_behalf({partner:?}.parse()?, {email:?}.parse()?).sign(&key, now)?;\n\
             let order: IssueOnBehalf = serde_json::from_str({order})?;\n\
             let client = AirClient::at({url:?})?;\n\
             let issued = client.issue_on_behalf(token.expose_secret(), &order).await?;",
            partner = self.partner,
            email = self.email,
            order = raw(&self.order),
            url = self.url,
        )
    }

    fn typescript(&self) -> String {
        format!(
            "const key = await importPKCS8(await readFile(\"partner-key.pem\", \"utf8\"), \"ES256\"); // jose\n\
             const token = await new SignJWT({{ partnerId: {partner}, scope: \"issue on-behalf\", email: {email} }})\n  \
             .setProtectedHeader({{ alg: \"ES256\", kid, typ: \"JWT\" }}).setIssuedAt().setExpirationTime(\"5m\").sign(key);\n\
             const response = await fetch({url}, {{\n  method: \"POST\",\n  \
             headers: {{ \"x-partner-auth\": token, \"content-type\": \"application/json\" }},\n  \
             body: JSON.stringify({order}),\n}});",
            partner = json!(self.partner),
            email = json!(self.email),
            url = json!(format!("{}/v1/credentials/issue-on-behalf", self.url)),
            order = self.order,
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
    use super::*;

    #[test]
    fn what_was_typed_stays_one_word_in_each_language() {
        assert_eq!(shell("it's; rm -rf $HOME"), r"'it'\''s; rm -rf $HOME'");
        assert_eq!(raw(r#"{"a":"b"}"#), "r#\"{\"a\":\"b\"}\"#");
        assert_eq!(raw("\"#"), "r##\"\"#\"##");
    }
}
