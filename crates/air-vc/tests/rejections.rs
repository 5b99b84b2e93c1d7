//! Each check of a verifier, with its rejection.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::{
    JwkSet, RsaSize, SigningKey,
    jws::{self, X5c},
};
use air_vc::{Check, Error, IssueOptions, Issuer, Verifier};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{ISS, NOW, Setup, VCT, after, before, digest, encode, object, paths, subject};

fn failed(setup: &Setup, compact: &str) -> Option<Check> {
    setup.claims(compact).unwrap_err().check()
}

#[test]
fn refuses_what_is_not_the_format() {
    let setup = Setup::new();
    let compact = setup.credential().as_str().to_owned();
    let payload = json!({ "iss": ISS, "vct": VCT, "_sd_alg": "sha-256" });
    let oversized = format!("{compact}{}~", "A".repeat(256 * 1024));
    for bad in [
        "",
        "~",
        "a.b.c~",
        compact.split('~').next().unwrap(),
        &setup.forge("JWT", &payload, &[]),
        &compact.replacen('~', "~~", 1),
        &format!("{compact}!~"),
        &oversized,
    ] {
        assert_eq!(failed(&setup, bad), Some(Check::Format), "{}", bad.len());
    }
}

#[test]
fn accepts_the_older_type_name() {
    let setup = Setup::new();
    let payload = json!({ "iss": ISS, "vct": VCT, "_sd_alg": "sha-256" });
    assert!(setup.claims(&setup.forge("vc+sd-jwt", &payload, &[])).is_ok());
}

#[test]
fn refuses_digests_of_another_hash_function_and_takes_none_named_for_sha_256() {
    let setup = Setup::new();
    let payload = json!({ "iss": ISS, "vct": VCT, "_sd_alg": "sha-512" });
    assert_eq!(
        failed(&setup, &setup.forge("dc+sd-jwt", &payload, &[])),
        Some(Check::Format)
    );
    let claim = json!(["salt", "isOver18", true]);
    let payload = json!({ "iss": ISS, "vct": VCT, "_sd": [digest(&claim)] });
    let claims = setup
        .claims(&setup.forge("dc+sd-jwt", &payload, &[&claim]))
        .unwrap();
    assert_eq!(claims["isOver18"], true);
}

#[test]
fn refuses_an_issuer_that_is_not_trusted_whatever_it_signs_with() {
    let setup = Setup::new();
    let another = Issuer::new("https://mallory.example", &setup.key);
    let credential = another
        .issue(&setup.options(), &subject(), &mut rand::rng())
        .unwrap();
    assert_eq!(
        setup.claims(credential.as_str()).unwrap_err(),
        Error::UntrustedIssuer
    );
    let nameless = setup.forge("dc+sd-jwt", &json!({ "vct": VCT }), &[]);
    assert_eq!(setup.claims(&nameless).unwrap_err(), Error::UntrustedIssuer);
}

#[test]
fn a_credential_without_issuer_is_accepted_by_its_certificate_only() {
    let (setup, other) = (Setup::new(), Setup::new());
    let x5c = X5c::new(b"leaf", []);
    let payload = json!({ "vct": VCT, "iat": NOW });
    let certified = jws::sign_x5c(&setup.key, "dc+sd-jwt", Some(&x5c), &payload) + "~";
    let name = "https://certified.example";
    let verifier = setup.verifier();
    assert_eq!(
        verifier.verify(&certified, NOW).unwrap_err(),
        Error::UntrustedIssuer
    );
    let verifier = verifier.trusting_certificate(name, &setup.keys);
    let verified = verifier.verify(&certified, NOW).unwrap();
    assert_eq!(verified.issuer(), name);

    // Without certificate, of another key, or with an `iss` that is not trusted.
    let uncertified = setup.forge("dc+sd-jwt", &payload, &[]);
    assert_eq!(
        verifier.verify(&uncertified, NOW).unwrap_err(),
        Error::UntrustedIssuer
    );
    let foreign = jws::sign_x5c(&other.key, "dc+sd-jwt", Some(&x5c), &payload) + "~";
    assert_eq!(
        verifier.verify(&foreign, NOW).unwrap_err().check(),
        Some(Check::Signature)
    );
    for iss in [
        json!("https://mallory.example"),
        json!(name),
        json!(null),
        json!(7),
    ] {
        let payload = json!({ "iss": iss, "vct": VCT });
        let named = jws::sign_x5c(&setup.key, "dc+sd-jwt", Some(&x5c), &payload) + "~";
        assert_eq!(
            verifier.verify(&named, NOW).unwrap_err(),
            Error::UntrustedIssuer,
            "{iss}"
        );
    }
}

