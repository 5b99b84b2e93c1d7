//! Proof of possession of the holder's key: the table in the README, and each rejection.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::{SigningKey, jws};
use air_vc::{Challenge, Check, Error, Presentation, Verifier};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{ISS, NOW, Setup, VCT, after, before, challenge, paths, subject};

/// A presentation of `isOver18`, bound to [`challenge`] at [`NOW`].
fn presented(setup: &Setup) -> Presentation {
    let credential = setup.issue(&setup.bound(), &subject()).unwrap();
    let shown = credential.present(&paths(&["isOver18"])).unwrap();
    shown.bind(&setup.holder, &challenge(), NOW).unwrap()
}

fn check_binding(setup: &Setup, compact: &str, now: UnixTime) -> Result<(), Error> {
    let verifier = setup.verifier().requiring_key_binding(challenge());
    verifier.verify(compact, now).map(drop)
}

#[test]
fn further_claims_of_the_proof_are_signed_and_returned() {
    let setup = Setup::new();
    let credential = setup.issue(&setup.bound(), &subject()).unwrap();
    let shown = credential.present(&paths(&["isOver18"])).unwrap();
    // The nonce of the challenge is not replaced.
    let further = json!({ "transaction_data_hashes": ["a"], "nonce": "another" });
    let bound = shown
        .bind_claims(&setup.holder, &challenge(), further.as_object().unwrap(), NOW)
        .unwrap();
    let verifier = setup.verifier().requiring_key_binding(challenge());
    let verified = verifier.verify(bound.as_str(), NOW).unwrap();
    let claims = verified.key_binding_claims().unwrap();
    assert_eq!(claims["transaction_data_hashes"], json!(["a"]));
    assert_eq!(claims["nonce"], challenge().nonce);

    let bearer = setup.credential().present(&[]).unwrap();
    let verified = setup.verifier().verify(bearer.as_str(), NOW).unwrap();
    assert_eq!(verified.key_binding_claims(), None);
}

#[test]
fn the_table_of_key_binding() {
    let setup = Setup::new();
    let bearer = setup.credential().present(&[]).unwrap();
    let bound = presented(&setup);
    let (stripped, proof) = bound.as_str().rsplit_once('~').unwrap();
    let stripped = format!("{stripped}~");
    let foreign_proof = format!("{}{proof}", bearer.as_str());
    let unknown = json!({ "iss": ISS, "vct": VCT, "cnf": { "kid": "did:example:123#1" } });
    let unknown = setup.forge("dc+sd-jwt", &unknown, &[]);

    let not_asked = setup.verifier();
    let if_named = setup.verifier().requiring_key_binding_if_named(challenge());
    let required = setup.verifier().requiring_key_binding(challenge());
    let of = |verifier: &Verifier<'_>, compact: &str| {
        let examination = verifier.examine(compact, NOW);
        (
            examination.report.outcome(Check::KeyBinding).name(),
            examination.result.map(|verified| verified.is_holder_bound()).ok(),
        )
    };
    // A credential without a key.
    assert_eq!(of(&not_asked, bearer.as_str()), ("notNeeded", Some(false)));
    assert_eq!(of(&if_named, bearer.as_str()), ("notNeeded", Some(false)));
    assert_eq!(of(&required, bearer.as_str()), ("failed", None));
    for verifier in [&not_asked, &if_named, &required] {
        assert_eq!(of(verifier, &foreign_proof), ("failed", None));
    }
    // A key without a proof.
    assert_eq!(of(&not_asked, &stripped), ("leftOut", Some(false)));
    assert_eq!(of(&if_named, &stripped), ("failed", None));
    assert_eq!(of(&required, &stripped), ("failed", None));
    // A key and a proof.
    assert_eq!(of(&not_asked, bound.as_str()), ("failed", None));
    assert_eq!(of(&if_named, bound.as_str()), ("passed", Some(true)));
    assert_eq!(of(&required, bound.as_str()), ("passed", Some(true)));
    // An unsupported key.
    assert_eq!(of(&not_asked, &unknown), ("leftOut", Some(false)));
    assert_eq!(of(&if_named, &unknown), ("failed", None));
    assert_eq!(of(&required, &unknown), ("failed", None));
}

#[test]
fn refuses_a_stripped_key_binding_jwt() {
    let setup = Setup::new();
    let bound = presented(&setup);
    let (stripped, _) = bound.as_str().rsplit_once('~').unwrap();
    assert_eq!(
        check_binding(&setup, &format!("{stripped}~"), NOW),
        Err(Error::KeyBindingMissing)
    );
}

#[test]
fn refuses_another_nonce_or_audience() {
    let setup = Setup::new();
    let bound = presented(&setup);
    for other in [
        Challenge {
            nonce: "another".into(),
            ..challenge()
        },
        Challenge {
            audience: "another".into(),
            ..challenge()
        },
    ] {
        let verifier = setup.verifier().requiring_key_binding(other);
        let refusal = verifier.verify(bound.as_str(), NOW).unwrap_err();
        assert!(matches!(refusal, Error::KeyBinding { .. }), "{refusal}");
    }
}

