//! W3C credentials as JWTs: issuing, verifying, and each rejection.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::{SigningKey, jws};
use air_vc::{
    Check, Error, Format, Issuer, Outcome, Verifier,
    status::{
        BitstringStatusList, BitstringStatusListCredential, BitstringStatusListEntry,
        BitstringStatusListOptions, BitstringStatusListVerifier, MINIMUM_ENTRIES, StatusBits,
        StatusListVerifier, StatusPurpose, VerifiedBitstringStatusList,
    },
    type_metadata::TypeChain,
    w3c::W3cIssueOptions,
};
use serde_json::{Value, json};

use crate::support::{self, ISS, NOW, Setup, VCT, after, before, challenge, object, paths, payload, subject};

const LIST: &str = "https://issuer.example/bitstring/1";

fn options() -> W3cIssueOptions {
    W3cIssueOptions {
        types: vec!["KycIdentity".into()],
        contexts: vec!["https://issuer.example/kyc/v1".into()],
        id: Some("urn:uuid:3f2c1f6e-5a2e-4a54-9a0e-4a1b7a3c9d10".into()),
        holder: Some("did:air:id:test:holder".into()),
        valid_from: NOW,
        valid_until: Some(after(1000)),
        ..W3cIssueOptions::default()
    }
}

fn issue(setup: &Setup, options: &W3cIssueOptions) -> String {
    let issuer = Issuer::new(ISS, &setup.key);
    issuer.issue_w3c(options, &subject()).unwrap().as_str().to_owned()
}

fn sign(setup: &Setup, typ: &str, payload: &Value) -> String {
    jws::sign(&setup.key, typ, payload)
}

fn verify(setup: &Setup, token: &str) -> Result<(), Error> {
    setup
        .verifier()
        .with_format(Format::W3cJwt)
        .verify(token, NOW)
        .map(drop)
}

#[test]
fn the_payload_is_the_document_of_version_2() {
    let setup = Setup::new();
    let mut document = payload(&issue(&setup, &options()));
    document["credentialSubject"] = json!(null);
    assert_eq!(
        document,
        json!({
            "@context": ["https://www.w3.org/ns/credentials/v2", "https://issuer.example/kyc/v1"],
            "id": "urn:uuid:3f2c1f6e-5a2e-4a54-9a0e-4a1b7a3c9d10",
            "type": ["VerifiableCredential", "KycIdentity"],
            "issuer": ISS,
            "validFrom": "2027-01-15T08:00:00Z",
            "validUntil": "2027-01-15T08:16:40Z",
            "credentialSubject": null,
        })
    );
}

#[test]
fn what_is_issued_verifies_and_says_the_same() {
    let setup = Setup::new();
    let token = issue(&setup, &options());
    let verifier = setup
        .verifier()
        .with_format(Format::W3cJwt)
        .requiring_type("KycIdentity")
        .requiring_claims(paths(&["address.city"]));
    let verified = verifier.verify(&token, NOW).unwrap();
    assert_eq!(verified.subject(), &subject());
    assert_eq!(verified.issuer(), ISS);
    assert_eq!(verified.expires_at(), Some(after(1000)));
    assert_eq!(
        verified.claims()["credentialSubject"]["id"],
        "did:air:id:test:holder"
    );
}

#[test]
fn reads_version_1_1_with_the_credential_in_a_claim() {
    let setup = Setup::new();
    let token = sign(&setup, "JWT", &version_1_1());
    let verified = setup
        .verifier()
        .requiring_type("UniversityDegreeCredential")
        .with_format(Format::W3cJwt)
        .verify(&token, NOW)
        .unwrap();
    assert_eq!(verified.subject(), &object(&json!({ "degree": "Bachelor" })));
    assert_eq!(verified.expires_at(), Some(after(500)));
    assert_eq!(verified.claims(), &object(&version_1_1()), "all that was signed");
}

