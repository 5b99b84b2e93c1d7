//! The eight steps. Each one does what its user would do, over HTTP and with keys from files, and
//! checks the result.

use std::{collections::BTreeMap, time::Instant};

use air_api::{
    IssueOnBehalf, OnDuplicate,
    sandbox::{
        ConsentDecision, ConsentRequest, CreateProgram, CreateSchema, CreateVerificationProgram, NewPartner,
        VerificationStatus,
    },
};
use air_client::{AirClient, Environment, Error, IssueCredential, VerifyCredential};
use air_crypto::Curve;
use air_jwt::{EmailAddress, JwkSet, Scope, SigningKey};
use air_sandbox::{Config, Data, Platform};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    anchoring::Anchoring,
    chain::{self, Chain},
    example::{Document, Example},
    folder::{CREDENTIAL, Folder, PARTNER_KEY},
    manifest::PLATFORM,
    parties::{Account, Holder, Programs, Wallet},
    printer::StepOutput,
    report::{Consent, OnBehalf, SealedDocument, VerificationReport},
};
use crate::{
    cak::DerivedKey,
    count::counted,
    credential::lists::Lists,
    exit::Failure,
    files::Audience,
    jwks::server::{JwksServer, Published},
    ledger,
    partner::Partner,
    schema::{compile, misfit},
    terminal::printable,
    time,
    verify::fetch_and_open,
};

const USER: &str = "talvi.nordheim@example.com";
const SECOND_USER: &str = "ilmo.nordheim@example.com";

type Step<T> = Result<StepOutput<T>, Failure>;

/// 1. Starts the platform on a free port of this machine, with its database in the folder.
pub(super) async fn start_platform(folder: &Folder, chain: Option<Chain>) -> Step<(Platform, AirClient)> {
    let mut config = Config::default();
    config.data = Data::Folder(folder.place(PLATFORM));
    let on_chain = chain.as_ref().map(Chain::line);
    if let Some(chain) = chain {
        config = config.chain(chain.settings);
    }
    let platform = Platform::start(config).await?;
    let client = AirClient::builder(Environment::at(&platform.url())?).build()?;
    client.local().ready().await?;
    let line = format!("answers at {}", platform.url());
    Ok(StepOutput::new(
        (platform, client),
        [line].into_iter().chain(on_chain),
    ))
}

/// 2. Creates a signing key, serves its public key set on another port, and registers an account
///    with the set's URL.
pub(super) async fn register_partner(
    client: &AirClient,
    example: &Example,
    folder: &Folder,
) -> Step<(Partner, Account)> {
    let key = SigningKey::generate(&mut rand::rng());
    folder.write(PARTNER_KEY, key.expose_pkcs8_pem().as_bytes(), Audience::Owner)?;
    let set = JwkSet::from(key.public_jwk());
    folder.write("jwks.json", set.to_json().as_bytes(), Audience::Everyone)?;
    let jwks = JwksServer::start(([127, 0, 0, 1], 0).into(), Published::Always(set.to_json())).await?;
    let jwks_url = jwks
        .url()
        .parse()
        .map_err(|error: air_api::Error| Failure::failed(error.to_string()))?;
    example.write_inputs(&jwks_url, folder)?;
    let created = client
        .local()
        .create_partner(&NewPartner {
            name: example.partner_name.clone(),
            jwks_url: Some(jwks_url),
            allowed_origins: example.allowed_origins.clone(),
            issue_on_behalf: true,
        })
        .await?;
    let id = created.partner_id.clone();
    let lines = [
        format!(
            "{} signs with ES256, keys published at {}",
            example.partner_name,
            jwks.url()
        ),
        format!("issuer {}", created.issuer_did),
    ];
    let account = Account {
        partner_id: created.partner_id,
        issuer_did: created.issuer_did,
        verifier_did: created.verifier_did,
        kid: key.kid().clone(),
        jwks,
    };
    Ok(StepOutput::new(
        (Partner::new(client.clone(), key, id), account),
        lines,
    ))
}

