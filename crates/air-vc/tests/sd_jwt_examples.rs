//! The examples and fragments of RFC 9901 (from its last draft), with its keys and disclosures.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::{JwkSet, jws::Unverified};
use air_vc::{Challenge, Check, Error, Inspection, Verifier};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    sd_jwt_support::{Examples, Shown, content},
    support::{ISS, Setup, VCT, digest_of, object},
};

const LIMIT: usize = 64 * 1024;
/// The only example that is an SD-JWT VC. The others have the `typ` `example+sd-jwt`, so a verifier
/// of credentials rejects them.
const CREDENTIAL: &str = "A.3";
/// Fragments of unsupported features: section, number of fragments, and reason.
const NOT_RUN: [(&str, usize, &str); 1] = [(
    "4.2.6",
    3,
    "claims before they are hidden, text that is no JSON, and digests whose disclosures are not printed",
)];

fn examples() -> Examples {
    let examples: Examples = serde_json::from_str(include_str!("vectors/sd-jwt/examples.json")).unwrap();
    assert_eq!(examples.examples.len(), 8);
    examples
}

fn fragments(section: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(include_str!("vectors/sd-jwt/fragments.json")).unwrap();
    let of_section = all.into_iter().filter(|fragment| fragment["section"] == section);
    of_section.map(|fragment| fragment["json"].clone()).collect()
}

fn presentation(examples: &Examples) -> (&Shown, Challenge, UnixTime) {
    let shown = &examples.named(CREDENTIAL).presentations[0];
    let (challenge, made_at) = shown.challenge().unwrap();
    (shown, challenge, made_at)
}

#[test]
fn each_payload_takes_its_disclosures() {
    let (examples, setup) = (examples(), Setup::new());
    let of_section_6 = object(&fragments("6")[0]);
    let mut payloads = 0;
    for example in &examples.examples {
        example.check_disclosures();
        let subject = example.user_claims.as_ref().unwrap_or(&of_section_6);
        payloads += example.check_payloads(&setup.key, subject);
    }
    assert_eq!(payloads, 9);
}

#[test]
fn each_presentation_is_signed_and_says_what_it_is_processed_to() {
    let examples = examples();
    let (issuer, holder) = (examples.issuer(), examples.holder());
    let (mut shown, mut bound) = (0, 0);
    for example in &examples.examples {
        let name = &example.section;
        for presentation in &example.presentations {
            let jwt = presentation.compact.split('~').next().unwrap();
            let token = Unverified::parse(jwt, LIMIT).unwrap();
            assert!(token.verify_with(&issuer).is_ok(), "{name}");
            assert!(token.verify_with(&holder).is_err(), "{name}");
            let inspection = Inspection::of(&presentation.compact).unwrap();
            assert_eq!(inspection.claims, presentation.processed_payload, "{name}");
            shown += 1;
            let Some(jwt) = presentation.key_binding() else {
                continue;
            };
            assert!(
                Unverified::parse(jwt, LIMIT)
                    .unwrap()
                    .verify_with(&holder)
                    .is_ok(),
                "{name}"
            );
            assert_eq!(inspection.holder_key, Some(holder.kid().to_string()), "{name}");
            let claims = content(jwt);
            assert_eq!(claims["sd_hash"], digest_of(presentation.presented()), "{name}");
            assert!(
                example
                    .kb_jwt_payload
                    .as_ref()
                    .is_none_or(|printed| printed == &claims),
                "{name}"
            );
            bound += 1;
        }
    }
    assert_eq!((shown, bound), (5, 3));
}

#[test]
fn the_holder_makes_each_presentation_of_what_was_issued() {
    let examples = examples();
    let mut made = 0;
    for example in &examples.examples {
        let Some(issued) = &example.issued else { continue };
        for published in &example.presentations {
            published.check_made_of(issued, &example.section);
            made += 1;
        }
    }
    assert_eq!(made, 3);
}