#[test]
fn each_trusted_issuer_has_its_own_keys() {
    let (first, second) = (Setup::new(), Setup::new());
    let verifier = first.verifier().trusting("https://second.example", &second.keys);
    let issue = |iss, key| {
        Issuer::new(iss, key)
            .issue(&first.options(), &subject(), &mut rand::rng())
            .unwrap()
    };
    let genuine = issue("https://second.example", &second.key);
    let verified = verifier.verify(genuine.as_str(), NOW).unwrap();
    assert_eq!(verified.issuer(), "https://second.example");
    // The second issuer signs in the name of the first.
    let crossed = issue(ISS, &second.key);
    assert_eq!(
        verifier.verify(crossed.as_str(), NOW).unwrap_err().check(),
        Some(Check::Signature)
    );
}

#[test]
fn an_issuer_that_is_trusted_again_has_the_keys_that_were_given_last() {
    let (setup, rotated) = (Setup::new(), Setup::new());
    let (old, new) = (setup.credential(), rotated.credential());
    let verifier = setup.verifier().trusting(ISS, &rotated.keys);
    assert!(verifier.verify(new.as_str(), NOW).is_ok());
    assert_eq!(
        verifier.verify(old.as_str(), NOW).unwrap_err().check(),
        Some(Check::Signature)
    );
}

#[test]
fn refuses_a_forged_signature_and_a_key_that_the_token_brings() {
    let setup = Setup::new();
    let mallory = SigningKey::generate(&mut rand::rng());
    let named_alike = SigningKey::generate(&mut rand::rng()).with_kid(setup.key.kid().clone());
    for key in [&mallory, &named_alike] {
        let forged = Issuer::new(ISS, key)
            .issue(&setup.options(), &subject(), &mut rand::rng())
            .unwrap();
        assert_eq!(failed(&setup, forged.as_str()), Some(Check::Signature));
    }
    let header = json!({ "alg": "ES256", "typ": "dc+sd-jwt", "jwk": mallory.public_jwk() });
    assert_eq!(
        failed(&setup, &signed_by_hand(&mallory, &header)),
        Some(Check::Signature)
    );
}

/// A token with an arbitrary header.
fn signed_by_hand(key: &SigningKey, header: &Value) -> String {
    let payload = json!({ "iss": ISS, "vct": VCT });
    let input = format!("{}.{}", encode(header), encode(&payload));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}~")
}

#[test]
fn refuses_each_swap_of_the_algorithm() {
    let setup = Setup::new();
    let kid = setup.key.kid();
    for alg in ["none", "HS256", "RS256", "ES384", "es256"] {
        let header = json!({ "alg": alg, "typ": "dc+sd-jwt", "kid": kid });
        assert_eq!(
            failed(&setup, &signed_by_hand(&setup.key, &header)),
            Some(Check::Signature),
            "{alg}"
        );
    }
    let critical = json!({ "alg": "ES256", "typ": "dc+sd-jwt", "kid": kid, "crit": ["exp"], "exp": 1 });
    assert_eq!(
        failed(&setup, &signed_by_hand(&setup.key, &critical)),
        Some(Check::Signature)
    );
    let unsigned = setup.credential().as_str().to_owned();
    let (head, rest) = unsigned.split_once('~').unwrap();
    let (input, _) = head.rsplit_once('.').unwrap();
    assert_eq!(
        failed(&setup, &format!("{input}.~{rest}")),
        Some(Check::Signature)
    );
}

#[test]
fn a_missing_kid_means_the_only_key_and_none_of_two() {
    let setup = Setup::new();
    let header = json!({ "alg": "ES256", "typ": "dc+sd-jwt" });
    let compact = signed_by_hand(&setup.key, &header);
    assert!(setup.claims(&compact).is_ok());
    let another = SigningKey::generate(&mut rand::rng());
    let two = JwkSet::new([setup.key.public_jwk(), another.public_jwk()]).unwrap();
    assert_eq!(
        Verifier::new(ISS, &two)
            .verify(&compact, NOW)
            .unwrap_err()
            .check(),
        Some(Check::Signature)
    );
}

