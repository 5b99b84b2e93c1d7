//! Every route, and who may call it.

use serde_json::{Value, json};

use super::{
    row::{
        Access::{Holder, Partner, Public, SetUp, TokenInBody, User, Watched},
        Body, Call,
        Foreign::{Allowed, OwnView, Refused},
        Kind::{self, Issue, OnBehalf, Verify},
        Row, ask, row, send,
    },
    stage::{Fixture, sealed},
};

pub(crate) const TABLE: &[Row] = &[
    // Probes.
    row("GET /healthz", Public, Allowed("a probe"), |_| ask("/healthz")),
    row("GET /readyz", Public, Allowed("a probe"), |_| ask("/readyz")),
    row("GET /metrics", SetUp, Allowed("set-up"), |_| ask("/metrics")),
    // The documented API.
    row("POST /sandbox/v1/offers", Partner(Issue), Refused(404), |stage| {
        send(
            "/sandbox/v1/offers",
            stage.order("adult", stage.owner.issuer_did().as_str()),
        )
    }),
    row(
        "GET /sandbox/v1/offers/{offer}",
        Partner(Issue),
        Refused(404),
        |stage| ask(format!("/sandbox/v1/offers/{}", stage.offer)),
    ),
    row(
        "POST /v1/credentials/issue-on-behalf",
        Partner(OnBehalf),
        Refused(404),
        |stage| {
            send(
                "/v1/credentials/issue-on-behalf",
                stage.order("adult", stage.owner.issuer_did().as_str()),
            )
        },
    ),
    row(
        "POST /v1/credentials/issue-on-behalf",
        Partner(OnBehalf),
        Refused(404),
        |stage| {
            send(
                "/v1/credentials/issue-on-behalf",
                stage.order("sealed", stage.owner.issuer_did().as_str()),
            )
        },
    ),
    row(
        "GET /v1/credentials/status",
        Partner(Issue),
        Refused(404),
        |stage| ask(format!("/v1/credentials/status?coreClaimHash={}", stage.hash)),
    ),
    row("GET /sandbox/v1/cak", Partner(Issue), Refused(404), |stage| {
        ask(format!(
            "/sandbox/v1/cak?user={}&issuer={}&schema={}",
            stage.user,
            stage.owner.issuer_did(),
            stage.id("schemas")
        ))
    }),
    row("POST /v1/issuer/modify", Partner(Issue), OwnView, |_| {
        send(
            "/v1/issuer/modify",
            json!({ "callbackUrl": "http://127.0.0.1:9/callback" }),
        )
    }),
    row(
        "POST /v1/verifier/verify/initialize",
        Partner(Verify),
        Allowed("a verifier opens a record at whichever issuer it will ask"),
        |stage| {
            send(
                "/v1/verifier/verify/initialize",
                json!({ "issuerDid": stage.owner.issuer_did() }),
            )
        },
    ),
    // Issuers that sign themselves, and the holder's side.
    row(
        "POST /v1/auth/initialize-user",
        Partner(Kind::Unscoped),
        Allowed("each issuer seals to a key of its own for the user"),
        |_| send("/v1/auth/initialize-user", json!({ "email": "ada@example.com" })),
    ),
    row(
        "POST /v2/auth/initialize-user",
        TokenInBody,
        Refused(401),
        |stage| {
            send(
                "/v2/auth/initialize-user",
                json!({ "partnerJwt": stage.addressed_token() }),
            )
        },
    ),
    row(
        "POST /v1/dstorage/vcs",
        Partner(Kind::Unscoped),
        Refused(403),
        |stage| send("/v1/dstorage/vcs", stage.envelope("order-2")),
    ),
    row("GET /v1/dstorage/vcs/{vc}", User, Refused(404), |stage| {
        ask(format!("/v1/dstorage/{}", stage.sealed_credential))
    }),
    row("GET /sandbox/v1/users/me/vcs", User, OwnView, |_| {
        ask("/sandbox/v1/users/me/vcs")
    }),
    row(
        "GET /sandbox/v1/users/me/encryption-key",
        User,
        Refused(404),
        |_| ask("/sandbox/v1/users/me/encryption-key"),
    ),
    row(
        "PUT /sandbox/v1/users/me/encryption-key",
        User,
        Allowed("each partner's session has a key of its own; `sessions` checks that the owner's stays"),
        |stage| {
            send(
                "/sandbox/v1/users/me/encryption-key",
                json!({ "publicKey": stage.encryption_key }),
            )
        },
    ),
    // Semi-decrypted packages.
    row(
        "POST /sandbox/v1/packages",
        Partner(Issue),
        Refused(404),
        Fixture::deposit,
    ),
    row(
        "GET /sandbox/v1/packages/{package}",
        Public,
        Allowed("anyone with the signed URL"),
        |stage| ask(stage.package_url.clone()),
    ),
    row(
        "GET /sandbox/v1/packages/{package}/accesses",
        Partner(Kind::Either),
        Refused(404),
        |stage| ask(format!("/sandbox/v1/packages/{}/accesses", stage.package)),
    ),
    // Events and logs.
    row("GET /sandbox/v1/events", Watched, OwnView, |_| {
        ask("/sandbox/v1/events")
    }),
    row("GET /sandbox/v1/events/log", Watched, OwnView, |_| {
        ask("/sandbox/v1/events/log?limit=500")
    }),
    row("GET /sandbox/v1/events/{event}", Watched, Refused(404), |stage| {
        ask(format!("/sandbox/v1/events/{}", stage.event))
    }),
    row("GET /sandbox/v1/logs", Watched, OwnView, |_| {
        ask("/sandbox/v1/logs")
    }),
    row("GET /sandbox/v1/logs/follow", Watched, OwnView, |_| {
        ask("/sandbox/v1/logs/follow")
    }),
    row(
        "GET /v1/catalog/schemas",
        Public,
        Allowed("the catalogue"),
        |_| ask("/v1/catalog/schemas"),
    ),
    row(
        "GET /v1/catalog/schemas/{schema}",
        Public,
        Allowed("the catalogue"),
        |stage| ask(format!("/v1/catalog/schemas/{}", stage.id("schemas"))),
    ),
    row(
        "GET /v1/catalog/credentials/{credential}",
        Public,
        Allowed("the catalogue"),
        |stage| ask(format!("/v1/catalog/credentials/{}", stage.id("programs"))),
    ),
    row(
        "GET /v1/catalog/programs",
        Public,
        Allowed("the catalogue"),
        |_| ask("/v1/catalog/programs"),
    ),
    row(
        "GET /v1/catalog/programs/{program}",
        Public,
        Allowed("the catalogue"),
        |stage| {
            ask(format!(
                "/v1/catalog/programs/{}",
                stage.id("verificationPrograms")
            ))
        },
    ),
    row("GET /v1/catalog/search", Public, Allowed("the catalogue"), |_| {
        ask("/v1/catalog/search?q=adult")
    }),
    // Set-up.
    row("POST /sandbox/v1/seed", SetUp, Allowed("set-up"), |_| {
        send(
            "/sandbox/v1/seed",
            json!({ "partner": { "name": "New", "jwksUrl": "http://127.0.0.1:9/jwks.json" } }),
        )
    }),
    row("GET /sandbox/v1/seed", SetUp, Allowed("set-up"), |_| {
        ask("/sandbox/v1/seed")
    }),
    row(
        "POST /sandbox/v1/partners/{partner}/keys",
        SetUp,
        Allowed("set-up"),
        |stage| {
            let key =
                air_jwt::SigningKey::generate(&mut rand::rng()).with_kid("of-the-table".parse().unwrap());
            let partner = &stage.owner.ids().partner_id;
            send(
                format!("/sandbox/v1/partners/{partner}/keys"),
                json!({ "keys": [key.public_jwk()] }),
            )
        },
    ),
    row(
        "DELETE /sandbox/v1/partners/{partner}/keys/{kid}",
        SetUp,
        Allowed("set-up"),
        |stage| {
            let partner = &stage.owner.ids().partner_id;
            ask(format!("/sandbox/v1/partners/{partner}/keys/of-the-table"))
        },
    ),
    row(
        "PUT /sandbox/v1/partners/{partner}/issuer-backend",
        SetUp,
        Allowed("set-up"),
        |stage| {
            let backend = json!({
                "did": "did:web:issuer.example", "availableVcApiUrl": "https://issuer.example/available-vc",
                "issueVcApiUrl": "https://issuer.example/issue-vc", "apiKey": "a-secret",
            });
            send(stage.issuer_backend(), backend)
        },
    ),
    row(
        "GET /sandbox/v1/partners/{partner}/issuer-backend",
        SetUp,
        Allowed("set-up"),
        |stage| ask(stage.issuer_backend()),
    ),
    row(
        "DELETE /sandbox/v1/partners/{partner}/issuer-backend",
        SetUp,
        Allowed("set-up"),
        |stage| ask(stage.issuer_backend()),
    ),
    row("POST /sandbox/v1/partners", SetUp, Allowed("set-up"), |_| {
        send(
            "/sandbox/v1/partners",
            json!({ "name": "New", "jwksUrl": "http://127.0.0.1:9/jwks.json" }),
        )
    }),
    row("POST /sandbox/v1/schemas", SetUp, Allowed("set-up"), |stage| {
        let form = json!({ "title": "New", "attributes": [{ "name": "new", "type": "string" }] });
        send(
            "/sandbox/v1/schemas",
            json!({ "partnerId": stage.owner.ids().partner_id, "schema": form }),
        )
    }),
    row("POST /sandbox/v1/programs", SetUp, Allowed("set-up"), |stage| {
        let partner = &stage.owner.ids().partner_id;
        send(
            "/sandbox/v1/programs",
            json!({ "partnerId": partner, "schemaId": stage.id("schemas"), "publish": true }),
        )
    }),
    row("GET /sandbox/v1/partners", SetUp, Allowed("set-up"), |_| {
        ask("/sandbox/v1/partners")
    }),
    row("GET /sandbox/v1/programs", SetUp, Allowed("set-up"), |_| {
        ask("/sandbox/v1/programs")
    }),
    row(
        "GET /sandbox/v1/verification-programs",
        SetUp,
        Allowed("set-up"),
        |_| ask("/sandbox/v1/verification-programs"),
    ),
    row(
        "POST /sandbox/v1/programs/{program}/publish",
        SetUp,
        Allowed("set-up"),
        |stage| ask(format!("/sandbox/v1/programs/{}/publish", stage.id("programs"))),
    ),
    row(
        "POST /sandbox/v1/verification-programs",
        SetUp,
        Allowed("set-up"),
        |stage| {
            let partner = &stage.owner.ids().partner_id;
            send(
                "/sandbox/v1/verification-programs",
                json!({ "partnerId": partner, "schemaId": stage.id("schemas") }),
            )
        },
    ),
    row("GET /sandbox/v1/faults", SetUp, Allowed("set-up"), |_| {
        ask("/sandbox/v1/faults")
    }),
    row("PUT /sandbox/v1/faults", SetUp, Allowed("set-up"), |_| {
        send(
            "/sandbox/v1/faults",
            json!({ "rules": [{ "path": "/nowhere", "kind": "drop" }] }),
        )
    }),
    row("GET /sandbox/v1/clock", SetUp, Allowed("set-up"), |_| {
        ask("/sandbox/v1/clock")
    }),
    row("PUT /sandbox/v1/clock", SetUp, Allowed("set-up"), |_| {
        send("/sandbox/v1/clock", json!({ "advanceSeconds": 1 }))
    }),
    row("POST /sandbox/v1/snapshots", SetUp, Allowed("set-up"), |_| {
        send("/sandbox/v1/snapshots", json!({ "name": "kept" }))
    }),
    row("GET /sandbox/v1/snapshots", SetUp, Allowed("set-up"), |_| {
        ask("/sandbox/v1/snapshots")
    }),
    row(
        "POST /sandbox/v1/snapshots/{snapshot}/restore",
        SetUp,
        Allowed("set-up"),
        |_| ask("/sandbox/v1/snapshots/kept/restore"),
    ),
    row(
        "DELETE /sandbox/v1/snapshots/{snapshot}",
        SetUp,
        Allowed("set-up"),
        |_| ask("/sandbox/v1/snapshots/kept"),
    ),
    // Calls of the SDK.
    row(
        "POST /sandbox/v1/sessions",
        Partner(Kind::Either),
        Allowed("each partner logs its own users in; the session reaches nothing of another partner's"),
        |_| send("/sandbox/v1/sessions", json!({ "email": "new@example.com" })),
    ),
    row(
        "POST /sandbox/v1/credentials/issue",
        Holder(Issue),
        Refused(403),
        |stage| {
            send(
                "/sandbox/v1/credentials/issue",
                stage.order("adult", stage.owner.issuer_did().as_str()),
            )
        },
    ),
    row(
        "POST /sandbox/v1/presentation-requests",
        Partner(Verify),
        Refused(403),
        |stage| {
            send(
                "/sandbox/v1/presentation-requests",
                json!({ "programId": stage.id("verificationPrograms") }),
            )
        },
    ),
    row(
        "GET /sandbox/v1/presentation-requests/{request}",
        Partner(Verify),
        Refused(404),
        |stage| {
            ask(format!(
                "/sandbox/v1/presentation-requests/{}",
                stage.presentation
            ))
        },
    ),
    row(
        "POST /sandbox/v1/verifications",
        Holder(Verify),
        Refused(403),
        |stage| {
            send(
                "/sandbox/v1/verifications",
                json!({ "programId": stage.id("verificationPrograms") }),
            )
        },
    ),
    row(
        "GET /sandbox/v1/verifications/{verification}",
        Partner(Verify),
        Refused(404),
        |stage| ask(format!("/sandbox/v1/verifications/{}", stage.verification)),
    ),
    row(
        "POST /sandbox/v1/verifications/{verification}/consent",
        User,
        Refused(404),
        |stage| {
            send(
                format!("/sandbox/v1/verifications/{}/consent", stage.verification),
                json!({ "decision": "agree" }),
            )
        },
    ),
    // dStorage.
    row(
        "POST /sandbox/v1/dstorage/objects",
        Partner(Issue),
        Refused(404),
        |stage| Call {
            path: format!(
                "/sandbox/v1/dstorage/objects?coreClaimHash={}&name=scan",
                stage.hash
            ),
            body: Body::Bytes(sealed()),
        },
    ),
    row(
        "GET /sandbox/v1/dstorage/objects/{object}",
        Partner(Kind::Either),
        Refused(404),
        |stage| ask(format!("/sandbox/v1/dstorage/objects/{}", stage.object)),
    ),
    // Public documents.
    row("GET /sandbox/v1/schemas", Public, Allowed("published"), |_| {
        ask("/sandbox/v1/schemas?q=adult")
    }),
    row(
        "GET /sandbox/v1/schemas/{schema}",
        Public,
        Allowed("published"),
        |stage| ask(format!("/sandbox/v1/schemas/{}", stage.id("schemas"))),
    ),
    row(
        "GET /sandbox/v1/programs/{program}",
        Public,
        Allowed("wallets ask"),
        |stage| ask(format!("/sandbox/v1/programs/{}", stage.id("programs"))),
    ),
    row(
        "GET /sandbox/v1/issuers/{issuer}/jwks.json",
        Public,
        Allowed("public keys"),
        |stage| {
            ask(format!(
                "/sandbox/v1/issuers/{}/jwks.json",
                stage.owner.issuer_did()
            ))
        },
    ),
    row(
        "GET /sandbox/v1/wallet-authority.pem",
        Public,
        Allowed("verifiers ask"),
        |_| ask("/sandbox/v1/wallet-authority.pem"),
    ),
    row(
        "GET /sandbox/v1/issuers/{issuer}/statuslist/{number}",
        Public,
        Allowed("verifiers ask"),
        |stage| {
            ask(format!(
                "/sandbox/v1/issuers/{}/statuslist/1",
                stage.owner.issuer_did()
            ))
        },
    ),
    row(
        "GET /sandbox/v1/ledger/transactions/{transaction}",
        Public,
        Allowed("hashes alone"),
        |stage| ask(format!("/sandbox/v1/ledger/transactions/{}", stage.transaction())),
    ),
    row(
        "GET /sandbox/v1/ledger/head",
        Public,
        Allowed("hashes alone"),
        |_| ask("/sandbox/v1/ledger/head"),
    ),
    row(
        "GET /sandbox/v1/ledger/blocks/{number}",
        Public,
        Allowed("hashes alone"),
        |_| ask("/sandbox/v1/ledger/blocks/1"),
    ),
    row(
        "GET /sandbox/v1/ledger/consistency",
        Public,
        Allowed("hashes alone"),
        |_| ask("/sandbox/v1/ledger/consistency?from=1&to=1"),
    ),
    // Callbacks.
    row(
        "PUT /sandbox/v1/callbacks/subscription",
        Partner(Verify),
        OwnView,
        |_| {
            send(
                "/sandbox/v1/callbacks/subscription",
                json!({ "credentialStatusChanges": true }),
            )
        },
    ),
    row(
        "POST /sandbox/v1/callbacks/secret",
        Partner(Issue),
        OwnView,
        |_| send("/sandbox/v1/callbacks/secret", Value::Null),
    ),
    row("GET /sandbox/v1/callbacks", Partner(Issue), OwnView, |_| {
        ask("/sandbox/v1/callbacks")
    }),
    row(
        "POST /sandbox/v1/callbacks/{record}/replay",
        Partner(Issue),
        Refused(404),
        |stage| {
            send(
                format!("/sandbox/v1/callbacks/{}/replay", stage.record),
                Value::Null,
            )
        },
    ),
    // The trust list changes the program, so these come after the calls that use it.
    row(
        "PUT /sandbox/v1/verification-programs/{program}/trust-list",
        SetUp,
        Allowed("set-up"),
        |stage| {
            let issuer = json!({ "name": "A", "did": "did:web:issuer.example", "types": "*" });
            send(
                format!(
                    "/sandbox/v1/verification-programs/{}/trust-list",
                    stage.id("verificationPrograms")
                ),
                json!({ "trustList": { "issuers": [issuer] } }),
            )
        },
    ),
    row(
        "DELETE /sandbox/v1/verification-programs/{program}/trust-list",
        SetUp,
        Allowed("set-up"),
        |stage| {
            ask(format!(
                "/sandbox/v1/verification-programs/{}/trust-list",
                stage.id("verificationPrograms")
            ))
        },
    ),
    // Last, since it ends what the rows above are about.
    row(
        "POST /sandbox/v1/credentials/revoke",
        Partner(Issue),
        Refused(404),
        |stage| {
            send(
                "/sandbox/v1/credentials/revoke",
                json!({ "coreClaimHash": stage.hash }),
            )
        },
    ),
    row("POST /sandbox/v1/reset", SetUp, Allowed("set-up"), |_| {
        ask("/sandbox/v1/reset")
    }),
];