#[test]
fn only_the_credential_of_appendix_a_3_is_one_for_a_verifier() {
    let examples = examples();
    let keys = JwkSet::from(examples.issuer());
    for example in &examples.examples {
        for presentation in &example.presentations {
            let claims = &presentation.processed_payload;
            let issuer = claims
                .get("iss")
                .and_then(Value::as_str)
                .unwrap_or("https://example.com/issuer");
            let mut verifier = Verifier::new(issuer, &keys);
            let mut now = UnixTime::from_secs(1_748_537_243);
            if let Some((challenge, made_at)) = presentation.challenge() {
                verifier = verifier.requiring_key_binding(challenge);
                now = made_at;
            }
            let outcome = verifier.verify(&presentation.compact, now);
            if example.section == CREDENTIAL {
                let verified = outcome.unwrap();
                assert!(verified.is_holder_bound());
                assert_eq!(verified.claims(), claims);
            } else {
                let reason = "the header's `typ` is not dc+sd-jwt";
                assert_eq!(
                    outcome.map(drop),
                    Err(Error::Format { reason }),
                    "{}",
                    example.section
                );
            }
        }
    }
}

#[test]
fn each_change_of_the_credential_is_refused_by_its_own_check() {
    let examples = examples();
    let (shown, challenge, made_at) = presentation(&examples);
    let (keys, holder) = (JwkSet::from(examples.issuer()), JwkSet::from(examples.holder()));
    let issuer = "https://pid-issuer.bund.de.example";
    let compact = shown.compact.as_str();
    let verifier = |keys| Verifier::new(issuer, keys).requiring_key_binding(challenge.clone());
    let refused = |compact: &str| {
        let outcome = verifier(&keys).verify(compact, made_at);
        outcome.unwrap_err().check()
    };
    let parts: Vec<&str> = compact.split('~').collect();
    let issued = examples.named(CREDENTIAL);
    let more = issued.disclosures.iter().map(|one| one.disclosure.as_str());
    let more = more.filter(|one| !parts.contains(one)).collect::<Vec<_>>();
    let swapped = [parts[0], parts[2], parts[1], parts[3], parts[4]].join("~");
    let fewer = [parts[0], parts[1], parts[2], parts[4]].join("~");
    assert_eq!(
        refused(shown.presented()),
        Some(Check::KeyBinding),
        "no key binding"
    );
    assert_eq!(refused(&swapped), Some(Check::KeyBinding), "another order");
    assert_eq!(
        refused(&compact.replacen('~', &format!("~{}~", parts[1]), 1)),
        Some(Check::Disclosures),
        "one twice"
    );
    for one in more {
        let longer = compact.replacen('~', &format!("~{one}~"), 1);
        let check = refused(&longer);
        assert!(
            matches!(check, Some(Check::KeyBinding | Check::Disclosures)),
            "{one}: {check:?}"
        );
    }
    let check = refused(&fewer);
    assert!(
        matches!(check, Some(Check::KeyBinding | Check::Disclosures)),
        "one less: {check:?}"
    );
    let strange = verifier(&holder).verify(compact, made_at);
    assert_eq!(
        strange.unwrap_err().check(),
        Some(Check::Signature),
        "another key"
    );
    let elsewhere = Verifier::new("https://other.example", &keys).verify(compact, made_at);
    assert_eq!(elsewhere.map(drop), Err(Error::UntrustedIssuer));
    let typed = verifier(&keys)
        .requiring_type("urn:eudi:pid:fr:1")
        .verify(compact, made_at);
    assert_eq!(typed.map(drop), Err(Error::WrongType));
    for (nonce, audience) in [
        ("1234567891", "https://verifier.example.org"),
        ("1234567890", "https://verifier.example.com"),
    ] {
        let (nonce, audience) = (nonce.to_owned(), audience.to_owned());
        let other = Verifier::new(issuer, &keys).requiring_key_binding(Challenge { nonce, audience });
        assert!(matches!(
            other.verify(compact, made_at),
            Err(Error::KeyBinding { .. })
        ));
    }
    let late = verifier(&keys).verify(compact, made_at.saturating_add(Duration::from_secs(331)));
    assert!(matches!(late, Err(Error::KeyBindingStale { .. })));
    let early = verifier(&keys).verify(compact, made_at.saturating_sub(Duration::from_secs(31)));
    assert!(matches!(early, Err(Error::KeyBinding { .. })));
    let after = verifier(&keys).verify(compact, UnixTime::from_secs(1_883_000_030));
    assert!(matches!(after, Err(Error::Expired { .. })));
}

