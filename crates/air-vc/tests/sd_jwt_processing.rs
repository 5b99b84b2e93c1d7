//! The processing cases of sd-jwt-js: claims, disclosure frames, presentation frames and the claims
//! that the verifier gets. The cases are inputs, so the tests sign them, and also alter each in the
//! ways that RFC 9901, 7.1 rejects.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_vc::{ClaimPath, Credential, Error, Inspection, IssueOptions};
use serde_json::{Map, Value, json};

use crate::support::{ISS, NOW, Setup, VCT, challenge, digest, digest_of, encode, object, paths};

/// Paths of presentation frames that name no claim: the source ignores them, `present` rejects
/// them.
const NOT_THERE: [&str; 2] = ["recursions: qux.1.0", "recursions: qux.1.1"];
/// A required claim that counts as missing: an array with every item withheld shows nothing that a
/// verifier can rely on.
const HOLLOW: &str = "array_recursive_sd: test2";
/// Required items that the source counts among all items. RFC 9901, 7.1 removes withheld items, so
/// here each has the index 0.
const COUNTED_AMONG_ALL: [&str; 2] = [
    "array_recursive_sd_some_disclosed: array_with_recursive_sd.2.1",
    "recursions: foo.1",
];
/// Cases whose subject has a claim that [`air_vc::Issuer`] sets itself (`id`, `sub`).
const RESERVED: [&str; 4] = ["complex", "header_mod", "json_serialization", "key_binding"];

fn cases() -> Map<String, Value> {
    let cases: Map<String, Value> =
        serde_json::from_str(include_str!("vectors/sd-jwt/processing-cases.json")).unwrap();
    assert_eq!(cases.len(), 17);
    cases
}

/// The claims that the source expects. It drops an object with every member withheld; RFC 9901, 7.1
/// removes the digests and keeps the object.
fn presented(name: &str, case: &Value) -> Map<String, Value> {
    match name {
        "array_none_disclosed" => object(&json!({ "is_over": {} })),
        _ => object(&case["presentedClaims"]),
    }
}

/// A case's claims, hidden according to its frame.
struct Hidden {
    payload: Value,
    disclosures: Vec<Value>,
}

impl Hidden {
    fn of(case: &Value) -> Self {
        let mut disclosures = Vec::new();
        let mut payload = hide(&case["claims"], &case["disclosureFrame"], &mut disclosures);
        payload["iss"] = json!(ISS);
        payload["vct"] = json!(VCT);
        payload["_sd_alg"] = json!("sha-256");
        Self { payload, disclosures }
    }

    fn signed(&self, setup: &Setup) -> String {
        self.with(setup, &self.disclosures.iter().collect::<Vec<_>>())
    }

    fn with(&self, setup: &Setup, disclosures: &[&Value]) -> String {
        setup.forge("dc+sd-jwt", &self.payload, disclosures)
    }
}

fn hide(value: &Value, frame: &Value, disclosures: &mut Vec<Value>) -> Value {
    let is_hidden = |key: &Value| frame["_sd"].as_array().is_some_and(|keys| keys.contains(key));
    let salt = |disclosures: &Vec<Value>| format!("salt {}", disclosures.len());
    let decoys = (0..frame["_sd_decoy"].as_u64().unwrap_or(0)).map(|n| digest_of(&format!("{frame}{n}")));
    match value {
        Value::Object(members) => {
            let (mut shown, mut digests) = (Map::new(), Vec::new());
            for (name, member) in members {
                let member = hide(member, &frame[name], disclosures);
                if is_hidden(&json!(name)) {
                    let disclosure = json!([salt(disclosures), name, member]);
                    digests.push(digest(&disclosure));
                    disclosures.push(disclosure);
                } else {
                    shown.insert(name.clone(), member);
                }
            }
            digests.extend(decoys);
            if !digests.is_empty() {
                shown.insert("_sd".into(), json!(digests));
            }
            Value::Object(shown)
        }
        Value::Array(items) => {
            let mut shown = Vec::new();
            for (index, item) in items.iter().enumerate() {
                let item = hide(item, &frame[index.to_string()], disclosures);
                if is_hidden(&json!(index)) {
                    let disclosure = json!([salt(disclosures), item]);
                    shown.push(json!({ "...": digest(&disclosure) }));
                    disclosures.push(disclosure);
                } else {
                    shown.push(item);
                }
            }
            shown.extend(decoys.map(|decoy| json!({ "...": decoy })));
            Value::Array(shown)
        }
        scalar => scalar.clone(),
    }
}