fn version_1_1() -> Value {
    json!({
        "iss": ISS, "sub": "did:example:holder", "nbf": NOW, "exp": after(500), "jti": "urn:uuid:1",
        "vc": {
            "@context": ["https://www.w3.org/2018/credentials/v1"],
            "type": ["VerifiableCredential", "UniversityDegreeCredential"],
            "credentialSubject": { "id": "did:example:holder", "degree": "Bachelor" },
        },
    })
}

#[test]
fn refuses_each_broken_rule_by_its_own_check() {
    let setup = Setup::new();
    let with = |change: fn(&mut Value)| {
        let mut document = payload(&issue(&setup, &options()));
        change(&mut document);
        sign(&setup, "vc+jwt", &document)
    };
    let stranger = SigningKey::generate(&mut rand::rng()).with_kid(setup.key.kid().clone());
    let forged = Issuer::new(ISS, &stranger)
        .issue_w3c(&options(), &subject())
        .unwrap();
    for (why, token, check) in [
        ("no token", "a.b".to_owned(), Check::Format),
        (
            "typ",
            sign(&setup, "dc+sd-jwt", &payload(&issue(&setup, &options()))),
            Check::Format,
        ),
        (
            "context",
            with(|d| d["@context"] = json!(["https://example.com"])),
            Check::Format,
        ),
        ("type", with(|d| d["type"] = json!("KycIdentity")), Check::Format),
        (
            "subject",
            with(|d| d["credentialSubject"] = json!([])),
            Check::Format,
        ),
        (
            "issuers",
            with(|d| d["iss"] = json!("https://another.example")),
            Check::Format,
        ),
        ("no issuer", with(|d| d["issuer"] = json!(1)), Check::Format),
        (
            "date",
            with(|d| d["validFrom"] = json!("yesterday")),
            Check::Format,
        ),
        (
            "issuer",
            with(|d| d["issuer"] = json!({ "id": "https://another.example" })),
            Check::Issuer,
        ),
        ("key", forged.as_str().to_owned(), Check::Signature),
        (
            "expired",
            with(|d| d["validUntil"] = json!("2027-01-15T07:00:00Z")),
            Check::Validity,
        ),
        ("exp", with(|d| d["exp"] = json!(before(31))), Check::Validity),
        (
            "ahead",
            with(|d| d["validFrom"] = json!("2027-01-15T09:00:00Z")),
            Check::Validity,
        ),
        (
            "status",
            with(|d| d["credentialStatus"] = json!({ "type": "Another" })),
            Check::Status,
        ),
        (
            "statuses",
            with(|d| d["credentialStatus"] = json!([])),
            Check::Status,
        ),
    ] {
        let refusal = verify(&setup, &token).unwrap_err();
        assert_eq!(refusal.check(), Some(check), "{why}: {refusal}");
    }
    assert_eq!(
        verify(&setup, &with(|d| d["issuer"] = json!({ "id": ISS }))),
        Ok(())
    );
}

#[test]
fn the_type_of_the_token_says_which_version_it_is() {
    let setup = Setup::new();
    let document = payload(&issue(&setup, &options()));
    let refused = |typ, payload: &Value| {
        let refusal = verify(&setup, &sign(&setup, typ, payload)).unwrap_err();
        assert_eq!(refusal.check(), Some(Check::Format), "{typ} {payload}");
    };
    refused("JWT", &document);
    refused("vc+jwt", &version_1_1());
    let mut both = document;
    both["vc"] = version_1_1()["vc"].clone();
    refused("vc+jwt", &both);
}