#[test]
fn verifies_rs256() {
    let key = SigningKey::generate_rs256(RsaSize::Bits2048, &mut rand::rng());
    let keys = key.public_jwk().into();
    let options = Setup::new().options();
    let credential = Issuer::new(ISS, &key)
        .issue(&options, &subject(), &mut rand::rng())
        .unwrap();
    assert!(Verifier::new(ISS, &keys).verify(credential.as_str(), NOW).is_ok());
}

#[test]
fn refuses_another_type_or_none() {
    let setup = Setup::new();
    let compact = setup.credential().as_str().to_owned();
    let verify = |types: &[&'static str]| {
        let verifier = types
            .iter()
            .fold(setup.verifier(), |verifier, vct| verifier.requiring_type(vct));
        verifier.verify(&compact, NOW).map(drop)
    };
    assert_eq!(verify(&[VCT]), Ok(()));
    assert_eq!(verify(&["urn:air:Another", VCT]), Ok(()));
    assert_eq!(verify(&["urn:air:Another"]), Err(Error::WrongType));
    let typeless = setup.forge("dc+sd-jwt", &json!({ "iss": ISS }), &[]);
    assert_eq!(setup.claims(&typeless), Err(Error::WrongType));
}

#[test]
fn refuses_disclosures_that_were_added_changed_or_doubled() {
    let setup = Setup::new();
    let compact = setup.credential().as_str().to_owned();
    let added = encode(&json!(["salt", "kycLevel", "enhanced"]));
    let first = compact.split('~').nth(1).unwrap();
    for spoiled in [
        format!("{compact}{added}~"),
        compact.replacen(first, &added, 1),
        format!("{compact}{first}~"),
    ] {
        let refusal = setup.claims(&spoiled).unwrap_err();
        assert_eq!(refusal.check(), Some(Check::Disclosures), "{refusal}");
        assert!(!refusal.to_string().contains("enhanced"));
    }
}

#[test]
fn refuses_each_malformed_disclosure() {
    let setup = Setup::new();
    for bad in [
        json!(["salt"]),
        json!(["salt", "a", 1, 2]),
        json!([1, "a", 1]),
        json!(["salt", 1, 1]),
        json!({ "salt": 1 }),
        json!("text"),
        json!(["salt", "_sd", []]),
        json!(["salt", "...", "x"]),
    ] {
        let refusal = setup.claims(&setup.forge_disclosed(&[&bad])).unwrap_err();
        assert!(matches!(refusal, Error::Disclosure { .. }), "{bad}: {refusal}");
    }
}

#[test]
fn refuses_disclosures_in_the_wrong_place() {
    let setup = Setup::new();
    let item = json!(["salt", "an item"]);
    let member = json!(["salt", "name", "a member"]);
    let forge = |payload: Value, disclosure: &Value| {
        let mut whole = json!({ "iss": ISS, "vct": VCT });
        whole
            .as_object_mut()
            .unwrap()
            .extend(payload.as_object().unwrap().clone());
        setup.forge("dc+sd-jwt", &whole, &[disclosure])
    };
    for (payload, disclosure) in [
        (json!({ "_sd": [digest(&item)] }), &item),
        (json!({ "list": [{ "...": digest(&member) }] }), &member),
        // Shadows an existing claim.
        (json!({ "name": 1, "_sd": [digest(&member)] }), &member),
        // The same digest twice.
        (
            json!({ "_sd": [digest(&member)], "within": { "_sd": [digest(&member)] } }),
            &member,
        ),
        (
            json!({ "_sd": [digest(&member), "AAAA"], "within": { "_sd": ["AAAA"] } }),
            &member,
        ),
        // Malformed digests.
        (json!({ "_sd": digest(&member) }), &member),
        (json!({ "_sd": [1, digest(&member)] }), &member),
        (json!({ "list": [{ "...": digest(&item), "more": 1 }] }), &item),
        (json!({ "list": [{ "...": 1 }, { "...": digest(&item) }] }), &item),
        (json!({ "within": { "...": digest(&item) } }), &item),
    ] {
        let refusal = setup.claims(&forge(payload.clone(), disclosure)).unwrap_err();
        assert!(
            matches!(refusal, Error::Disclosure { .. }),
            "{payload}: {refusal}"
        );
    }
}

