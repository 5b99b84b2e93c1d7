//! A malicious holder, who runs the prover without its checks.

use std::time::Duration;

use air_ids::{IssuerDid, SchemaId, UnixTime, VcId};
use air_schema::CredentialSchema;
use ark_bls12_381::Fr;
use serde_json::{Map, Value as Json, json};

use super::*;
use crate::{
    Condition, EpochSchedule, HolderSecret, IssuerKey, Predicate, SchemaLayout, credential::RevocationNonce,
    scheme::message,
};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

struct TestEnv {
    key: IssuerKey,
    scheme: CredentialScheme,
}

impl TestEnv {
    fn new() -> Self {
        let form = json!({
            "title": "Account",
            "attributes": [
                { "name": "country", "type": "string" },
                { "name": "level", "type": "integer" },
                { "name": "other", "type": "integer" },
            ],
        });
        let schema = CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap();
        let key = IssuerKey::generate(&mut rand::rng());
        let layout = SchemaLayout::new(SchemaId::new("s").unwrap(), &schema, &[]).unwrap();
        let schedule = EpochSchedule::new(Duration::from_hours(24)).unwrap();
        let issuer = IssuerDid::new("did:web:issuer.example").unwrap();
        let scheme = CredentialScheme::new(key.public_key(), issuer, layout, schedule).unwrap();
        Self { key, scheme }
    }

    fn issue(&self, subject: &Json) -> (Credential, EpochToken) {
        let rng = &mut rand::rng();
        let subject: &Map<String, Json> = subject.as_object().unwrap();
        let secret = HolderSecret::generate(rng);
        let commitment = secret.commit(&self.scheme, &[1; 16], rng).unwrap();
        let id = VcId::new("c-1").unwrap();
        let issued = self
            .scheme
            .issue(&self.key, (&commitment, &[1; 16]), &id, subject, rng)
            .unwrap();
        let token = self.token(issued.revocation_nonce(), NOW);
        (
            Credential::new(&self.scheme, &issued, &id, subject, &secret).unwrap(),
            token,
        )
    }

    fn token(&self, nonce: &RevocationNonce, at: UnixTime) -> EpochToken {
        let epoch = self.scheme.schedule().epoch_at(at);
        self.scheme
            .issue_token(&self.key, nonce, epoch, &mut rand::rng())
            .unwrap()
    }

    /// Proves that `claimed` satisfies the request, without any check.
    fn cheat(
        &self,
        (credential, token): (&Credential, &EpochToken),
        request: &Request,
        claimed: &[Value],
    ) -> Result<Verified, Error> {
        let statement = Statement::new(&self.scheme, request).unwrap();
        let proof = prove::prove(
            &self.scheme,
            credential,
            token,
            &statement,
            claimed,
            &mut rand::rng(),
        )
        .unwrap();
        Presentation(proof).verify(&self.scheme, request, NOW)
    }
}

fn asking(attribute: &str, predicate: Predicate) -> Request {
    let request = Request::new("did:web:v.example", "p", &[5; 16], NOW).unwrap();
    request.prove(Condition::new(attribute, predicate))
}

fn assert_rejected(result: &Result<Verified, Error>, case: &str) {
    assert!(matches!(result, Err(Error::Proof)), "{case}: {result:?}");
}

