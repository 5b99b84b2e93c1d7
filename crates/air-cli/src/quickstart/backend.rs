//! The last step of `--issuer-backend`: a service of the issuer's own signs a credential, seals it to the user and stores it. The user
//! opens the envelope, and the credential is verified like any other. The quickstart calls the service as a page of the AIR Kit does.

use std::{fmt::Display, io, time::Duration};

use air_api::{
    InitializedUser, IssuerDid, ProofType, StoragePath, WebUrl,
    sandbox::{IssuerBackend, NewIssuerBackend},
};
use air_fetch::{Fetcher, NetworkPolicy, Request};
use air_issuer::{Config, Environment, IssuerService};
use air_jwt::{Scope, SigningKey};
use air_vc::{Challenge, ClaimPath, Credential, HeldCredential, Verifier};
use serde::Serialize;
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use super::{
    example::Example,
    folder::{Folder, PARTNER_KEY},
    parties::{Account, Holder, Programs},
    printer::StepOutput,
};
use crate::{
    credential::lists::Lists,
    exit::Failure,
    files::Audience,
    issuer::{resolver, unresolved},
    partner::Partner,
    time,
};

/// The subfolder of the service.
const FOLDER: &str = "issuer";
const KEY: &str = "credential-key.pem";
const CLAIMS: &str = "claims.ndjson";
/// How long the service may take to issue: it waits 10 s for dStorage.
const TIMEOUT: Duration = Duration::from_secs(15);
/// The maximum size of its answer.
const LIMIT: usize = 64 * 1024;

/// The step that issues through the service, with the results of the earlier steps.
pub(super) struct BackendStep<'a> {
    /// The platform's URL.
    pub(super) platform: &'a str,
    pub(super) partner: &'a Partner,
    pub(super) account: &'a Account,
    pub(super) programs: &'a Programs,
    pub(super) holder: &'a Holder,
    pub(super) example: &'a Example,
    pub(super) folder: &'a Folder,
}

/// The credential of the service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OwnBackend {
    did: IssuerDid,
    storage_path: StoragePath,
    #[serde(skip)]
    port: u16,
}

impl OwnBackend {
    pub(super) fn did(&self) -> &IssuerDid {
        &self.did
    }

    /// The port of the service at `localhost`.
    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

/// A running service. It ends if this is dropped.
struct Service {
    did: String,
    port: u16,
    url: String,
    api_key: String,
    end: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl BackendStep<'_> {
    /// 9. Starts the service, registers it, has it issue to the user, and opens and verifies the credential.
    pub(super) async fn issue(&self) -> Result<StepOutput<OwnBackend>, Failure> {
        let service = self.start().await?;
        let registered = self.register(&service).await?;
        let token = self.partner.token(Scope::Issue, None).await?;
        let email = &self.holder.email;
        let user = self.partner.client.initialize_user(&token, email).await?;
        let key = SigningKey::generate(&mut rand::rng());
        self.call(&service, &user, &key).await?;
        let (storage_path, credential) = self.open().await?;
        self.verify(&service.did, &credential, &key).await?;
        self.write("credential.sd-jwt", credential.as_bytes(), Audience::Owner)?;
        let lines = [
            format!("{} answers at {}, and is registered", service.did, service.url),
            format!(
                "it issued to {}: sealed, in dStorage as {}",
                email.as_str(),
                storage_path.as_str()
            ),
            "the user opens the envelope; signature, key binding and status list verify".to_owned(),
        ];
        let port = service.port;
        service.stop().await?;
        Ok(StepOutput::new(
            OwnBackend {
                did: registered.did,
                storage_path,
                port,
            },
            lines,
        ))
    }