/// The paths in a presentation frame.
fn framed(frame: &Value, around: Option<&ClaimPath>, found: &mut Vec<ClaimPath>) {
    for (name, within) in frame.as_object().unwrap() {
        let path = match around {
            Some(around) => around.clone().member(name.as_str()),
            None => ClaimPath::named(name.as_str()),
        };
        if within == &json!(true) {
            found.push(path);
        } else {
            framed(within, Some(&path), found);
        }
    }
}

fn chosen(name: &str, case: &Value, credential: &Credential) -> Vec<ClaimPath> {
    let mut chosen = Vec::new();
    framed(&case["presentationFrames"], None, &mut chosen);
    chosen.retain(|path| {
        let case = format!("{name}: {path}");
        let outcome = credential.present(std::slice::from_ref(path));
        let is_refused = outcome.err()
            == Some(Error::NoSuchClaim {
                path: path.to_string(),
            });
        assert_eq!(is_refused, NOT_THERE.contains(&case.as_str()), "{case}");
        !is_refused
    });
    chosen
}

fn without(claims: &Map<String, Value>, registered: &[&str]) -> Map<String, Value> {
    let mut claims = claims.clone();
    claims.retain(|name, _| !registered.contains(&name.as_str()));
    claims
}

#[test]
fn each_case_presents_what_it_says() {
    let setup = Setup::new();
    for (name, case) in &cases() {
        let credential: Credential = Hidden::of(case).signed(&setup).parse().unwrap();
        let presentation = credential.present(&chosen(name, case, &credential)).unwrap();
        let verified = setup
            .verifier()
            .verify(presentation.as_str(), NOW)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let claims = without(verified.claims(), &["iss", "vct"]);
        assert_eq!(claims, presented(name, case), "{name}");
        for key in case["requiredClaimKeys"].as_array().unwrap() {
            let (key, case) = (
                key.as_str().unwrap(),
                format!("{name}: {}", key.as_str().unwrap()),
            );
            let verifier = setup.verifier().requiring_claims(paths(&[key]));
            let is_there = verifier.verify(presentation.as_str(), NOW).is_ok();
            let is_exception = case == HOLLOW || COUNTED_AMONG_ALL.contains(&case.as_str());
            assert_eq!(is_there, !is_exception, "{case}");
        }
    }
}

#[test]
fn each_case_is_bound_to_the_holder() {
    let setup = Setup::new();
    for (name, case) in &cases() {
        let mut hidden = Hidden::of(case);
        hidden.payload["cnf"] = json!({ "jwk": setup.holder.public_jwk() });
        let credential: Credential = hidden.signed(&setup).parse().unwrap();
        let presentation = credential.present(&chosen(name, case, &credential)).unwrap();
        let verifier = setup.verifier().requiring_key_binding(challenge());
        assert_eq!(
            verifier.verify(presentation.as_str(), NOW).map(drop),
            Err(Error::KeyBindingMissing),
            "{name}"
        );
        let bound = presentation.bind(&setup.holder, &challenge(), NOW).unwrap();
        let verified = verifier
            .verify(bound.as_str(), NOW)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(verified.is_holder_bound(), "{name}");
        let claims = without(verified.claims(), &["iss", "vct", "cnf"]);
        assert_eq!(claims, presented(name, case), "{name}");
    }
}

#[test]
fn each_case_is_issued_and_shown_whole() {
    let setup = Setup::new();
    let options = IssueOptions {
        vct: VCT.into(),
        issued_at: NOW,
        ..IssueOptions::default()
    };
    for (name, case) in &cases() {
        let subject = object(&case["claims"]);
        let issued = setup.issue(&options, &subject);
        if RESERVED.contains(&name.as_str()) {
            assert!(matches!(issued, Err(Error::ReservedClaim { .. })), "{name}");
            continue;
        }
        let claims = setup.claims(issued.unwrap().as_str()).unwrap();
        assert_eq!(without(&claims, &["iss", "vct", "iat"]), subject, "{name}");
    }
}