/// Conditions that do not hold for the country PT and the level 3.
fn false_conditions() -> [(&'static str, Predicate); 8] {
    [
        ("level", Predicate::Greater(json!(3))),
        ("level", Predicate::Less(json!(3))),
        ("level", Predicate::Between(json!(4), json!(9))),
        ("level", Predicate::Between(json!(0), json!(2))),
        ("level", Predicate::NotEquals(json!(3))),
        ("level", Predicate::In(vec![json!(4), json!(5)])),
        ("country", Predicate::NotIn(vec![json!("ES"), json!("PT")])),
        ("country", Predicate::In(vec![json!("ES")])),
    ]
}

#[test]
fn rejects_a_false_claim_on_the_signed_value() {
    let env = TestEnv::new();
    let (credential, token) = env.issue(&json!({ "country": "PT", "level": 3 }));
    for (attribute, predicate) in false_conditions() {
        let case = format!("{attribute} {predicate:?}");
        let result = env.cheat(
            (&credential, &token),
            &asking(attribute, predicate),
            &credential.values,
        );
        assert_rejected(&result, &case);
    }
    // The same way works for a true claim.
    let request = asking("level", Predicate::Greater(json!(2)));
    assert!(
        env.cheat((&credential, &token), &request, &credential.values)
            .is_ok()
    );
}

#[test]
fn rejects_a_true_claim_on_another_value() {
    let env = TestEnv::new();
    let (credential, token) = env.issue(&json!({ "country": "PT", "level": 3, "other": 7 }));
    for (attribute, predicate) in false_conditions() {
        let case = format!("{attribute} {predicate:?}");
        let request = asking(attribute, predicate);
        let statement = Statement::new(&env.scheme, &request).unwrap();
        let candidates = (-1..10)
            .map(Value::Ordered)
            .chain(["ES", "FR"].map(|text| Value::Text(text.into())));
        let (position, _) = env.scheme.layout().find(attribute).unwrap();
        let mut claimed = credential.values.clone();
        for candidate in candidates {
            claimed[position] = candidate;
            if check_conditions(&env.scheme, &statement.tests, &claimed).is_ok() {
                break;
            }
        }
        assert!(
            check_conditions(&env.scheme, &statement.tests, &claimed).is_ok(),
            "{case}"
        );
        assert_rejected(&env.cheat((&credential, &token), &request, &claimed), &case);
    }
}

#[test]
fn rejects_numbers_beyond_64_bits() {
    let env = TestEnv::new();
    let (credential, token) = env.issue(&json!({ "level": i64::MAX }));
    // One more than the maximum is the minimum, in 64 bits but not in the field.
    for (predicate, claimed) in [
        (Predicate::Less(json!(0)), i64::MIN),
        (Predicate::Less(json!(i64::MAX)), i64::MAX),
        (Predicate::Less(json!(i64::MIN + 1)), i64::MIN),
    ] {
        let case = format!("{predicate:?}");
        let values = [Value::Absent, Value::Ordered(claimed), Value::Absent];
        assert_rejected(
            &env.cheat((&credential, &token), &asking("level", predicate), &values),
            &case,
        );
    }
}

#[test]
fn rejects_a_range_of_an_absent_attribute_or_of_a_text() {
    let env = TestEnv::new();
    let (credential, token) = env.issue(&json!({ "country": "PT" }));
    for predicate in [
        Predicate::Greater(json!(i64::MIN)),
        Predicate::Less(json!(i64::MAX)),
        Predicate::NotEquals(json!(0)),
        Predicate::NotIn(vec![json!(0)]),
        Predicate::In(vec![json!(0)]),
    ] {
        let case = format!("{predicate:?}");
        let request = asking("level", predicate);
        assert_rejected(
            &env.cheat((&credential, &token), &request, &credential.values),
            &case,
        );
    }
}

#[test]
fn rejects_the_token_of_another_credential() {
    let env = TestEnv::new();
    let (revoked, _) = env.issue(&json!({ "level": 3 }));
    let (_, token) = env.issue(&json!({ "level": 3 }));
    let request = asking("level", Predicate::Greater(json!(2)));
    assert_rejected(&env.cheat((&revoked, &token), &request, &revoked.values), "token");
}

#[test]
fn rejects_a_token_that_claims_another_epoch() {
    let env = TestEnv::new();
    let (credential, mut token) = env.issue(&json!({ "level": 3 }));
    let old = NOW.saturating_sub(Duration::from_hours(24 * 30));
    let nonce = RevocationNonce(credential.messages[message::REVOCATION]);
    token.signature = env.token(&nonce, old).signature;
    let request = asking("level", Predicate::Greater(json!(2)));
    assert_rejected(
        &env.cheat((&credential, &token), &request, &credential.values),
        "epoch",
    );
}

#[test]
fn rejects_a_credential_with_changed_messages() {
    let env = TestEnv::new();
    let (credential, token) = env.issue(&json!({ "country": "PT", "level": 3 }));
    let (other, _) = env.issue(&json!({ "country": "PT", "level": 3 }));
    let request = asking("country", Predicate::NotEquals(json!("ES")));
    for index in 0..credential.messages.len() {
        let mut changed = Credential {
            signature: credential.signature.clone(),
            messages: credential.messages.clone(),
            values: credential.values.clone(),
            nonce: credential.nonce.clone(),
        };
        // The message of another holder and credential, or another value.
        changed.messages[index] = match index {
            message::DOMAIN => Fr::from(1),
            message::FIRST_ATTRIBUTE.. => credential.messages[index] + Fr::from(1),
            _ => other.messages[index],
        };
        let result = env.cheat((&changed, &token), &request, &changed.values);
        // The issuer's id of a credential is random to nobody: both are `c-1`.
        let is_same = changed.messages[index] == credential.messages[index];
        assert_eq!(result.is_ok(), is_same, "message {index}");
    }
}

#[test]
fn rejects_a_disclosed_value_that_was_not_signed() {
    let env = TestEnv::new();
    let (credential, token) = env.issue(&json!({ "country": "PT", "level": 3 }));
    let mut changed = Credential {
        signature: credential.signature.clone(),
        messages: credential.messages.clone(),
        values: credential.values.clone(),
        nonce: credential.nonce.clone(),
    };
    changed.values[1] = Value::Ordered(4);
    let request = asking("level", Predicate::Greater(json!(2))).disclose("level");
    assert_rejected(
        &env.cheat((&changed, &token), &request, &changed.values),
        "disclosed",
    );
    let equals = asking("level", Predicate::Equals(json!(4)));
    assert_rejected(&env.cheat((&changed, &token), &equals, &changed.values), "equals");
}