#[test]
fn a_verified_credential_names_the_lists_that_decide() {
    let setup = Setup::new();
    let entry = |purpose, list: &str, index| BitstringStatusListEntry::new(purpose, list, index);
    let options = W3cIssueOptions {
        statuses: vec![
            entry(StatusPurpose::Revocation, LIST, 7),
            entry(StatusPurpose::Suspension, LIST, 7),
            entry(StatusPurpose::Suspension, "https://issuer.example/bitstring/2", 7),
            entry(StatusPurpose::Message, "https://issuer.example/bitstring/3", 7),
        ],
        ..options()
    };
    let mut document = payload(&issue(&setup, &options));
    document["status"] = json!({ "status_list": { "idx": 1, "uri": "https://issuer.example/statuslist/1" } });
    let token = sign(&setup, "vc+jwt", &document);
    let named = setup
        .verifier()
        .with_format(Format::W3cJwt)
        .named_lists(&token)
        .unwrap();
    assert_eq!(
        named.token.as_ref().map(StatusListVerifier::uri),
        Some("https://issuer.example/statuslist/1")
    );
    let urls: Vec<&str> = named
        .bitstring
        .iter()
        .map(BitstringStatusListVerifier::url)
        .collect();
    assert_eq!(urls, [LIST, "https://issuer.example/bitstring/2"]);

    let mallory = Setup::new();
    assert!(
        setup
            .verifier()
            .with_format(Format::W3cJwt)
            .named_lists(&sign(&mallory, "vc+jwt", &document))
            .is_err()
    );

    let issuer = Issuer::new(ISS, &setup.key);
    let method = setup.key.kid().to_string();
    let proof = issuer
        .issue_w3c(&support::with_proof(&options, &method), &subject())
        .unwrap()
        .into_string();
    assert_eq!(
        setup
            .verifier()
            .with_format(Format::W3cDataIntegrity)
            .named_lists(&proof)
            .unwrap()
            .bitstring
            .len(),
        2
    );
    let forged = proof.replace("bitstring/1", "bitstring/9");
    assert!(
        setup
            .verifier()
            .with_format(Format::W3cDataIntegrity)
            .named_lists(&forged)
            .is_err()
    );
}

#[test]
fn a_list_says_nothing_of_another_issuers_credentials() {
    let (setup, other) = (Setup::new(), Setup::new());
    let options = W3cIssueOptions {
        statuses: vec![BitstringStatusListEntry::new(StatusPurpose::Revocation, LIST, 7)],
        ..options()
    };
    let foreign = BitstringStatusListVerifier::new(ISS, &setup.keys, LIST);
    let foreign = foreign.published_by(ISS, &other.keys);
    let list = foreign
        .verify(&signed_list(&other, StatusPurpose::Revocation, 8), NOW)
        .unwrap();
    assert_eq!(list.issuer(), ISS, "published on its behalf");
    let of_other = BitstringStatusListVerifier::new("https://other.example", &other.keys, LIST);
    let of_other = of_other.published_by(ISS, &other.keys);
    let lists = [of_other
        .verify(&signed_list(&other, StatusPurpose::Revocation, 8), NOW)
        .unwrap()];
    let token = issue(&setup, &options);
    let refusal = setup
        .verifier()
        .with_bitstring_status_lists(&lists)
        .with_format(Format::W3cJwt)
        .verify(&token, NOW);
    assert_eq!(refusal.unwrap_err(), Error::StatusNotKnown { uri: LIST.into() });
    assert!(
        setup
            .verifier()
            .with_bitstring_status_lists(&[list])
            .with_format(Format::W3cJwt)
            .verify(&token, NOW)
            .is_ok()
    );
}

#[test]
fn a_list_that_is_not_there_does_not_hide_one_that_says_revoked() {
    let setup = Setup::new();
    let entry = |list: &str| BitstringStatusListEntry::new(StatusPurpose::Revocation, list, 7);
    let options = W3cIssueOptions {
        statuses: vec![entry("https://issuer.example/bitstring/9"), entry(LIST)],
        ..options()
    };
    let lists = [list(&setup, StatusPurpose::Revocation, 7)];
    let verifier = setup.verifier().with_bitstring_status_lists(&lists);
    let refusal = verifier
        .with_format(Format::W3cJwt)
        .verify(&issue(&setup, &options), NOW);
    assert_eq!(refusal.unwrap_err(), Error::Revoked);
}

