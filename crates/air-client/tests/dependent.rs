//! A program whose only dependency is `air-client` can name and build the types of the client's calls. The
//! platform that answers and the runtime are the test's own.

use air_client::{
    Auth, CredentialStatus, Curve, IssuedOnBehalf, Recipient, RootSecret,
    api::{
        WebUrl,
        catalogue::{CatalogueSchema, CatalogueSearch},
        sandbox::{
            ConsentDecision, ConsentRequest, EventQuery, Faults, LogQuery, Session, StoredObject,
            VerificationStatus,
        },
    },
    catalogue::everything,
    crypto::{CakContext, CakPrivateKey, CakPublicKey},
    futures::TryStreamExt,
    jwt::{Kid, PartnerToken},
    prelude::*,
    rand,
    serde_json::{Map, Value},
};
use air_sandbox::TestPlatform;

fn order(issuer: &str, program: &str) -> IssueOnBehalf {
    IssueOnBehalf {
        issuer_did: issuer.parse().unwrap(),
        program: program.parse().unwrap(),
        credential_subject: Map::from_iter([("isOver18".to_owned(), Value::Bool(true))]),
        on_duplicate: OnDuplicate::Ignore,
    }
}

fn client(platform: &TestPlatform) -> AirClient {
    let key = SigningKey::from_text(&platform.key().expose_pkcs8_pem()).unwrap();
    let kid: Kid = platform.key().kid().as_str().parse().unwrap();
    let partner: PartnerId = platform.partner_id().as_str().parse().unwrap();
    AirClient::builder(Environment::at(&platform.url()).unwrap())
        .partner(partner)
        .signing_key(key.with_kid(kid))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_dependent_crate_issues_on_behalf_and_reads_the_catalogue() {
    let platform = TestPlatform::start().await.unwrap();
    let client = client(&platform);
    let program = platform.program("adult").unwrap().as_str();
    let order = order(platform.issuer_did().as_str(), program);
    let ada: EmailAddress = "ada@example.com".parse().unwrap();
    let issued: IssuedOnBehalf = client.issue_on_behalf(&ada, &order).await.unwrap();
    let hash: CoreClaimHash = issued.core_claim_hash;
    let status: CredentialStatus = client
        .wait_until_anchored(Signed, hash, PollSchedule::local())
        .await
        .unwrap();
    assert_eq!(status.vc_status, VcStatus::Onchain);

    let schemas: Vec<CatalogueSchema> = client
        .catalogue()
        .schemas(everything())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(schemas.len(), 1);
    let search = CatalogueSearch {
        q: "adult".to_owned(),
        page: 1,
        limit: 1,
    };
    client.catalogue().search(&search).await.unwrap();
    let callback: WebUrl = "http://127.0.0.1:9/".parse().unwrap();
    client.modify_issuer(Signed, &callback).await.unwrap();

    // A token by hand, too.
    let token = PartnerToken::issue_on_behalf(platform.partner_id().as_str().parse().unwrap(), ada);
    let token = platform.sign(token).unwrap();
    let by_hand: Recipient<'_> = (&token).into();
    client.issue_on_behalf(by_hand, &order).await.unwrap();
    client.status(Auth::from(&token), hash).await.unwrap();
}

#[tokio::test]
async fn a_dependent_crate_acts_as_a_user_and_an_operator() {
    let platform = TestPlatform::start().await.unwrap();
    let client = client(&platform);
    let local = client.local();
    let session: Session = local
        .login(Signed, &"ada@example.com".parse().unwrap())
        .await
        .unwrap();
    let holder: Holder<'_> = local.holder(session, RootSecret::from_seed(&[1; 32]).unwrap());
    let parameters = IssueCredential {
        auth: Signed.into(),
        issuer_did: platform.issuer_did().as_str().parse().unwrap(),
        credential_id: platform.program("sealed").unwrap().as_str().parse().unwrap(),
        credential_subject: Map::from_iter([("isOver18".to_owned(), Value::Bool(true))]),
        curve: Curve::Secp256r1,
        on_duplicate: OnDuplicate::Revoke,
    };
    let issued = holder.issue_credential(parameters).await.unwrap();
    let (key, context): (CakPublicKey, CakContext) =
        (issued.cak_public_key.unwrap(), issued.cak_context.unwrap());
    let sealed = key
        .seal(&context, b"scan.jpg", b"a scan", &mut rand::rng())
        .unwrap();
    let stored: StoredObject = local
        .store_object(Signed, issued.core_claim_hash, "scan.jpg", sealed)
        .await
        .unwrap();
    let anchored = client.wait_until_anchored(Signed, issued.core_claim_hash, PollSchedule::local());
    anchored.await.unwrap();
    let ask = VerifyCredential {
        auth: Signed.into(),
        program_id: platform.ids().verification_programs["adult"]
            .as_str()
            .parse()
            .unwrap(),
    };
    let decide = |request: &ConsentRequest| {
        assert!(request.asks_for_cak);
        ConsentDecision::Agree
    };
    let verified = holder.verify_credential(ask, decide).await.unwrap();
    assert_eq!(verified.status, VerificationStatus::Compliant);
    let private_key: CakPrivateKey = verified.cak_private_key.unwrap();
    let fetched = local.fetch_object(Signed, &stored.storage_id).await.unwrap();
    assert_eq!(
        private_key
            .open(&context, b"scan.jpg", &fetched)
            .unwrap()
            .as_slice(),
        b"a scan"
    );
    local
        .fetch_object(Auth::as_issuer(), &stored.storage_id)
        .await
        .unwrap();

    let events = local
        .with_partner_token(Signed)
        .events(&EventQuery::default())
        .await
        .unwrap();
    assert!(!events.events.is_empty());
    let faults: Faults = local.faults().await.unwrap();
    assert!(faults.rules.is_empty());
    local.requests(&LogQuery::default()).await.unwrap();
}

/// Outside of the imports from `air_client`, no dependency of the crate is named.
#[test]
fn this_file_names_no_other_crate() {
    let manifest = include_str!("../Cargo.toml");
    let dependencies = manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .filter_map(|line| {
            line.split_once(['.', ' ', '='])
                .map(|(name, _)| name.replace('-', "_"))
        })
        .filter(|name| !["", "air_sandbox", "tokio"].contains(&name.as_str()));
    let (before, imports) = include_str!("dependent.rs")
        .split_once("use air_client::{")
        .unwrap();
    let (_, after) = imports.split_once("\n};\n").unwrap();
    let paths = [before, after].concat();
    let is_path = |name: &str| {
        let path = format!("{name}::");
        paths.match_indices(&path).any(|(start, _)| {
            let before = paths[..start].chars().next_back();
            !before.is_some_and(|letter| letter.is_alphanumeric() || "_:".contains(letter))
        })
    };
    let mut checked = 0;
    for name in dependencies {
        checked += 1;
        let is_imported =
            imports.contains(&format!("    {name}::")) || imports.contains(&format!("    {name},"));
        assert!(is_imported || !is_path(&name), "{name} is not from air_client");
    }
    assert!(checked > 10, "{checked}");
}
