//! The schemes of programs whose credentials can be used for predicate proofs.

use air_ids::{ProgramId, UnixTime};

use super::{ReadTx, WriteTx, sql};

/// Stores the scheme of a new program: a JSON document.
pub async fn insert(
    tx: &mut WriteTx,
    program_id: &ProgramId,
    document: &str,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query("INSERT INTO predicate_schemes (program_id, document, created_at) VALUES ($1, $2, $3)")
        .bind(program_id)
        .bind(document)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// Returns the scheme of a program; `None` if the program has none.
pub async fn find(tx: &mut ReadTx, program_id: &str) -> sqlx::Result<Option<String>> {
    sql::query_scalar("SELECT document FROM predicate_schemes WHERE program_id = $1")
        .bind(program_id)
        .fetch_optional(tx)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Data, Store,
        predicate_keys::{self, PredicateKey},
    };

    #[tokio::test]
    async fn an_issuer_has_one_key_and_a_program_one_scheme() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        for statement in [
            "INSERT INTO partners (partner_id, name, jwks_url, allowed_origins, issue_on_behalf, issuer_did, verifier_did, issuer_key, created_at)
             VALUES ('p', 'n', 'u', '[]', true, 'i', 'v', 'k', 0)",
            "INSERT INTO schemas (schema_id, partner_id, form, created_at) VALUES ('s', 'p', '{}', 0)",
            "INSERT INTO programs (program_id, partner_id, schema_id, cak, expiration, published, created_at)
             VALUES ('g', 'p', 's', false, '90d', true, 0)",
        ] {
            sql::query(statement).execute(&mut tx).await.unwrap();
        }
        let (partner, program, now) = ("p".parse().unwrap(), "g".parse().unwrap(), UnixTime::from_secs(1));
        assert!(predicate_keys::find(&mut tx, &partner).await.unwrap().is_none());
        for number in [1, 2] {
            let key = PredicateKey {
                secret: vec![number; 32],
                public_key: format!("z{number}"),
            };
            predicate_keys::insert_if_missing(&mut tx, &partner, &key, now)
                .await
                .unwrap();
        }
        let kept = predicate_keys::find(&mut tx, &partner).await.unwrap().unwrap();
        assert_eq!((kept.secret, kept.public_key.as_str()), (vec![1; 32], "z1"));

        assert_eq!(find(&mut tx, "g").await.unwrap(), None);
        insert(&mut tx, &program, "{}", now).await.unwrap();
        assert_eq!(find(&mut tx, "g").await.unwrap().as_deref(), Some("{}"));
        assert!(insert(&mut tx, &program, "[]", now).await.is_err());
    }
}
