//! Transactions in presentation requests: their types, their hashes, and the credentials that authorise them.

use air_oid4vc::{
    dcql::Query,
    vp::{AuthorizationRequest, RequestOptions, Rule, TransactionData},
};
use serde_json::{Map, Value, json};

use crate::support::object;
use crate::vp_requests::{RESPONSE_URI, did, nonce, request, rule};

#[test]
fn transaction_data_is_bound_by_its_hash() {
    let details = object(&json!({ "amount": "12.50" })).clone();
    let data = TransactionData::new("payment", &["id"], details).unwrap();
    assert_eq!(data.credential_ids(), ["id"]);
    assert_eq!(data.members()["amount"], "12.50");
    assert_eq!(data.members()["type"], "payment");
    let request = request(RequestOptions {
        transaction_data: vec![data.clone()],
        ..RequestOptions::default()
    });
    let request = request.unwrap();
    assert_eq!(request.check_transaction_types(&["payment"]), Ok(()));
    assert_eq!(rule(request.check_transaction_types(&[])), Rule::TransactionType);
    let items = [data];
    let claims = TransactionData::key_binding_claims(&items);
    assert_eq!(TransactionData::check_key_binding_claims(&items, &claims), Ok(()));
    assert_eq!(
        rule(TransactionData::check_key_binding_claims(&items, &Map::new())),
        Rule::TransactionHashes
    );
    assert_eq!(
        rule(TransactionData::check_key_binding_claims(&[], &claims)),
        Rule::TransactionHashes
    );
    let mut other = claims.clone();
    other.insert("transaction_data_hashes_alg".into(), "sha-512".into());
    assert_eq!(
        rule(TransactionData::check_key_binding_claims(&items, &other)),
        Rule::TransactionHashes
    );
    let encoded = |value: Value| {
        use base64::Engine;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
    };
    let algorithms = |names: Value| {
        encoded(json!({ "type": "a", "credential_ids": ["id"], "transaction_data_hashes_alg": names }))
    };
    assert_eq!(
        rule(TransactionData::parse(&algorithms(json!(["sha-512"])))),
        Rule::TransactionHash
    );
    let named = [TransactionData::parse(&algorithms(json!(["sha-512", "sha-256"]))).unwrap()];
    let claims = TransactionData::key_binding_claims(&named);
    assert_eq!(claims["transaction_data_hashes_alg"], "sha-256");
    assert_eq!(TransactionData::check_key_binding_claims(&named, &claims), Ok(()));
    let mut without = claims;
    without.remove("transaction_data_hashes_alg").unwrap();
    assert_eq!(
        rule(TransactionData::check_key_binding_claims(&named, &without)),
        Rule::TransactionHashes
    );
    for bad in [
        "",
        "e30",
        "!",
        &encoded(json!({ "type": "a", "credential_ids": [] })),
    ] {
        assert_eq!(rule(TransactionData::parse(bad)), Rule::TransactionData, "{bad}");
    }
}

#[test]
fn a_response_authorises_each_transaction_by_a_credential_that_it_names() {
    let item = |kind, ids: &[&str]| TransactionData::new(kind, ids, Map::new()).unwrap();
    let items = [
        item("payment", &["card", "account"]),
        item("consent", &["account"]),
    ];
    let signed = TransactionData::key_binding_claims;
    let (both, payment, consent) = (signed(&items), signed(&items[..1]), signed(&items[1..]));
    let none = Map::new();
    for (bound, is_authorised) in [
        (vec![("account", &both)], true),
        (vec![("card", &payment), ("account", &consent)], true),
        (
            vec![("card", &payment), ("account", &consent), ("photo", &none)],
            true,
        ),
        (vec![("account", &both), ("photo", &payment)], false),
        (vec![("card", &both)], false),
        (vec![("account", &payment)], false),
        (vec![("account", &none)], false),
        (Vec::new(), false),
    ] {
        let checked = TransactionData::check_authorized(&items, &bound);
        if is_authorised {
            assert_eq!(checked, Ok(()), "{bound:?}");
        } else {
            assert_eq!(rule(checked), Rule::TransactionHashes, "{bound:?}");
        }
    }
    assert_eq!(TransactionData::check_authorized(&[], &[("card", &none)]), Ok(()));
    let unexpected = TransactionData::check_authorized(&[], &[("card", &payment)]);
    assert_eq!(rule(unexpected), Rule::TransactionHashes);
    let mut malformed = payment.clone();
    malformed.insert("transaction_data_hashes".into(), json!("x"));
    let malformed = TransactionData::check_authorized(&items[..1], &[("card", &malformed)]);
    assert_eq!(rule(malformed), Rule::TransactionHashes);
}

#[test]
fn transaction_data_needs_holder_binding() {
    let query = Query::from_value(&json!({ "credentials": [
        { "id": "id", "format": "dc+sd-jwt", "meta": {}, "require_cryptographic_holder_binding": false },
    ] }));
    let options = RequestOptions {
        state: Some(nonce()),
        transaction_data: vec![TransactionData::new("payment", &["id"], Map::new()).unwrap()],
        ..RequestOptions::default()
    };
    let made = AuthorizationRequest::direct_post(did(), RESPONSE_URI, nonce(), query.unwrap(), options);
    assert_eq!(rule(made), Rule::TransactionBinding);
}
