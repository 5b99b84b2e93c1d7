use air_jwt::{SigningKey, jws};
use serde_json::{Value, json};

use super::*;

fn rules(list_size: Option<u64>) -> Rules {
    Rules {
        did: "did:web:issuer.example".to_owned(),
        origin: "https://issuer.example".to_owned(),
        iss: IssForm::Origin,
        schemas: BTreeMap::from([(
            "https://issuer.example/types/member".to_owned(),
            "member".to_owned(),
        )]),
        list_size,
        published_keys: vec!["partner-1".to_owned()],
        now: UnixTime::from_secs(1_000),
    }
}

fn signed(change: impl FnOnce(&mut Value)) -> String {
    let mut payload = json!({
        "iss": "https://issuer.example", "id": "urn:1", "nonce": "7", "iat": 10, "exp": 20,
        "vct": "https://issuer.example/types/member",
        "status": {"status_list": {"idx": 1, "uri": "https://issuer.example/statuslist/2"}},
    });
    change(&mut payload);
    let key = SigningKey::generate(&mut rand::rng()).with_kid("partner-1".parse().unwrap());
    jws::sign(&key, "dc+sd-jwt", &payload)
}

/// The second entry of the third list of eight entries.
fn row(signed_part: String) -> SdJwtRow {
    SdJwtRow {
        id: 18,
        holder: "did:air:id:test:holder".to_owned(),
        nonce: Some(7),
        signed_part: Some(signed_part),
        ..SdJwtRow::default()
    }
}

fn refusal(change: impl FnOnce(&mut Value), size: Option<u64>) -> Option<RefusalReason> {
    sd_jwt(&row(signed(change)), &Batch::default(), &rules(size)).err()
}

#[test]
fn a_record_has_the_entry_of_its_id_and_the_key_of_its_header() {
    let record = sd_jwt(&row(signed(|_| ())), &Batch::default(), &rules(Some(8))).unwrap();
    assert_eq!((record.entry, record.names_entry), (Some((2, 1)), true));
    assert_eq!(
        (record.kid.as_str(), record.external_id.as_str()),
        ("partner-1", "urn:1")
    );
    assert_eq!(record.schema_id, "member", "the schema with this type");
    assert_eq!(
        (record.issued_at, record.expires_at),
        (UnixTime::from_secs(10), UnixTime::from_secs(20))
    );
    assert_eq!(record.revoked_at, None);
}

#[test]
fn the_index_is_the_id_minus_one() {
    let rules = rules(Some(8));
    for (id, entry) in [
        (0, None),
        (1, Some((0, 0))),
        (8, Some((0, 7))),
        (9, Some((1, 0))),
        (18, Some((2, 1))),
    ] {
        assert_eq!(rules.entry(id), entry, "{id}");
    }
}

#[test]
fn the_issuance_has_the_schema_and_any_table_the_revocation() {
    let issuance = IssuanceRow {
        id: 3,
        schema_id: "other".to_owned(),
        revoked_at: Some(UnixTime::from_secs(15)),
        ..IssuanceRow::default()
    };
    let mut batch = Batch::default();
    batch.issuances.insert(7, vec![issuance]);
    let record = sd_jwt(&row(signed(|_| ())), &batch, &rules(Some(8))).unwrap();
    assert_eq!(record.schema_id, "other");
    assert_eq!(record.revoked_at, Some(UnixTime::from_secs(15)));

    let mut batch = Batch::default();
    batch.revocations.insert(7);
    let record = sd_jwt(&row(signed(|_| ())), &batch, &rules(Some(8))).unwrap();
    assert_eq!(
        record.revoked_at,
        Some(UnixTime::from_secs(1_000)),
        "the time of the import"
    );
}

#[test]
fn rows_that_contradict_their_credential_are_refused() {
    let eight = Some(8);
    for (reason, refused) in [
        (
            RefusalReason::OtherNonce,
            refusal(|token| token["nonce"] = json!("8"), eight),
        ),
        (
            RefusalReason::Issuer,
            refusal(|token| token["iss"] = json!("https://x.example"), eight),
        ),
        (
            RefusalReason::Credential,
            refusal(|token| token["id"] = json!(5), eight),
        ),
        (RefusalReason::ListEntry, refusal(|_| (), Some(16))),
        (RefusalReason::ListsOff, refusal(|_| (), None)),
    ] {
        assert_eq!(refused, Some(reason));
    }
    let mut without_nonce = row(signed(|_| ()));
    without_nonce.nonce = None;
    let refused = sd_jwt(&without_nonce, &Batch::default(), &rules(eight));
    assert_eq!(refused, Err(RefusalReason::Nonce));
}

#[test]
fn an_issuance_alone_keeps_its_nonce_without_an_entry() {
    let row = IssuanceRow {
        id: 5,
        nonce: Some(9),
        ..IssuanceRow::default()
    };
    let record = issuance(&row, true, &rules(Some(8))).unwrap();
    assert_eq!((record.nonce, record.entry), (9, None));
    assert_eq!(record.external_id, "credential_issuance:5");
    assert_eq!(
        (record.expires_at, record.revoked_at),
        (NEVER, Some(UnixTime::from_secs(1_000)))
    );
    assert_eq!(
        issuance(&IssuanceRow::default(), false, &rules(None)),
        Err(RefusalReason::Nonce)
    );
}

#[test]
fn the_form_of_iss_is_that_of_the_newest_credential() {
    let origin = signed(|_| ());
    let did = signed(|token| token["iss"] = json!("did:web:issuer.example"));
    let foreign = signed(|token| token["iss"] = json!("https://other.example"));
    let rules = rules(None);
    assert_eq!(rules.issuer_form(&[]).unwrap(), None);
    assert_eq!(rules.issuer_form(&["no token".to_owned()]).unwrap(), None);
    assert_eq!(
        rules.issuer_form(&[origin.clone(), did.clone()]).unwrap(),
        Some("origin")
    );
    let other = rules.issuer_form(&[did, origin]);
    assert!(matches!(
        other,
        Err(ImportError::IssForm {
            stored: "did-web",
            configured: "origin"
        })
    ));
    let foreign = rules.issuer_form(&[foreign]);
    assert!(
        matches!(foreign, Err(ImportError::ForeignIssuer { stored, .. }) if stored == "https://other.example")
    );
}

#[test]
fn a_key_is_published_under_its_id_or_its_fragment() {
    let rules = rules(None);
    for (kid, expected) in [
        ("partner-1", true),
        ("did:web:issuer.example#partner-1", true),
        ("partner-2", false),
        ("", false),
    ] {
        assert_eq!(rules.is_published(kid), expected, "{kid}");
    }
}