#[test]
fn refuses_a_stale_proof_and_one_from_the_future() {
    let setup = Setup::new();
    let bound = presented(&setup);
    assert_eq!(check_binding(&setup, bound.as_str(), after(330)), Ok(()));
    assert_eq!(
        check_binding(&setup, bound.as_str(), after(331)),
        Err(Error::KeyBindingStale { ago: 331, limit: 300 })
    );
    assert_eq!(check_binding(&setup, bound.as_str(), before(30)), Ok(()));
    let verifier = setup
        .verifier()
        .requiring_key_binding(challenge())
        .with_key_binding_age(Duration::from_secs(10));
    assert!(verifier.verify(bound.as_str(), after(40)).is_ok());
    assert!(verifier.verify(bound.as_str(), after(41)).is_err());
}

#[test]
fn refuses_disclosures_added_or_removed_after_the_proof() {
    let setup = Setup::new();
    let credential = setup.issue(&setup.bound(), &subject()).unwrap();
    let shown = credential.present(&paths(&["isOver18", "riskScore"])).unwrap();
    let bound = shown.bind(&setup.holder, &challenge(), NOW).unwrap();
    let parts: Vec<&str> = bound.as_str().split('~').collect();
    let [jwt, first, second, proof] = parts[..] else {
        panic!("{parts:?}")
    };
    let unshown = credential
        .as_str()
        .split('~')
        .skip(1)
        .find(|part| ![first, second, ""].contains(part))
        .unwrap();
    for spoiled in [
        format!("{jwt}~{first}~{proof}"),
        format!("{jwt}~{second}~{first}~{proof}"),
        format!("{jwt}~{first}~{second}~{unshown}~{proof}"),
    ] {
        let refusal = check_binding(&setup, &spoiled, NOW).unwrap_err();
        assert!(
            matches!(refusal.check(), Some(Check::KeyBinding | Check::Disclosures)),
            "{refusal}"
        );
    }
}

#[test]
fn refuses_a_proof_that_is_no_proof() {
    let setup = Setup::new();
    let credential = setup.issue(&setup.bound(), &subject()).unwrap();
    let shown = credential.present(&[]).unwrap();
    let hash = |text: &str| {
        use sha2::Digest;
        URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(text))
    };
    let claims = |change: fn(&mut Value)| {
        let challenge = challenge();
        let mut claims = json!({ "iat": NOW, "nonce": challenge.nonce, "aud": challenge.audience,
            "sd_hash": hash(shown.as_str()) });
        change(&mut claims);
        claims
    };
    let with = |typ: &str, key: &SigningKey, claims: &Value| {
        format!("{}{}", shown.as_str(), jws::sign(key, typ, claims))
    };
    let stranger = SigningKey::generate(&mut rand::rng());
    let good = claims(|_| {});
    assert_eq!(
        check_binding(&setup, &with("kb+jwt", &setup.holder, &good), NOW),
        Ok(())
    );
    for (why, bad) in [
        ("typ", with("JWT", &setup.holder, &good)),
        ("key", with("kb+jwt", &stranger, &good)),
        ("issuer's key", with("kb+jwt", &setup.key, &good)),
        (
            "nonce",
            with("kb+jwt", &setup.holder, &claims(|c| c["nonce"] = json!(null))),
        ),
        (
            "aud",
            with(
                "kb+jwt",
                &setup.holder,
                &claims(|c| c["aud"] = json!(["prog-7", "x"])),
            ),
        ),
        (
            "hash",
            with("kb+jwt", &setup.holder, &claims(|c| c["sd_hash"] = json!("AAAA"))),
        ),
        (
            "no hash",
            with("kb+jwt", &setup.holder, &claims(|c| c["sd_hash"] = json!(null))),
        ),
        (
            "no iat",
            with("kb+jwt", &setup.holder, &claims(|c| c["iat"] = json!("now"))),
        ),
        (
            "future",
            with("kb+jwt", &setup.holder, &claims(|c| c["iat"] = json!(after(31)))),
        ),
        ("no token", format!("{}abc", shown.as_str())),
    ] {
        let refusal = check_binding(&setup, &bad, NOW).unwrap_err();
        assert_eq!(refusal.check(), Some(Check::KeyBinding), "{why}: {refusal}");
    }
}

#[test]
fn a_proof_ends_when_it_says_so() {
    let setup = Setup::new();
    let shown = setup
        .issue(&setup.bound(), &subject())
        .unwrap()
        .present(&[])
        .unwrap();
    let at = |name: &str, time: UnixTime, now: UnixTime| {
        use sha2::Digest;
        let challenge = challenge();
        let mut claims = json!({ "iat": NOW, "nonce": challenge.nonce, "aud": challenge.audience,
            "sd_hash": URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(shown.as_str())) });
        claims[name] = json!(time);
        let bound = format!(
            "{}{}",
            shown.as_str(),
            jws::sign(&setup.holder, "kb+jwt", &claims)
        );
        check_binding(&setup, &bound, now).map_err(|refusal| refusal.check())
    };
    assert_eq!(at("exp", after(10), after(39)), Ok(()));
    assert_eq!(at("exp", after(10), after(40)), Err(Some(Check::KeyBinding)));
    assert_eq!(at("nbf", after(60), after(30)), Ok(()));
    assert_eq!(at("nbf", after(60), after(29)), Err(Some(Check::KeyBinding)));
}