/// RFC 9901, 7.1, 3.d and 4: digests determine the place of a disclosure, not the order.
#[test]
fn the_order_of_disclosures_does_not_matter() {
    let setup = Setup::new();
    for (name, case) in &cases() {
        let hidden = Hidden::of(case);
        let reversed: Vec<&Value> = hidden.disclosures.iter().rev().collect();
        let claims = setup.claims(&hidden.with(&setup, &reversed)).unwrap();
        assert_eq!(
            without(&claims, &["iss", "vct"]),
            object(&case["claims"]),
            "{name}"
        );
    }
}

#[test]
fn each_case_is_refused_with_a_disclosure_twice_changed_or_without_its_place() {
    let setup = Setup::new();
    let foreign = json!(["salt", "a claim that nobody signed", 1]);
    let mut spoiled = 0;
    for (name, case) in &cases() {
        let hidden = Hidden::of(case);
        let all: Vec<&Value> = hidden.disclosures.iter().collect();
        let refused = |disclosures: &[&Value], how: &str| {
            let outcome = setup.claims(&hidden.with(&setup, disclosures));
            assert!(matches!(outcome, Err(Error::Disclosure { .. })), "{name}: {how}");
        };
        refused(&[all.as_slice(), &[&foreign]].concat(), "a foreign one");
        for (index, one) in all.iter().enumerate() {
            refused(&[all.as_slice(), &[one]].concat(), &format!("{one} twice"));
            let mut changed = all.clone();
            let mut other = (*one).clone();
            *other.as_array_mut().unwrap().last_mut().unwrap() = json!("another value");
            changed[index] = &other;
            refused(&changed, &format!("{one} changed"));
            // Disclosures within it have no place without it.
            let mut fewer = all.clone();
            fewer.remove(index);
            if fewer
                .iter()
                .any(|within| one.to_string().contains(&digest(within)))
            {
                refused(&fewer, &format!("{one} left out"));
            } else {
                assert!(
                    setup.claims(&hidden.with(&setup, &fewer)).is_ok(),
                    "{name}: {one}"
                );
            }
            spoiled += 1;
        }
    }
    assert_eq!(spoiled, 89);
}

#[test]
fn each_case_is_refused_with_a_digest_twice_or_another_hash() {
    let setup = Setup::new();
    for (name, case) in &cases() {
        for at in Hidden::of(case).disclosures.iter().map(digest) {
            for twin in [json!({ "_sd": [at] }), json!([{ "...": at }])] {
                let mut hidden = Hidden::of(case);
                hidden.payload["twin"] = twin.clone();
                let outcome = setup.claims(&hidden.signed(&setup));
                assert!(matches!(outcome, Err(Error::Disclosure { .. })), "{name}: {twin}");
            }
        }
        for hash in [json!("sha-512"), json!("SHA-256"), json!("md5"), Value::Null] {
            let mut hidden = Hidden::of(case);
            hidden.payload["_sd_alg"] = hash.clone();
            let outcome = setup.claims(&hidden.signed(&setup));
            assert!(matches!(outcome, Err(Error::Format { .. })), "{name}: {hash}");
        }
    }
}

#[test]
fn each_case_is_refused_in_a_broken_compact_form() {
    let setup = Setup::new();
    for (name, case) in &cases() {
        let compact = Hidden::of(case).signed(&setup);
        let jwt = compact.split('~').next().unwrap();
        let broken = [
            jwt.to_owned(),
            format!("~{compact}"),
            format!("{compact}~"),
            compact.replacen('~', "~~", 1),
            format!("{jwt}~{}=~", encode(&json!(["salt", "name", 1]))),
        ];
        for form in broken {
            assert!(
                matches!(Inspection::of(&form), Err(Error::Format { .. })),
                "{name}: {form}"
            );
            assert!(setup.claims(&form).is_err(), "{name}: {form}");
        }
        // The part after the last `~` is a key-binding JWT.
        let outcome = setup.claims(&format!("{compact}{jwt}"));
        assert!(
            matches!(outcome, Err(Error::KeyBindingUnexpected { .. })),
            "{name}"
        );
    }
}
