use air_api::sandbox::AcceptedStatus;
use air_ids::{CoreClaimHash, Curve, PartnerId, SchemaId};

use sqlx::Connection as _;

use super::*;
use crate::{Data, Store, dashboard, partners, seeds};

/// Inserts the partner `p`. `column` has `value`, an SQL expression, instead of a valid value.
async fn insert_partner(tx: &mut WriteTx, column: &str, value: &str) {
    let columns = [
        ("partner_id", "'p'"),
        ("name", "'P'"),
        ("jwks_url", "'https://p.example/jwks'"),
        ("allowed_origins", "'[]'"),
        ("issue_on_behalf", "TRUE"),
        ("issuer_did", "'did:p'"),
        ("verifier_did", "'did:v'"),
        ("issuer_key", "'k'"),
        ("created_at", "1"),
    ];
    let names = columns.map(|(name, _)| name).join(", ");
    let values = columns.map(|(name, valid)| if name == column { value } else { valid });
    query(format!(
        "INSERT INTO partners ({names}) VALUES ({})",
        values.join(", ")
    ))
    .execute(tx)
    .await
    .unwrap();
}

#[tokio::test]
async fn an_unreadable_value_is_an_error_with_its_table_and_column() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let long = format!("'{}'", "x".repeat(65_536));
    for (column, value, reason) in [
        ("issuer_did", "''", "invalid issuer DID: must not be empty"),
        (
            "issuer_did",
            &long,
            "invalid issuer DID of 65536 bytes: must be at most 65535",
        ),
        ("jwks_url", "'no URL'", "invalid URL"),
        ("created_at", "-1", "the stored time -1 is before 1970"),
    ] {
        let mut tx = store.write().await.unwrap();
        insert_partner(&mut tx, column, value).await;
        let error = dashboard::account(&mut tx, "p").await.unwrap_err().to_string();
        let place = format!("dashboard::Account.{column}:");
        assert!(error.contains(&place), "{error}");
        assert!(error.contains(reason), "{error}");
        if column != "created_at" {
            let error = partners::find(&mut tx, "p").await.err().unwrap().to_string();
            assert!(error.contains(&format!("partners::Partner.{column}:")), "{error}");
        }
    }
}

#[tokio::test]
async fn an_unreadable_value_of_a_column_is_an_error_with_its_statement() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let mut tx = store.write().await.unwrap();
    insert_partner(&mut tx, "", "").await;
    let partner = "p".parse().unwrap();
    seeds::insert(&mut tx, &partner, seeds::Kind::Schema, "s", "")
        .await
        .unwrap();
    let found = seeds::find::<SchemaId>(&mut tx, &partner, seeds::Kind::Schema, "s").await;
    let error = found.unwrap_err().to_string();
    assert!(error.contains("SELECT id FROM seeded WHERE"), "{error}");
    assert!(error.contains("invalid schema id: must not be empty"), "{error}");
}

#[tokio::test]
async fn identifiers_hashes_and_curves_are_texts_in_the_database() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let partner: PartnerId = "p".parse().unwrap();
    let hash = CoreClaimHash::from_bytes([0xAB; 32]);
    let texts: (String, String, String) = query_as("SELECT $1, $2, $3")
        .bind(&partner)
        .bind(&hash)
        .bind(Curve::Secp256k1)
        .fetch_one(&mut tx)
        .await
        .unwrap();
    assert_eq!(texts, ("p".to_owned(), "ab".repeat(32), "secp256k1".to_owned()));
    let typed: (PartnerId, CoreClaimHash, Curve) = query_as("SELECT $1, $2, $3")
        .bind(&partner)
        .bind(&hash)
        .bind(Curve::Secp256k1)
        .fetch_one(&mut tx)
        .await
        .unwrap();
    assert_eq!(typed, (partner.clone(), hash, Curve::Secp256k1));

    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let bound: (PartnerId, CoreClaimHash, Curve) = sqlx::query_as("SELECT $1, $2, $3")
        .bind(&partner)
        .bind(hash)
        .bind(Curve::Secp256k1)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(bound, (partner, hash, Curve::Secp256k1));
}

#[tokio::test]
async fn an_absent_value_is_null() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let absent: (Option<PartnerId>, Option<Curve>) = query_as("SELECT $1, $2")
        .bind(None::<&PartnerId>)
        .bind(None::<Curve>)
        .fetch_one(&mut tx)
        .await
        .unwrap();
    assert_eq!(absent, (None, None));
    let status =
        |text: Option<&'static str>| query_scalar::<OptionalText<AcceptedStatus>>("SELECT $1").bind(text);
    for (text, expected) in [(None, None), (Some("expired"), Some(AcceptedStatus::Expired))] {
        let found = status(text).fetch_one(&mut tx).await.unwrap();
        assert_eq!(Option::from(found), expected);
    }
    assert!(status(Some("none")).fetch_one(&mut tx).await.is_err());
}

#[test]
fn places_are_numbered_from_one() {
    assert_eq!(places(2, 2), "($1, $2), ($3, $4)");
    assert_eq!(places(0, 2), "");
}