#[test]
fn a_type_a_claim_or_a_proof_that_is_demanded_must_be_there() {
    let setup = Setup::new();
    let token = issue(&setup, &options());
    let refused = |verifier: Verifier<'_>| {
        verifier
            .with_format(Format::W3cJwt)
            .verify(&token, NOW)
            .unwrap_err()
    };
    assert_eq!(
        refused(setup.verifier().requiring_type("Another")),
        Error::WrongType
    );
    assert_eq!(
        refused(setup.verifier().requiring_claims(paths(&["nickname"]))),
        Error::ClaimMissing {
            path: "nickname".into()
        }
    );
    assert_eq!(
        refused(setup.verifier().requiring_key_binding(challenge())),
        Error::KeyBindingMissing
    );
}

#[test]
fn a_subject_has_its_id_from_the_terms() {
    let setup = Setup::new();
    let refusal = Issuer::new(ISS, &setup.key).issue_w3c(&options(), &object(&json!({ "id": "x" })));
    assert_eq!(refusal.unwrap_err(), Error::ReservedClaim { name: "id".into() });
}

fn list(setup: &Setup, purpose: StatusPurpose, set: u64) -> VerifiedBitstringStatusList {
    BitstringStatusListVerifier::new(ISS, &setup.keys, LIST)
        .verify(&signed_list(setup, purpose, set), NOW)
        .unwrap()
}

fn signed_list(setup: &Setup, purpose: StatusPurpose, set: u64) -> String {
    let mut list = BitstringStatusList::new(purpose, StatusBits::One, MINIMUM_ENTRIES).unwrap();
    list.set(set, 1).unwrap();
    let options = BitstringStatusListOptions {
        issuer: ISS.into(),
        valid_from: Some(NOW),
        valid_until: Some(after(600)),
        ttl: None,
    };
    BitstringStatusListCredential::sign(&setup.key, LIST, &list, &options).into_string()
}

#[test]
fn the_status_lists_decide_on_revocation_and_suspension() {
    let setup = Setup::new();
    let verify = |purpose: StatusPurpose, index, lists: &[VerifiedBitstringStatusList]| {
        let options = W3cIssueOptions {
            statuses: vec![BitstringStatusListEntry::new(purpose, LIST, index)],
            ..options()
        };
        let verifier = setup.verifier().with_bitstring_status_lists(lists);
        verifier
            .with_format(Format::W3cJwt)
            .verify(&issue(&setup, &options), NOW)
            .map(drop)
    };
    let revoked = [list(&setup, StatusPurpose::Revocation, 7)];
    assert_eq!(verify(StatusPurpose::Revocation, 6, &revoked), Ok(()));
    assert_eq!(
        verify(StatusPurpose::Revocation, 7, &revoked),
        Err(Error::Revoked)
    );
    assert_eq!(
        verify(StatusPurpose::Suspension, 7, &revoked),
        Err(Error::StatusPurposeMismatch)
    );
    let suspended = [list(&setup, StatusPurpose::Suspension, 7)];
    assert_eq!(
        verify(StatusPurpose::Suspension, 7, &suspended),
        Err(Error::Suspended)
    );
    assert_eq!(
        verify(StatusPurpose::Revocation, 6, &[]),
        Err(Error::StatusNotKnown { uri: LIST.into() })
    );
    // Refresh only informs.
    assert_eq!(verify(StatusPurpose::Refresh, 6, &[]), Ok(()));
    for unknown in ["Revocation", "revoked", ""] {
        let refusal = verify(StatusPurpose::Unknown(unknown.into()), 6, &[]).unwrap_err();
        assert!(
            matches!(refusal, Error::MalformedStatus { .. }),
            "{unknown}: {refusal}"
        );
    }
}

#[test]
fn an_entry_that_only_informs_is_not_reported_as_a_check_that_passed() {
    let setup = Setup::new();
    let options = W3cIssueOptions {
        statuses: vec![BitstringStatusListEntry::new(StatusPurpose::Refresh, LIST, 7)],
        ..options()
    };
    let examination = setup
        .verifier()
        .with_format(Format::W3cJwt)
        .examine(&issue(&setup, &options), NOW);
    assert!(examination.result.is_ok());
    assert_eq!(examination.report.outcome(Check::Status).name(), "notNeeded");
}

