//! Every route, and who may call it.

use serde_json::{Value, json};

use super::{
    fixture::{Fixture, sealed},
    row::{
        Access::{Holder, Partner, Public, SetUp, TokenInBody, User, Watched},
        Body, Call,
        Foreign::{Allowed, OwnView, Refused},
        Kind::{self, Issue, OnBehalf, Verify},
        Row, ask, row, send,
    },
};

pub(crate) const TABLE: &[Row] = &[
    // Probes.
    row("GET /healthz", Public, Allowed("a probe"), |_| ask("/healthz")),
    row("GET /readyz", Public, Allowed("a probe"), |_| ask("/readyz")),
    row("GET /metrics", SetUp, Allowed("set-up"), |_| ask("/metrics")),
    // The documented API.
    row(
        "POST /sandbox/v1/offers",
        Partner(Issue),
        Refused(404),
        |fixture| {
            send(
                "/sandbox/v1/offers",
                fixture.order("adult", fixture.owner.issuer_did().as_str()),
            )
        },
    ),
    row(
        "GET /sandbox/v1/offers/{offer}",
        Partner(Issue),
        Refused(404),
        |fixture| ask(format!("/sandbox/v1/offers/{}", fixture.offer)),
    ),
    row(
        "POST /v1/credentials/issue-on-behalf",
        Partner(OnBehalf),
        Refused(404),
        |fixture| {
            send(
                "/v1/credentials/issue-on-behalf",
                fixture.order("adult", fixture.owner.issuer_did().as_str()),
            )
        },
    ),
    row(
        "POST /v1/credentials/issue-on-behalf",
        Partner(OnBehalf),
        Refused(404),
        |fixture| {
            send(
                "/v1/credentials/issue-on-behalf",
                fixture.order("sealed", fixture.owner.issuer_did().as_str()),
            )
        },
    ),
    row(
        "GET /v1/credentials/status",
        Partner(Issue),
        Refused(404),
        |fixture| ask(format!("/v1/credentials/status?coreClaimHash={}", fixture.hash)),
    ),
    row("GET /sandbox/v1/cak", Partner(Issue), Refused(404), |fixture| {
        ask(format!(
            "/sandbox/v1/cak?user={}&issuer={}&schema={}",
            fixture.user,
            fixture.owner.issuer_did(),
            fixture.id("schemas")
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
        |fixture| {
            send(
                "/v1/verifier/verify/initialize",
                json!({ "issuerDid": fixture.owner.issuer_did() }),
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
        |fixture| {
            send(
                "/v2/auth/initialize-user",
                json!({ "partnerJwt": fixture.addressed_token() }),
            )
        },
    ),
    row(
        "POST /v1/dstorage/vcs",
        Partner(Kind::Unscoped),
        Refused(403),
        |fixture| send("/v1/dstorage/vcs", fixture.envelope("order-2")),
    ),
    row("GET /v1/dstorage/vcs/{vc}", User, Refused(404), |fixture| {
        ask(format!("/v1/dstorage/{}", fixture.sealed_credential))
    }),
    row("GET /sandbox/v1/users/me/vcs", User, OwnView, |_| {
        ask("/sandbox/v1/users/me/vcs")
    }),
    row(
        "GET /sandbox/v1/users/me/credentials/{hash}/w3c",
        User,
        Refused(404),
        |fixture| {
            ask(format!(
                "/sandbox/v1/users/me/credentials/{}/w3c",
                fixture.w3c_hash
            ))
        },
    ),
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
        |fixture| {
            send(
                "/sandbox/v1/users/me/encryption-key",
                json!({ "publicKey": fixture.encryption_key }),
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
        |fixture| ask(fixture.package_url.clone()),
    ),
    row(
        "GET /sandbox/v1/packages/{package}/accesses",
        Partner(Kind::Either),
        Refused(404),
        |fixture| ask(format!("/sandbox/v1/packages/{}/accesses", fixture.package)),
    ),
    // Events and logs.
    row("GET /sandbox/v1/events", Watched, OwnView, |_| {
        ask("/sandbox/v1/events")
    }),
    row("GET /sandbox/v1/events/log", Watched, OwnView, |_| {
        ask("/sandbox/v1/events/log?limit=500")
    }),
    row(
        "GET /sandbox/v1/events/{event}",
        Watched,
        Refused(404),
        |fixture| ask(format!("/sandbox/v1/events/{}", fixture.event)),
    ),
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
        |fixture| ask(format!("/v1/catalog/schemas/{}", fixture.id("schemas"))),
    ),
    row(
        "GET /v1/catalog/credentials/{credential}",
        Public,
        Allowed("the catalogue"),
        |fixture| ask(format!("/v1/catalog/credentials/{}", fixture.id("programs"))),
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
        |fixture| {
            ask(format!(
                "/v1/catalog/programs/{}",
                fixture.id("verificationPrograms")
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
        |fixture| {
            let key =
                air_jwt::SigningKey::generate(&mut rand::rng()).with_kid("of-the-table".parse().unwrap());
            let partner = &fixture.owner.ids().partner_id;
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
        |fixture| {
            let partner = &fixture.owner.ids().partner_id;
            ask(format!("/sandbox/v1/partners/{partner}/keys/of-the-table"))
        },
    ),
    row(
        "PUT /sandbox/v1/partners/{partner}/issuer-backend",
        SetUp,
        Allowed("set-up"),
        |fixture| {
            let backend = json!({
                "did": "did:web:issuer.example", "availableVcApiUrl": "https://issuer.example/available-vc",
                "issueVcApiUrl": "https://issuer.example/issue-vc", "apiKey": "a-secret",
            });
            send(fixture.issuer_backend(), backend)
        },
    ),
    row(
        "GET /sandbox/v1/partners/{partner}/issuer-backend",
        SetUp,
        Allowed("set-up"),
        |fixture| ask(fixture.issuer_backend()),
    ),
    row(
        "DELETE /sandbox/v1/partners/{partner}/issuer-backend",
        SetUp,
        Allowed("set-up"),
        |fixture| ask(fixture.issuer_backend()),
    ),
    row("POST /sandbox/v1/partners", SetUp, Allowed("set-up"), |_| {
        send(
            "/sandbox/v1/partners",
            json!({ "name": "New", "jwksUrl": "http://127.0.0.1:9/jwks.json" }),
        )
    }),
    row("POST /sandbox/v1/schemas", SetUp, Allowed("set-up"), |fixture| {
        let form = json!({ "title": "New", "attributes": [{ "name": "new", "type": "string" }] });
        send(
            "/sandbox/v1/schemas",
            json!({ "partnerId": fixture.owner.ids().partner_id, "schema": form }),
        )
    }),
    row("POST /sandbox/v1/programs", SetUp, Allowed("set-up"), |fixture| {
        let partner = &fixture.owner.ids().partner_id;
        send(
            "/sandbox/v1/programs",
            json!({ "partnerId": partner, "schemaId": fixture.id("schemas"), "publish": true }),
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
        |fixture| ask(format!("/sandbox/v1/programs/{}/publish", fixture.id("programs"))),
    ),
    row(
        "POST /sandbox/v1/verification-programs",
        SetUp,
        Allowed("set-up"),
        |fixture| {
            let partner = &fixture.owner.ids().partner_id;
            send(
                "/sandbox/v1/verification-programs",
                json!({ "partnerId": partner, "schemaId": fixture.id("schemas") }),
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
        |fixture| {
            send(
                "/sandbox/v1/credentials/issue",
                fixture.order("adult", fixture.owner.issuer_did().as_str()),
            )
        },
    ),
    row(
        "POST /sandbox/v1/presentation-requests",
        Partner(Verify),
        Refused(403),
        |fixture| {
            send(
                "/sandbox/v1/presentation-requests",
                json!({ "programId": fixture.id("verificationPrograms") }),
            )
        },
    ),
    row(
        "GET /sandbox/v1/presentation-requests/{request}",
        Partner(Verify),
        Refused(404),
        |fixture| {
            ask(format!(
                "/sandbox/v1/presentation-requests/{}",
                fixture.presentation
            ))
        },
    ),
    row(
        "POST /sandbox/v1/verifications",
        Holder(Verify),
        Refused(403),
        |fixture| {
            send(
                "/sandbox/v1/verifications",
                json!({ "programId": fixture.id("verificationPrograms") }),
            )
        },
    ),
    row(
        "GET /sandbox/v1/verifications/{verification}",
        Partner(Verify),
        Refused(404),
        |fixture| ask(format!("/sandbox/v1/verifications/{}", fixture.verification)),
    ),
    row(
        "POST /sandbox/v1/verifications/{verification}/consent",
        User,
        Refused(404),
        |fixture| {
            send(
                format!("/sandbox/v1/verifications/{}/consent", fixture.verification),
                json!({ "decision": "agree" }),
            )
        },
    ),
    row(
        "POST /sandbox/v1/verification-programs/{program}/w3c-presentations",
        Partner(Verify),
        Refused(403),
        |fixture| {
            let path = format!(
                "/sandbox/v1/verification-programs/{}/w3c-presentations",
                fixture.w3c_verification
            );
            let proof = json!({ "cryptosuite": "bbs-2023" });
            let presentation = json!({ "issuer": "did:web:university.example", "proof": proof });
            send(path, json!({ "presentation": presentation }))
        },
    ),
    // Predicate proofs.
    row(
        "GET /sandbox/v1/proof-schemes/{program}",
        Public,
        Allowed("public keys"),
        |fixture| ask(format!("/sandbox/v1/proof-schemes/{}", fixture.predicate.program)),
    ),
    row(
        "POST /sandbox/v1/users/me/proofs/credentials",
        User,
        Refused(404),
        |fixture| {
            send(
                "/sandbox/v1/users/me/proofs/credentials",
                json!({ "coreClaimHash": fixture.predicate.hash, "challenge": fixture.predicate.challenge,
                    "commitment": "aa55" }),
            )
        },
    ),
    row(
        "POST /sandbox/v1/users/me/proofs/challenges",
        User,
        Refused(404),
        |fixture| {
            send(
                "/sandbox/v1/users/me/proofs/challenges",
                json!({ "coreClaimHash": fixture.predicate.hash }),
            )
        },
    ),
    row("POST /sandbox/v1/users/me/proofs/tokens", User, OwnView, |_| {
        ask("/sandbox/v1/users/me/proofs/tokens")
    }),
    row(
        "GET /sandbox/v1/verifications/{verification}/proof-request",
        User,
        Refused(404),
        |fixture| ask(format!("{}/proof-request", fixture.predicate.run)),
    ),
    row(
        "POST /sandbox/v1/verifications/{verification}/proof",
        User,
        Refused(404),
        |fixture| {
            send(
                format!("{}/proof", fixture.predicate.run),
                json!({ "unproven": "nonCompliant" }),
            )
        },
    ),
    // dStorage.
    row(
        "POST /sandbox/v1/dstorage/objects",
        Partner(Issue),
        Refused(404),
        |fixture| Call {
            path: format!(
                "/sandbox/v1/dstorage/objects?coreClaimHash={}&name=scan",
                fixture.hash
            ),
            body: Body::Bytes(sealed()),
        },
    ),
    row(
        "GET /sandbox/v1/dstorage/objects/{object}",
        Partner(Kind::Either),
        Refused(404),
        |fixture| ask(format!("/sandbox/v1/dstorage/objects/{}", fixture.object)),
    ),
    // Public documents.
    row("GET /sandbox/v1/schemas", Public, Allowed("published"), |_| {
        ask("/sandbox/v1/schemas?q=adult")
    }),
    row(
        "GET /sandbox/v1/schemas/{schema}",
        Public,
        Allowed("published"),
        |fixture| ask(format!("/sandbox/v1/schemas/{}", fixture.id("schemas"))),
    ),
    row(
        "GET /sandbox/v1/programs/{program}",
        Public,
        Allowed("wallets ask"),
        |fixture| ask(format!("/sandbox/v1/programs/{}", fixture.id("programs"))),
    ),
    row(
        "GET /sandbox/v1/issuers/{issuer}/jwks.json",
        Public,
        Allowed("public keys"),
        |fixture| {
            ask(format!(
                "/sandbox/v1/issuers/{}/jwks.json",
                fixture.owner.issuer_did()
            ))
        },
    ),
    row(
        "GET /sandbox/v1/schemas/{schema}/context.jsonld",
        Public,
        Allowed("published"),
        |fixture| {
            ask(format!(
                "/sandbox/v1/schemas/{}/context.jsonld",
                fixture.id("schemas")
            ))
        },
    ),
    row(
        "GET /sandbox/v1/issuers/{issuer}/did.json",
        Public,
        Allowed("public keys"),
        |fixture| {
            ask(format!(
                "/sandbox/v1/issuers/{}/did.json",
                fixture.owner.issuer_did()
            ))
        },
    ),
    row(
        "GET /sandbox/v1/issuers/{issuer}/bitstring/{number}",
        Public,
        Allowed("verifiers ask"),
        |fixture| {
            ask(format!(
                "/sandbox/v1/issuers/{}/bitstring/1",
                fixture.owner.issuer_did()
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
        |fixture| {
            ask(format!(
                "/sandbox/v1/issuers/{}/statuslist/1",
                fixture.owner.issuer_did()
            ))
        },
    ),
    row(
        "GET /sandbox/v1/ledger/transactions/{transaction}",
        Public,
        Allowed("hashes alone"),
        |fixture| {
            ask(format!(
                "/sandbox/v1/ledger/transactions/{}",
                fixture.transaction()
            ))
        },
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
        |fixture| {
            send(
                format!("/sandbox/v1/callbacks/{}/replay", fixture.record),
                Value::Null,
            )
        },
    ),
    // The trust list changes the program, so these come after the calls that use it.
    row(
        "PUT /sandbox/v1/verification-programs/{program}/trust-list",
        SetUp,
        Allowed("set-up"),
        |fixture| {
            let issuer = json!({ "name": "A", "did": "did:web:issuer.example", "types": "*" });
            send(
                format!(
                    "/sandbox/v1/verification-programs/{}/trust-list",
                    fixture.id("verificationPrograms")
                ),
                json!({ "trustList": { "issuers": [issuer] } }),
            )
        },
    ),
    row(
        "DELETE /sandbox/v1/verification-programs/{program}/trust-list",
        SetUp,
        Allowed("set-up"),
        |fixture| {
            ask(format!(
                "/sandbox/v1/verification-programs/{}/trust-list",
                fixture.id("verificationPrograms")
            ))
        },
    ),
    // Last, since it ends what the rows above are about.
    row(
        "POST /sandbox/v1/credentials/revoke",
        Partner(Issue),
        Refused(404),
        |fixture| {
            send(
                "/sandbox/v1/credentials/revoke",
                json!({ "coreClaimHash": fixture.hash }),
            )
        },
    ),
    row("POST /sandbox/v1/reset", SetUp, Allowed("set-up"), |_| {
        ask("/sandbox/v1/reset")
    }),
];