#[test]
fn no_disclosure_brings_a_claim_that_is_never_hidden() {
    let setup = Setup::new();
    for name in [
        "exp",
        "nbf",
        "cnf",
        "status",
        "vct#integrity",
        "aka_vcts",
        "_sd_alg",
    ] {
        let refusal = setup
            .claims(&setup.forge_disclosed(&[&json!(["salt", name, 1])]))
            .unwrap_err();
        assert!(matches!(refusal, Error::Disclosure { .. }), "{name}: {refusal}");
    }
    // Within an object, these names are not reserved.
    let inner = json!(["salt", "exp", 1]);
    let outer = json!(["salt", "passport", { "_sd": [digest(&inner)] }]);
    let payload = json!({ "iss": ISS, "vct": VCT, "_sd": [digest(&outer)] });
    assert!(
        setup
            .claims(&setup.forge("dc+sd-jwt", &payload, &[&outer, &inner]))
            .is_ok()
    );
}

/// Disclosures with digests of further ones would recurse as deep as the input is long.
#[test]
fn refuses_disclosures_that_nest_without_end() {
    let setup = Setup::new();
    let chain = |links: usize| {
        let mut chain = vec![json!(["salt", "leaf", 1])];
        for _ in 1..links {
            let next = json!(["salt", "link", { "_sd": [digest(chain.last().unwrap())] }]);
            chain.push(next);
        }
        let payload = json!({ "iss": ISS, "vct": VCT, "_sd": [digest(chain.last().unwrap())] });
        setup.forge("dc+sd-jwt", &payload, &chain.iter().collect::<Vec<_>>())
    };
    assert!(setup.claims(&chain(64)).is_ok());
    assert_eq!(failed(&setup, &chain(65)), Some(Check::Disclosures));
    assert_eq!(failed(&setup, &chain(500)), Some(Check::Disclosures));
}

#[test]
fn refuses_more_disclosures_than_are_read() {
    let setup = Setup::new();
    let claims: Vec<Value> = (0..513).map(|n| json!(["salt", format!("c{n}"), n])).collect();
    let some: Vec<&Value> = claims.iter().take(512).collect();
    assert!(setup.claims(&setup.forge_disclosed(&some)).is_ok());
    let all: Vec<&Value> = claims.iter().collect();
    assert_eq!(
        failed(&setup, &setup.forge_disclosed(&all)),
        Some(Check::Disclosures)
    );
}

#[test]
fn demands_the_claims_that_were_asked_for() {
    let setup = Setup::new();
    let presentation = setup.credential().present(&paths(&["address.city"])).unwrap();
    let verify = |asked: &[&str]| {
        setup
            .verifier()
            .requiring_claims(paths(asked))
            .verify(presentation.as_str(), NOW)
            .map(drop)
    };
    assert_eq!(verify(&["address.city"]), Ok(()));
    assert_eq!(verify(&["address"]), Ok(()));
    assert_eq!(
        verify(&["address.city", "isOver18"]),
        Err(Error::ClaimMissing {
            path: "isOver18".into()
        })
    );
}

#[test]
fn an_object_of_which_all_is_withheld_is_not_there() {
    let setup = Setup::new();
    let subject = object(&json!({
        "address": { "city": "Utopia" }, "visas": [{ "country": "AQ" }, "FR"], "none": [], "empty": {}
    }));
    let credential = setup.issue(&setup.options(), &subject).unwrap();
    let verify = |shown: &[&str], requested: &str| {
        let presentation = credential.present(&paths(shown)).unwrap();
        let verifier = setup.verifier().requiring_claims(paths(&[requested]));
        verifier.verify(presentation.as_str(), NOW).is_ok()
    };
    assert!(verify(&["address.city"], "address") && verify(&["visas.1"], "visas"));
    assert!(verify(&["none", "empty"], "none") && verify(&["none", "empty"], "empty"));

    // A holder sends the outer disclosures without the inner ones.
    let compact = credential.as_str();
    let hollow = |name: &str| {
        let mut parts: Vec<&str> = compact.split('~').collect();
        parts.retain(|part| {
            let disclosure = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
            part.contains('.') || String::from_utf8_lossy(&disclosure).contains(name)
        });
        let verifier = setup.verifier().requiring_claims(paths(&[name]));
        verifier.verify(&(parts.join("~") + "~"), NOW).map(drop)
    };
    for name in ["address", "visas"] {
        assert_eq!(
            hollow(name),
            Err(Error::ClaimMissing { path: name.into() }),
            "{name}"
        );
    }
    assert_eq!(hollow("none"), Ok(()));
}