#[test]
fn type_metadata_is_for_sd_jwt_vcs_only() {
    let setup = Setup::new();
    let mut chain = TypeChain::new(VCT, None);
    chain.add(json!({ "vct": VCT }).to_string().as_bytes()).unwrap();
    let credential_type = chain.finish().unwrap();
    let verifier = setup.verifier().with_format(Format::W3cJwt);
    let jwt = issue(&setup, &options());
    let examination = verifier.examine(&jwt, NOW);
    assert_eq!(
        examination.report.outcome(Check::TypeMetadata).name(),
        "notNeeded"
    );
    let refused = verifier.with_type_metadata(&credential_type).examine(&jwt, NOW);
    assert_eq!(refused.result.unwrap_err(), Error::TypeMetadataMismatch);
    assert_eq!(refused.report.outcome(Check::TypeMetadata), Outcome::Failed);
}

#[test]
fn a_token_status_list_counts_for_a_jwt_of_either_version() {
    let setup = Setup::new();
    let reference = json!({ "status_list": { "idx": 7, "uri": support::STATUS_URI } });
    let mut version_2 = payload(&issue(&setup, &options()));
    version_2["status"] = reference.clone();
    let mut version_1 = version_1_1();
    version_1["status"] = reference;
    for (typ, document) in [("vc+jwt", version_2), ("JWT", version_1)] {
        let token = sign(&setup, typ, &document);
        let unknown = Error::StatusNotKnown {
            uri: support::STATUS_URI.into(),
        };
        assert_eq!(verify(&setup, &token), Err(unknown), "{typ}");
        for (status, expected) in [(0, Ok(())), (1, Err(Error::Revoked))] {
            let lists = [support::status_list(&setup, &[(7, status)])];
            let verifier = setup.verifier().with_status_lists(&lists);
            assert_eq!(
                verifier.with_format(Format::W3cJwt).verify(&token, NOW).map(drop),
                expected,
                "{typ}"
            );
        }
        assert!(
            setup
                .verifier()
                .without_status()
                .with_format(Format::W3cJwt)
                .verify(&token, NOW)
                .is_ok()
        );
        let mut other = document.clone();
        other["status"] = json!({ "another_mechanism": {} });
        assert_eq!(
            verify(&setup, &sign(&setup, typ, &other)).unwrap_err().check(),
            Some(Check::Status)
        );
    }
}

#[test]
fn the_last_word_on_status_counts_for_both_kinds_of_list() {
    let setup = Setup::new();
    let revoked = [list(&setup, StatusPurpose::Revocation, 7)];
    let options = W3cIssueOptions {
        statuses: vec![BitstringStatusListEntry::new(StatusPurpose::Revocation, LIST, 7)],
        ..options()
    };
    let token = issue(&setup, &options);
    let asked = setup
        .verifier()
        .without_status()
        .with_bitstring_status_lists(&revoked)
        .with_format(Format::W3cJwt);
    assert_eq!(asked.verify(&token, NOW).map(drop), Err(Error::Revoked));
    let left_out = asked.without_status();
    assert!(left_out.verify(&token, NOW).is_ok());
}

#[test]
fn going_without_status_shows_in_the_report() {
    let setup = Setup::new();
    let options = W3cIssueOptions {
        statuses: vec![BitstringStatusListEntry::new(StatusPurpose::Revocation, LIST, 7)],
        ..options()
    };
    let verifier = setup.verifier().without_status();
    let examination = verifier
        .with_format(Format::W3cJwt)
        .examine(&issue(&setup, &options), NOW);
    assert!(examination.result.is_ok());
    assert!(matches!(
        examination.report.outcome(Check::Status),
        Outcome::LeftOut(_)
    ));
}