/// 3. Publishes the schema, a program that issues it with compliance encryption, and one that
///    verifies it.
pub(super) async fn publish(client: &AirClient, account: &Account, example: &Example) -> Step<Programs> {
    let local = client.local();
    let partner_id = &account.partner_id;
    let schema = local
        .create_schema(&CreateSchema {
            partner_id: partner_id.clone(),
            schema: example.form.clone(),
        })
        .await?
        .schema_id;
    let issuance = local
        .create_program(&CreateProgram {
            accessible_until: None,
            maximum_issuance: None,
            name: None,
            partner_id: partner_id.clone(),
            schema_id: schema.clone(),
            cak: example.program.cak,
            expiration: example.program.expiration,
            proof: None,
            unlinkable: false,
            predicate_proofs: false,
            scales: BTreeMap::new(),
            publish: example.program.publish,
        })
        .await?
        .program;
    let verification = local
        .create_verification_program(&CreateVerificationProgram {
            partner_id: partner_id.clone(),
            schema_id: schema.clone(),
            conditions: example.verification_program.conditions.clone(),
            require_cak: example.verification_program.require_cak,
            name: None,
            trust_list: None,
            proofs: Vec::new(),
            predicate_proofs_of: None,
        })
        .await?
        .program_id;
    let lines = [
        format!(
            "\"{}\", {}; credentials last {}, compliance encryption is on",
            example.schema.title(),
            counted(
                example.schema.attributes().len() as u64,
                "attribute",
                "attributes"
            ),
            example.program.expiration
        ),
        format!("schema {schema}, program {issuance}"),
    ];
    Ok(StepOutput::new(
        Programs {
            schema,
            issuance,
            verification,
        },
        lines,
    ))
}

/// 4. Validates the subject against the schema before anything is sent.
pub(super) fn validate(example: &Example) -> Step<()> {
    compile(&example.schema)?
        .validate(&example.subject)
        .map_err(|violations| misfit(&example.subject_name, &example.schema, &violations))?;
    let line = format!(
        "{} conforms to the schema: {}, none missing, none unknown",
        example.subject_name,
        counted(example.subject.len() as u64, "attribute", "attributes")
    );
    Ok(StepOutput::new((), [line]))
}

/// 5. Issues a credential to a user with a new wallet, verifies it, waits until it is anchored, and
///    checks its inclusion proof.
pub(super) async fn issue(
    partner: &Partner,
    account: &Account,
    programs: &Programs,
    example: &Example,
    curve: Curve,
    anchoring: &Anchoring,
    folder: &Folder,
) -> Step<Holder> {
    let email: EmailAddress = address(USER)?;
    let wallet = Wallet::create(folder)?;
    let session = partner.login(Scope::Issue, &email).await?;
    let token = partner.token(Scope::Issue, None).await?;
    let issued = partner
        .client
        .local()
        .holder(session.clone(), wallet.root(&session)?)
        .issue_credential(IssueCredential {
            auth: (&token).into(),
            issuer_did: account.issuer_did.clone(),
            credential_id: programs.issuance.clone(),
            credential_subject: example.subject.clone(),
            curve,
            on_duplicate: OnDuplicate::Revoke,
        })
        .await?;
    let (Some(public_key), Some(context)) = (issued.cak_public_key, issued.cak_context) else {
        return Err(Failure::failed("the program released no CAK"));
    };
    folder.write(CREDENTIAL, issued.credential.as_bytes(), Audience::Owner)?;
    let vct = check_credential(partner, account, example, &issued.credential, folder).await?;

    let waiting = Instant::now();
    let status = anchoring.until_anchored(partner, issued.core_claim_hash).await?;
    let waited = waiting.elapsed().as_millis();
    let (transaction_hash, proof) = ledger::inclusion(&partner.client, issued.core_claim_hash).await?;
    folder.write_json("inclusion-proof.json", &proof)?;
    let details = status.sandbox.as_ref();
    let anchored = chain::anchor(
        &partner.client,
        anchoring.node(),
        issued.core_claim_hash,
        details,
        folder,
    )
    .await?;
    let (anchor, anchor_lines) = anchored.unzip();
    let lines = [
        format!(
            "{} issued to {USER} as an SD-JWT VC; its signature verifies",
            issued.vc_id
        ),
        format!(
            "WAIT_ONCHAIN → ONCHAIN in block {} after {waited} ms; inclusion proof verifies",
            proof.block
        ),
        format!("CAK on {curve}: {}…", shortened(&public_key.to_string())),
    ];
    let lines = lines.into_iter().chain(anchor_lines.unwrap_or_default());
    Ok(StepOutput::new(
        Holder {
            email,
            session,
            context,
            public_key,
            core_claim_hash: issued.core_claim_hash,
            vc_id: issued.vc_id,
            vct,
            transaction_hash,
            proof,
            anchor,
            wallet,
        },
        lines,
    ))
}

