//! SD-JWT VCs, presentations of them, and status list tokens.

use air_jwt::jws::Unverified;
use air_vc::{Inspection, diagnose, diagnose_status_list};
use serde_json::{Map, Value};

use super::{Broken, Explained, LIMIT, Reader, certificate::Chain};
use crate::{
    count::{counted, noun},
    time,
};

pub(super) fn of(compact: &str, reader: &Reader) -> Option<Explained> {
    let broken = diagnose(compact, reader.now).ok()?;
    let jwt = compact.split('~').next()?;
    let token = Unverified::parse(jwt, LIMIT).ok()?;
    let mut explained = Explained {
        kind: "credential",
        title: "an SD-JWT VC (RFC 9901)".to_owned(),
        parts: Vec::new(),
        broken: broken.into_iter().map(Broken::from).collect(),
        unchecked: Vec::new(),
    };
    describe(&mut explained, &token.dangerous_payload().unwrap_or_default());
    if let Ok(inspection) = Inspection::of(compact) {
        if inspection.has_key_binding {
            explained.kind = "presentation";
            "a presentation of an SD-JWT VC with a proof of possession (RFC 9901)"
                .clone_into(&mut explained.title);
            explained
                .unchecked
                .push("that nonce and audience of the proof are those of the request".to_owned());
        }
        let disclosed: Vec<String> = inspection.disclosed.iter().map(ToString::to_string).collect();
        explained.part("disclosed", disclosed.join(", "));
        let withheld: usize = inspection.withheld.iter().map(|withheld| withheld.digests).sum();
        explained.part(
            "withheld",
            counted(withheld as u64, "claim or decoy", "claims or decoys"),
        );
    }
    signature(&mut explained, &token, reader);
    Some(explained)
}

pub(super) fn of_status_list(text: &str, reader: &Reader) -> Option<Explained> {
    let broken = diagnose_status_list(text, reader.now).ok()?;
    let token = Unverified::parse(text, LIMIT).ok()?;
    let claims = token.dangerous_payload().unwrap_or_default();
    let mut explained = Explained {
        kind: "statusList",
        title: "a status list token (Token Status List, section 5.1)".to_owned(),
        parts: Vec::new(),
        broken: broken.into_iter().map(Broken::from).collect(),
        unchecked: vec!["that it was fetched from the URI in `sub`".to_owned()],
    };
    explained.claim(&claims, "iss", "issuer");
    explained.claim(&claims, "sub", "list");
    explained.time(&claims, "iat", "issued");
    explained.time(&claims, "exp", "expires");
    if let Some(bits) = claims.get("status_list").and_then(|list| list.get("bits")) {
        explained.part(
            "size",
            format!(
                "{bits} {} for each credential",
                noun(bits.as_u64().unwrap_or_default(), "bit", "bits")
            ),
        );
    }
    signature(&mut explained, &token, reader);
    Some(explained)
}

fn describe(explained: &mut Explained, claims: &Map<String, Value>) {
    explained.claim(claims, "vct", "type");
    let others = claims.get("aka_vcts").and_then(Value::as_array);
    let others: Vec<&str> = others.into_iter().flatten().filter_map(Value::as_str).collect();
    if !others.is_empty() {
        explained.part("other types", others.join(", "));
    }
    explained.claim(claims, "iss", "issuer");
    explained.claim(claims, "sub", "holder");
    explained.time(claims, "iat", "issued");
    explained.time(claims, "exp", "expires");
    let bound = if claims.contains_key("cnf") {
        "a key of the holder"
    } else {
        "no key: anyone who has it can present it"
    };
    explained.part("bound to", bound.to_owned());
    let status = claims
        .get("status")
        .and_then(|status| status.pointer("/status_list/uri"));
    if let Some(uri) = status.and_then(Value::as_str) {
        explained.part("status", format!("in the list {uri}"));
        explained
            .unchecked
            .push("the status, which needs the list".to_owned());
    }
}

/// Verifies the signature with the key of the chain, or says that it is not checked.
fn signature(explained: &mut Explained, token: &Unverified<'_>, reader: &Reader) {
    let Some(chain) = Chain::of(token.header()) else {
        explained
            .unchecked
            .push("the signature, which needs the issuer's key".to_owned());
        return;
    };
    explained.part("key", "of the certificate in the header".to_owned());
    chain.check(explained, reader, None);
    if let Some(key) = chain.jwk()
        && let Err(error) = token.verify_signature(key)
    {
        explained.broken.push(Broken {
            specification: Some("RFC 7515"),
            section: Some("5.2"),
            message: error.to_string(),
        });
    }
}

impl From<air_vc::BrokenRule> for Broken {
    fn from(rule: air_vc::BrokenRule) -> Self {
        Self {
            specification: Some(rule.specification),
            section: Some(rule.section),
            message: rule.message,
        }
    }
}

impl Explained {
    pub(super) fn part(&mut self, name: &str, text: String) {
        self.parts.push((name.to_owned(), text));
    }

    fn claim(&mut self, claims: &Map<String, Value>, name: &str, label: &str) {
        if let Some(text) = claims.get(name).and_then(Value::as_str) {
            self.part(label, text.to_owned());
        }
    }

    fn time(&mut self, claims: &Map<String, Value>, name: &str, label: &str) {
        let date = claims.get(name).and_then(air_jwt::NumericDate::from_json);
        if let Some(date) = date {
            self.part(label, time::date_time(date.floor()));
        }
    }
}
