use air_ids::UnixTime;
use air_schema::{CredentialSchema, Validator};

use super::*;
use crate::claims::Purpose;

fn request(user_id: &str) -> ClaimRequest<'_> {
    ClaimRequest {
        user_id,
        holder_did: "did:air:id:test:x",
        schema_id: "kyc",
        purpose: Purpose::Issue,
    }
}

#[test]
fn cells_are_json_and_empty_ones_are_no_claims() {
    let users = csv(
        "\u{feff}userId,credentialSubject.name,credentialSubject.age,expiresAt,note\n\
         u1,\"\"\"Ada\"\"\",36,,x\n\
         u2,,4,2030-01-01T00:00:00Z,\n\
         u3,,5,2030-01-01,\n"
            .trim_start_matches('\u{feff}'),
        None,
    )
    .unwrap();
    assert_eq!(
        users["u1"].subject,
        *serde_json::json!({"name": "Ada", "age": 36}).as_object().unwrap()
    );
    assert_eq!(users["u2"].subject.len(), 1);
    for user in ["u2", "u3"] {
        let until = Some(Validity::Until(UnixTime::from_secs(1_893_456_000)));
        assert_eq!(users[user].validity, until, "{user}");
    }
}

#[test]
fn a_broken_line_is_named_without_its_content() {
    for (table, line) in [
        ("credentialSubject.name\n1\n", 1),
        ("userId,credentialSubject.name\nu1,secret\n", 2),
        ("userId,credentialSubject.name\nu1,1\nu1,1\n", 3),
        ("userId,credentialSubject.name\nu1,1\n,1\n", 3),
        ("userId,credentialSubject.name\nu1,1\nsecret\n", 3),
    ] {
        match csv(table, None) {
            Err(error @ TableError::Line { line: found, .. }) => {
                assert_eq!(found, line, "{table}");
                assert!(!error.to_string().contains("secret"), "{error}");
            }
            other => panic!("{table}: {:?}", other.map(|users| users.len())),
        }
    }
    let error = ndjson(
        "{\"userId\": \"u1\", \"credentialSubject\": {}}\n\n{\"userId\": 1}\n",
        None,
    )
    .unwrap_err();
    assert!(matches!(error, TableError::Line { line: 3, .. }), "{error}");
}

#[test]
fn a_wrong_expiration_is_named_by_its_column() {
    for cell in ["1960-01-01", "2031-05-01T00:00:00", "tomorrow"] {
        let error = csv(&format!("userId,expiresAt\nu1,{cell}\n"), None)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("line 2") && error.contains("`expiresAt`"),
            "{error}"
        );
        assert!(!error.contains(cell), "{error}");
    }
}

fn rules() -> Arc<ClaimRules> {
    let form = r#"{"title": "Member", "attributes": [
        {"name": "name", "type": "string", "required": true}, {"name": "age", "type": "integer"}]}"#;
    let schema = CredentialSchema::from_slice(form.as_bytes()).unwrap();
    let validator = Arc::new(Validator::new(&schema).unwrap());
    Arc::new(ClaimRules::new(schema, validator))
}

#[test]
fn lines_conform_to_the_schema() {
    let rules = rules();
    let good = "userId,credentialSubject.name,credentialSubject.age\nu1,\"\"\"Ada\"\"\",\n";
    assert_eq!(csv(good, Some(&rules)).unwrap().len(), 1);
    for (table, line, place) in [
        (
            "userId,credentialSubject.name,credentialSubject.aeg\n",
            1,
            "credentialSubject.aeg",
        ),
        ("userId,credentialSubject.age\nu1,4\n", 2, "/name"),
        (
            "userId,credentialSubject.name\nu1,\"\"\"Ada\"\"\"\nu2,77\n",
            3,
            "/name",
        ),
    ] {
        let error = csv(table, Some(&rules)).unwrap_err();
        assert!(
            matches!(error, TableError::Line { line: found, .. } if found == line),
            "{table}: {error}"
        );
        let message = error.to_string();
        assert!(message.contains(place) && !message.contains("77"), "{message}");
    }
    let table = r#"{"userId": "u1", "credentialSubject": {"name": "Ada", "aeg": 77}}"#;
    let message = ndjson(table, Some(&rules)).unwrap_err().to_string();
    assert!(message.contains("/aeg") && !message.contains("77"), "{message}");
}

#[tokio::test]
async fn a_changed_table_that_breaks_the_schema_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claims.ndjson");
    let line = |subject: &str| format!("{{\"userId\": \"u1\", \"credentialSubject\": {subject}}}\n");
    fs::write(&path, line(r#"{"name": "Ada"}"#)).unwrap();
    let table = Table::open_conforming(path.clone(), rules()).unwrap();
    fs::write(&path, line(r#"{"name": "Grace", "age": "old"}"#)).unwrap();
    let claims = table.claims(request("u1")).await.unwrap().unwrap();
    assert_eq!(claims.subject["name"], "Ada", "the last good table remains");
}

#[tokio::test]
async fn a_changed_table_is_read_again_and_a_broken_one_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claims.csv");
    fs::write(&path, "userId,credentialSubject.age\nu1,1\n").unwrap();
    let table = Table::open(&path).unwrap();
    let age = async |user| {
        let claims = table.claims(request(user)).await.unwrap()?;
        claims.subject.get("age").cloned()
    };
    assert_eq!(age("u1").await, Some(1.into()));
    assert_eq!(age("u2").await, None);
    fs::write(&path, "userId,credentialSubject.age\nu1,10\nu2,22\n").unwrap();
    assert_eq!(
        (age("u1").await, age("u2").await),
        (Some(10.into()), Some(22.into()))
    );
    fs::write(&path, "userId\nbroken,too many\n").unwrap();
    assert_eq!(age("u2").await, Some(22.into()), "the last good table remains");
}