/// Verifies the credential as any verifier would, with the issuer's published keys and status list,
/// and compares every claim. Returns the credential's type.
async fn check_credential(
    partner: &Partner,
    account: &Account,
    example: &Example,
    credential: &str,
    folder: &Folder,
) -> Result<String, Failure> {
    let unfit = |error: String| Failure::failed(format!("the credential does not verify: {error}"));
    let published = partner
        .client
        .local()
        .issuer_keys(account.issuer_did.as_str())
        .await?;
    folder.write_json("issuer-jwks.json", &published)?;
    let keys =
        JwkSet::from_slice(published.to_string().as_bytes()).map_err(|error| unfit(error.to_string()))?;
    let verifier = air_vc::Verifier::new(account.issuer_did.as_str(), &keys);
    let (now, named) = (time::now(), verifier.named_lists(credential));
    let (lists, failure) = Lists::load(named.map_err(|error| unfit(error.to_string()))?, &[], now).await;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let verified = verifier
        .with_status_lists(&lists.token)
        .verify(credential, now)
        .map_err(|error| unfit(error.to_string()))?;
    let claims = verified.claims();
    if example
        .subject
        .iter()
        .any(|(name, value)| claims.get(name) != Some(value))
    {
        return Err(unfit("a claim differs from the subject".into()));
    }
    let vct = claims.get("vct").and_then(Value::as_str).unwrap_or_default();
    Ok(vct.to_owned())
}

/// 6. Derives the same key from the wallet again, seals the documents to its public half, and stores them.
pub(super) async fn seal(
    partner: &Partner,
    holder: &Holder,
    example: &Example,
    folder: &Folder,
) -> Step<Vec<SealedDocument>> {
    let derived = holder.wallet.root(&holder.session)?.derive(&holder.context)?;
    if *derived.public_key() != holder.public_key {
        return Err(Failure::failed(
            "the wallet derives a different CAK than at issuance",
        ));
    }
    folder.write_json("cak.json", &DerivedKey::of(&holder.public_key))?;
    let token = partner.token(Scope::Issue, None).await?;
    let mut stored = Vec::new();
    for Document { name, bytes } in &example.documents {
        let sealed = holder
            .public_key
            .seal(&holder.context, name.as_bytes(), bytes, &mut rand::rng())?;
        folder.write(&format!("sealed/{name}.sealed"), &sealed, Audience::Everyone)?;
        let object = partner
            .client
            .local()
            .store_object(token.expose_secret(), holder.core_claim_hash, name, sealed)
            .await?;
        stored.push(SealedDocument {
            name: name.clone(),
            size: bytes.len(),
            sealed_size: object.size,
            storage_id: object.storage_id.to_string(),
            sealed_sha256: object.sha256,
        });
    }
    let mut lines = vec!["the wallet derives the same CAK; the issuer seals with its public half".to_owned()];
    lines.extend(stored.iter().map(|document| {
        format!(
            "{}, {}: in dStorage as {}",
            document.name,
            kilobytes(document.size),
            document.storage_id
        )
    }));
    Ok(StepOutput::new(stored, lines))
}