#[test]
fn holds_from_the_later_of_iat_and_nbf_to_exp_with_the_skew() {
    let setup = Setup::new();
    let compact = setup.credential().as_str().to_owned();
    let verify = |now| setup.verifier().verify(&compact, now).map(drop);
    assert_eq!(verify(before(30)), Ok(()));
    assert_eq!(verify(before(31)), Err(Error::NotYetValid { ahead: 31 }));
    assert_eq!(verify(after(1029)), Ok(()));
    assert_eq!(verify(after(1030)), Err(Error::Expired { ago: 30 }));

    let later = IssueOptions {
        not_before: Some(after(500)),
        ..setup.options()
    };
    let later = setup.issue(&later, &subject()).unwrap();
    let verifier = setup.verifier().with_skew(Duration::ZERO).unwrap();
    assert_eq!(
        verifier.verify(later.as_str(), after(499)).unwrap_err(),
        Error::NotYetValid { ahead: 1 }
    );
    assert!(verifier.verify(later.as_str(), after(500)).is_ok());
    assert_eq!(
        verifier.verify(later.as_str(), after(1000)).unwrap_err(),
        Error::Expired { ago: 0 }
    );
    assert!(matches!(
        setup.verifier().with_skew(Duration::from_secs(301)),
        Err(Error::SkewOutOfRange { .. })
    ));
}

#[test]
fn a_credential_without_an_end_is_permanent() {
    let setup = Setup::new();
    let options = IssueOptions {
        expires_at: None,
        ..setup.options()
    };
    let credential = setup.issue(&options, &subject()).unwrap();
    let verified = setup
        .verifier()
        .verify(credential.as_str(), UnixTime::from_secs(u64::MAX >> 1))
        .unwrap();
    assert_eq!(verified.expires_at(), None);
}

#[test]
fn the_report_has_each_check() {
    let setup = Setup::new();
    let names = |compact: &str, now| {
        let report = setup.verifier().examine(compact, now).report;
        report
            .iter()
            .map(|(_, outcome)| outcome.name())
            .collect::<Vec<_>>()
    };
    let compact = setup.credential().as_str().to_owned();
    assert_eq!(
        names(&compact, NOW),
        [
            "passed",
            "passed",
            "passed",
            "passed",
            "passed",
            "notNeeded",
            "notNeeded",
            "passed",
            "notNeeded",
            "notNeeded"
        ]
    );
    assert_eq!(
        names(&compact, after(5000)),
        [
            "passed",
            "passed",
            "passed",
            "passed",
            "passed",
            "notNeeded",
            "notNeeded",
            "failed",
            "notReached",
            "notReached"
        ]
    );
}

#[test]
fn the_report_and_the_error_name_the_same_check() {
    let setup = Setup::new();
    let claims: Vec<Value> = (0..513).map(|n| json!(["salt", format!("c{n}"), n])).collect();
    let all: Vec<&Value> = claims.iter().collect();
    for refused in [
        setup.forge(
            "dc+sd-jwt",
            &json!({ "iss": ISS, "vct": VCT, "_sd_alg": "sha-512" }),
            &[],
        ),
        setup.forge("dc+sd-jwt", &json!({ "iss": ISS, "vct": VCT, "exp": 1.5 }), &[]),
        setup.forge_disclosed(&all),
        format!("{}x~", setup.credential().as_str()),
    ] {
        let examination = setup.verifier().examine(&refused, NOW);
        let check = examination.result.unwrap_err().check().unwrap();
        assert_eq!(
            examination.report.outcome(check),
            air_vc::Outcome::Failed,
            "{check}"
        );
    }
}

/// Each place once stored its whole path as text, which took gigabytes for this input.
#[test]
fn a_long_name_over_many_items_costs_what_it_weighs() {
    let setup = Setup::new();
    let payload = json!({ "iss": ISS, "vct": VCT, "n".repeat(60_000): vec![0; 40_000] });
    let compact = setup.forge("dc+sd-jwt", &payload, &[]);
    let verifier = setup.verifier().requiring_claims(paths(&["vct"]));
    assert!(verifier.verify(&compact, NOW).is_ok());
    let credential: air_vc::Credential = compact.parse().unwrap();
    assert!(credential.present(&paths(&["*"])).is_ok());
}