/// 4.2: the array, spelled as in the text, has the digest in the payload.
#[test]
fn the_disclosures_of_section_4_stand_in_their_payloads() {
    let setup = Setup::new();
    let spelled = |array: &Value| {
        let texts: Vec<String> = array.as_array().unwrap().iter().map(Value::to_string).collect();
        URL_SAFE_NO_PAD.encode(format!("[{}]", texts.join(", ")))
    };
    let claims = |payload: &Value, disclosure: &str| {
        let mut payload = payload.clone();
        payload["iss"] = json!(ISS);
        payload["vct"] = json!(VCT);
        let compact = setup.forge("dc+sd-jwt", &payload, &[]);
        setup.claims(&format!("{compact}{disclosure}~")).unwrap()
    };
    let member = claims(&fragments("4.2.4.1")[0], &spelled(&fragments("4.2.1")[0]));
    assert_eq!(
        (&member["given_name"], &member["family_name"]),
        (&json!("Alice"), &json!("Möbius"))
    );
    let [before, array] = &fragments("4.2.2")[..] else {
        panic!("two fragments");
    };
    let item = claims(&fragments("4.2.4.2")[0], &spelled(array));
    assert_eq!(item["nationalities"], before["nationalities"]);
}

/// Section 8 serializes an SD-JWT as JSON, which is not supported. The same parts in the compact
/// form verify.
#[test]
fn the_json_serializations_are_refused_and_their_parts_verify() {
    let examples = examples();
    let mut run = 0;
    for fragment in fragments("8.2").into_iter().chain(fragments("8.3")) {
        let json = fragment.to_string();
        assert!(
            matches!(Inspection::of(&json), Err(Error::Format { .. })),
            "{json}"
        );
        let signed = fragment
            .get("signatures")
            .map_or(&fragment, |signatures| &signatures[0]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let header = &signed["header"];
        let jwt = [&signed["protected"], &fragment["payload"], &signed["signature"]]
            .map(text)
            .join(".");
        let token = Unverified::parse(&jwt, LIMIT).unwrap();
        assert!(token.verify_with(&examples.issuer()).is_ok(), "{json}");
        let disclosures: Vec<String> = header["disclosures"]
            .as_array()
            .unwrap()
            .iter()
            .map(text)
            .collect();
        let presented = format!("{jwt}~{}~", disclosures.join("~"));
        let inspection = Inspection::of(&presented).unwrap();
        assert_eq!(inspection.disclosed.len(), disclosures.len(), "{json}");
        assert_eq!(inspection.claims["family_name"], "Doe", "{json}");
        if let Some(jwt) = header["kb_jwt"].as_str() {
            let token = Unverified::parse(jwt, LIMIT).unwrap();
            assert!(token.verify_with(&examples.holder()).is_ok(), "{json}");
            assert_eq!(content(jwt)["sd_hash"], digest_of(&presented), "{json}");
        }
        run += 1;
    }
    assert_eq!(run, 3);
}

#[test]
fn every_fragment_is_run_or_named() {
    let all: Vec<Value> = serde_json::from_str(include_str!("vectors/sd-jwt/fragments.json")).unwrap();
    let run = ["4.2.1", "4.2.2", "4.2.4.1", "4.2.4.2", "6", "8.2", "8.3", "A.5"];
    let of = |section: &str| {
        all.iter()
            .filter(|fragment| fragment["section"] == section)
            .count()
    };
    let named: usize = NOT_RUN.iter().map(|(_, number, _)| number).sum();
    for (section, number, reason) in NOT_RUN {
        assert_eq!(of(section), number, "{section}: {reason}");
    }
    assert_eq!(
        run.iter().map(|section| of(section)).sum::<usize>() + named,
        all.len()
    );
    let published = fragments("A.5")[0].to_string();
    let published = air_jwt::Jwk::from_slice(published.as_bytes()).unwrap();
    assert_eq!(published.thumbprint(), examples().issuer().thumbprint());
}