/// 7. A verifier requests the credential and the user decides. After consent, fetches, opens and
///    compares the documents.
pub(super) async fn verify(
    partner: &Partner,
    programs: &Programs,
    holder: &Holder,
    example: &Example,
    folder: &Folder,
    consent: impl FnOnce(&ConsentRequest) -> Option<ConsentDecision>,
) -> Step<VerificationReport> {
    let token = partner.token(Scope::Verify, None).await?;
    let parameters = VerifyCredential {
        auth: (&token).into(),
        program_id: programs.verification.clone(),
    };
    let mut asked = String::new();
    let answered = partner
        .client
        .local()
        .holder(holder.session.clone(), holder.wallet.root(&holder.session)?)
        .verify_credential(parameters, |request| {
            asked = printable(&request.statement);
            consent(request).unwrap_or(ConsentDecision::Agree)
        })
        .await;
    let verification = match answered {
        Err(Error::ConsentDenied) => {
            let line = "consent denied: no key was released, nothing was opened";
            return Ok(StepOutput::refused(VerificationReport::denied(), line));
        }
        answered => answered?,
    };
    if verification.status != VerificationStatus::Compliant {
        return Err(Failure::failed(format!(
            "the verification's status is {:?}",
            verification.status
        )));
    }
    let (Some(key), Some(context)) = (&verification.cak_private_key, &verification.cak_context) else {
        return Err(Failure::failed("no private key was released"));
    };
    let opened = fetch_and_open(partner, &verification, key, context).await?;
    compare(&example.documents, &opened)?;
    for (name, bytes) in &opened {
        folder.write(&format!("opened/{name}"), bytes, Audience::Owner)?;
    }
    let lines = [
        format!("asked: {asked}"),
        "consent given → Compliant; the private key was released to the verifier".to_owned(),
        format!(
            "{} fetched and opened, identical to the originals",
            counted(opened.len() as u64, "document", "documents")
        ),
    ];
    Ok(StepOutput::new(
        VerificationReport {
            consent: Consent::Agreed,
            status: Some(verification.status),
            transaction_hash: verification.transaction_hash,
            cak_private_key_released: true,
            disclosed_data: verification.disclosed_data,
            opened: opened.into_iter().map(|(name, _)| name).collect(),
        },
        lines,
    ))
}

/// Checks that every document came back unchanged.
fn compare(documents: &[Document], opened: &[(String, zeroize::Zeroizing<Vec<u8>>)]) -> Result<(), Failure> {
    let same = |document: &Document| {
        opened.iter().any(|(name, bytes)| {
            *name == document.name && Sha256::digest(bytes) == Sha256::digest(&document.bytes)
        })
    };
    match documents.iter().find(|document| !same(document)) {
        None if documents.len() == opened.len() => Ok(()),
        None => Err(Failure::failed(
            "the platform returned other documents than were stored",
        )),
        Some(document) => Err(Failure::failed(format!(
            "{} differs from the original",
            document.name
        ))),
    }
}

/// 8. Issues on behalf of a second user, who is not present.
pub(super) async fn issue_on_behalf(
    partner: &Partner,
    account: &Account,
    programs: &Programs,
    example: &Example,
    anchoring: &Anchoring,
) -> Step<OnBehalf> {
    let recipient = address(SECOND_USER)?;
    let token = partner.token(Scope::IssueOnBehalf, Some(&recipient)).await?;
    let mut subject = example.subject.clone();
    if let Some(email) = subject.get_mut("email") {
        *email = SECOND_USER.into();
    }
    let issued = partner
        .client
        .issue_on_behalf(
            token.expose_secret(),
            &IssueOnBehalf {
                issuer_did: account.issuer_did.clone(),
                program: programs.issuance.clone(),
                credential_subject: subject,
                on_duplicate: OnDuplicate::Revoke,
            },
        )
        .await?;
    let status = anchoring.until_anchored(partner, issued.core_claim_hash).await?;
    let line = format!(
        "{} issued to {SECOND_USER} on behalf; status ONCHAIN",
        status.vc_id
    );
    Ok(StepOutput::new(
        OnBehalf {
            email: SECOND_USER.to_owned(),
            user_uuid: issued.user_uuid,
            core_claim_hash: issued.core_claim_hash,
            vc_id: status.vc_id,
            vc_status: "ONCHAIN",
        },
        [line],
    ))
}

impl VerificationReport {
    fn denied() -> Self {
        Self {
            consent: Consent::Denied,
            status: None,
            transaction_hash: None,
            cak_private_key_released: false,
            disclosed_data: None,
            opened: Vec::new(),
        }
    }
}

fn address(text: &str) -> Result<EmailAddress, Failure> {
    text.parse()
        .map_err(|error: air_ids::Error| Failure::failed(error.to_string()))
}

fn shortened(text: &str) -> &str {
    text.get(..26).unwrap_or(text)
}

fn kilobytes(bytes: usize) -> String {
    format!("{} KB", bytes.div_ceil(1000))
}
