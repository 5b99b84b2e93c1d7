//! The checks of a verifier.

use air_oid4vc::{
    Error,
    dcql::{AnswerRule, ClaimMismatch, ClaimsPath, Credential, Mismatch, PathError, Query},
};
use serde_json::{Map, Value, json};

use crate::support::object;

fn query() -> Query {
    Query::from_value(&json!({
        "credentials": [
            {
                "id": "id", "format": "dc+sd-jwt", "meta": { "vct_values": ["v"] },
                "claims": [{ "path": ["name"], "values": ["Ada"] }, { "path": ["tags", 2] }],
            },
            { "id": "extra", "format": "dc+sd-jwt", "meta": { "vct_values": ["v"] }, "multiple": true },
        ],
        "credential_sets": [{ "options": [["id"]] }, { "options": [["extra"]], "required": false }],
    }))
    .unwrap()
}

fn presented(claims: &Map<String, Value>) -> Credential<'_> {
    Credential::sd_jwt_vc("v", claims).bound_to_holder(true)
}

fn refusal(result: Result<air_oid4vc::dcql::Answer, Error>) -> AnswerRule {
    match result {
        Err(Error::Answer { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn accepts_what_was_asked_for() {
    let claims = json!({ "name": "Ada", "tags": ["c"], "iss": "https://issuer.example" });
    let claims = object(&claims);
    let answer = query().check(&[("id", vec![presented(claims)])]).unwrap();
    assert_eq!(answer.sets, [0]);
    let both = [
        ("extra", vec![presented(claims), presented(claims)]),
        ("id", vec![presented(claims)]),
    ];
    let answer = query().check(&both).unwrap();
    assert_eq!(answer.sets, [0, 1]);
    assert_eq!(answer.selections[0].1.len(), 2);
}

#[test]
fn an_item_may_have_moved_to_the_front_but_not_to_the_back() {
    for (tags, is_accepted) in [
        (json!(["a"]), true),
        (json!(["a", "b", "c"]), true),
        (json!([]), false),
        (json!("a"), false),
    ] {
        let claims = json!({ "name": "Ada", "tags": tags });
        let result = query().check(&[("id", vec![presented(object(&claims))])]);
        assert_eq!(result.is_ok(), is_accepted, "{claims}");
    }
    let query = Query::from_value(&json!({ "credentials": [{
        "id": "id", "format": "dc+sd-jwt", "meta": {},
        "claims": [{ "path": ["tags", 0], "values": ["a"] }],
    }] }))
    .unwrap();
    let claims = json!({ "tags": ["b", "a"] });
    let rule = refusal(query.check(&[("id", vec![presented(object(&claims))])]));
    assert!(matches!(
        rule,
        AnswerRule::Mismatch {
            index: 0,
            mismatch: Mismatch::Claim {
                reason: ClaimMismatch::Value,
                ..
            }
        }
    ));
}

#[test]
fn names_the_query_and_the_rule() {
    let claims = json!({ "name": "Ada", "tags": ["c"] });
    let (fine, other) = (object(&claims), json!({ "name": "Eve", "tags": [] }));
    let claim = |path: Value, reason| AnswerRule::Mismatch {
        index: 0,
        mismatch: Mismatch::Claim {
            path: ClaimsPath::from_value(&path).unwrap(),
            reason,
        },
    };
    let mismatch = |mismatch| AnswerRule::Mismatch { index: 0, mismatch };
    let cases = [
        (vec![("x", vec![presented(fine)])], AnswerRule::Unknown),
        (vec![("id", vec![])], AnswerRule::Empty),
        (
            vec![("id", vec![presented(fine), presented(fine)])],
            AnswerRule::Multiple,
        ),
        (
            vec![("id", vec![presented(fine)]), ("id", vec![presented(fine)])],
            AnswerRule::Repeated,
        ),
        (
            vec![("id", vec![presented(object(&other))])],
            claim(json!(["name"]), ClaimMismatch::Value),
        ),
        (
            vec![("id", vec![Credential::sd_jwt_vc("v", fine)])],
            mismatch(Mismatch::HolderBinding),
        ),
        (
            vec![("id", vec![Credential::sd_jwt_vc("w", fine).bound_to_holder(true)])],
            mismatch(Mismatch::Type),
        ),
        (
            vec![("id", vec![Credential::mdoc("v", fine).bound_to_holder(true)])],
            mismatch(Mismatch::Format),
        ),
    ];
    for (answer, expected) in cases {
        assert_eq!(refusal(query().check(&answer)), expected);
    }
    let bare = json!({ "name": "Ada" });
    assert_eq!(
        query()
            .check(&[("id", vec![presented(object(&bare))])])
            .unwrap_err()
            .to_string(),
        r#"the answer to the query `id` was refused: presentation 0: the claim ["tags",2] is missing (section 6.4.1)"#
    );
    let absent = ClaimMismatch::Absent(PathError::Nothing);
    assert_eq!(
        refusal(query().check(&[("id", vec![presented(object(&bare))])])),
        claim(json!(["tags", 2]), absent)
    );
}

#[test]
fn a_required_set_must_be_answered() {
    let claims = json!({ "name": "Ada", "tags": ["c"] });
    let extra = [("extra", vec![presented(object(&claims))])];
    assert_eq!(query().check(&extra), Err(Error::SetUnanswered { set: 0 }));
    let all = Query::from_value(&json!({ "credentials": [
        { "id": "a", "format": "dc+sd-jwt", "meta": {} },
        { "id": "b", "format": "dc+sd-jwt", "meta": {} },
    ] }))
    .unwrap();
    let only_a = [("a", vec![presented(object(&claims))])];
    let missing = Error::Answer {
        query: "b".into(),
        rule: AnswerRule::Missing,
    };
    assert_eq!(all.check(&only_a), Err(missing));
}

#[test]
fn leaves_unknown_authorities_to_the_verifier() {
    let claims = json!({});
    let check = |authorities: Value| {
        let query = Query::from_value(&json!({ "credentials": [
            { "id": "a", "format": "dc+sd-jwt", "meta": {}, "trusted_authorities": authorities },
        ] }))
        .unwrap();
        query
            .check(&[(
                "a",
                vec![presented(object(&claims)).with_authority_key_id(b"key")],
            )])
            .is_ok()
    };
    assert!(check(json!([{ "type": "aki", "values": ["a2V5"] }])));
    assert!(!check(json!([{ "type": "aki", "values": ["b3RoZXI"] }])));
    assert!(check(
        json!([{ "type": "etsi_tl", "values": ["https://example.com"] }])
    ));
}

#[test]
fn an_unknown_id_is_shown_without_other_characters() {
    let claims = json!({});
    let answer = [("<b>\u{1b}", vec![presented(object(&claims))])];
    assert!(matches!(
        query().check(&answer),
        Err(Error::Answer { query, rule: AnswerRule::Unknown }) if query == "?b??"
    ));
}