    /// Starts the service on a free port of this machine, with its database in the folder.
    async fn start(&self) -> Result<Service, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(broken)?;
        let port = listener.local_addr().map_err(broken)?.port();
        let url = format!("http://localhost:{port}");
        let key = SigningKey::generate(&mut rand::rng());
        self.write(KEY, key.expose_pkcs8_pem().as_bytes(), Audience::Owner)?;
        let row = json!({ "userId": self.holder.email.as_str(), "credentialSubject": self.example.subject });
        self.write(CLAIMS, format!("{row}\n").as_bytes(), Audience::Owner)?;
        let toml = self.toml();
        self.write("issuer.toml", toml.as_bytes(), Audience::Everyone)?;
        let api_key = random_key();
        let environment = Environment::new([
            ("ISSUER_ORIGIN", url.clone()),
            ("PARTNER_ID", self.account.partner_id.to_string()),
            ("MOCA_CHAIN_API_ORIGIN", self.platform.to_owned()),
            ("API_KEY", api_key.clone()),
            ("ADMIN_API_KEY", random_key()),
            ("SD_JWT_TSL_PARTITION_SIZE", "1024".to_owned()),
        ]);
        let config = Config::read(&environment, Some(&toml), &self.folder.place(FOLDER)).map_err(broken)?;
        let service = IssuerService::start(config).await.map_err(broken)?;
        let (end, ended) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let ended = async move {
                let _ = ended.await;
            };
            service.serve(listener, ended).await
        });
        Ok(Service {
            did: format!("did:web:localhost%3A{port}"),
            port,
            url,
            api_key,
            end,
            task,
        })
    }

    fn toml(&self) -> String {
        format!(
            r#"sqlite = "data"

[keys]
tokens = {{ file = "../{PARTNER_KEY}" }}
credentials = {{ file = "{KEY}" }}
status-lists = {{ file = "{KEY}" }}

[[schemas]]
id = "{}"
valid-for = "90d"
document = "../input/schema.json"
claims = {{ table = "{CLAIMS}" }}
"#,
            self.programs.schema
        )
    }

    async fn register(&self, service: &Service) -> Result<IssuerBackend, Failure> {
        let url = |name: &str| {
            let url = format!("{}/{name}", service.url);
            url.parse::<WebUrl>().map_err(broken)
        };
        let new = NewIssuerBackend {
            did: service.did.parse::<IssuerDid>().map_err(broken)?,
            available_vc_api_url: url("available-vc")?,
            issue_vc_api_url: url("issue-vc")?,
            revocation_status_api_url: Some(url("revocation-status")?),
            api_key: service.api_key.clone(),
        };
        let local = self.partner.client.local();
        Ok(local
            .register_issuer_backend(&self.account.partner_id, &new)
            .await?)
    }

    /// Calls `issue-vc`. The credential is bound to the key.
    async fn call(&self, service: &Service, user: &InitializedUser, key: &SigningKey) -> Result<(), Failure> {
        let body = json!({
            "holderDID": user.did,
            "pubKey": user.public_key,
            "userId": self.holder.email.as_str(),
            "schemaId": self.programs.schema.as_str(),
            "proofType": ProofType::SdJwtVc,
            "signingKey": { "jwk": key.public_jwk() },
        });
        let url = format!("{}/issue-vc", service.url);
        let request = Request::post(&url, "application/json", body.to_string())
            .with_header("x-api-key", service.api_key.as_str());
        let answer = Fetcher::new(NetworkPolicy::PublicAndLoopback)?
            .exchange_within(&request, LIMIT, TIMEOUT)
            .await
            .map_err(broken)?;
        if answer.is_success() {
            Ok(())
        } else {
            Err(broken(format!("issue-vc answered {}", answer.status)))
        }
    }

    /// Fetches the envelope as its holder, and opens it with the key that the platform keeps for users without a wallet of their own.
    async fn open(&self) -> Result<(StoragePath, String), Failure> {
        let local = self.partner.client.local();
        let token = self.holder.session.session_token.as_str();
        let held = local.held_credentials(token).await?.vcs;
        let stored = held
            .into_iter()
            .find(|vc| vc.schema_id == self.programs.schema)
            .ok_or_else(|| broken("it stored no credential in dStorage"))?
            .storage_path;
        let received = local.fetch_credential(token, &stored).await?;
        let key = local.holder_keys(token).await?.custodial;
        let key = key.ok_or_else(|| broken("the platform keeps no key of the user"))?;
        let plaintext = key.open(&received.envelope)?;
        let opened = HeldCredential::from_plaintext(&plaintext).map_err(broken)?;
        let compact = opened
            .compact()
            .ok_or_else(|| broken("the envelope has no SD-JWT VC"))?;
        Ok((stored, compact.to_owned()))
    }

    /// Presents the credential with key binding, and verifies it with the issuer's published keys and status list.
    async fn verify(&self, did: &str, credential: &str, key: &SigningKey) -> Result<(), Failure> {
        let keys = resolver()?
            .issuer_keys(did)
            .await
            .map_err(|error| unresolved(did, &error))?;
        let challenge = Challenge {
            nonce: random_key(),
            audience: self.programs.verification.to_string(),
        };
        let now = time::now();
        let held: Credential = credential.parse().map_err(broken)?;
        let presentation = held
            .present(&[ClaimPath::every()])
            .and_then(|whole| whole.bind(key, &challenge, now))
            .map_err(broken)?;
        let verifier = Verifier::new(did, &keys)
            .requiring_type(self.programs.schema.as_str())
            .requiring_key_binding(challenge);
        let named = verifier.named_lists(credential).map_err(broken)?;
        let (lists, failure) = Lists::load(named, &[], now).await;
        if let Some(failure) = failure {
            return Err(failure);
        }
        let verified = verifier
            .with_status_lists(&lists.token)
            .verify(presentation.as_str(), now)
            .map_err(broken)?;
        let (subject, claims) = (&self.example.subject, verified.claims());
        if subject
            .iter()
            .any(|(name, value)| claims.get(name) != Some(value))
        {
            return Err(broken("a claim of its credential differs from the subject"));
        }
        Ok(())
    }

    fn write(&self, name: &str, bytes: &[u8], audience: Audience) -> Result<(), Failure> {
        self.folder.write(&format!("{FOLDER}/{name}"), bytes, audience)
    }
}

impl Service {
    /// Ends the service, and closes its database.
    async fn stop(self) -> Result<(), Failure> {
        let _ = self.end.send(());
        self.task.await.map_err(broken)?.map_err(broken)
    }
}

/// A key or a nonce of 32 hex digits.
fn random_key() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

fn broken(error: impl Display) -> Failure {
    Failure::failed(format!("the issuer's own service: {error}"))
}
