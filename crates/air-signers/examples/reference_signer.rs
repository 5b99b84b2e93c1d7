//! A signing service that implements the protocol of `air_signers::remote`, for keys in files and in PKCS#11
//! tokens. Run it behind a proxy that terminates TLS, or on the machine that signs.
//!
//! ```sh
//! air keys generate --out key.pem
//! head -c 24 /dev/urandom | base64 > token
//! cargo run -p air-signers --example reference_signer -- --token-file token --key key.pem
//! ```

use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc};

use air_jwt::{Jwk, JwkSet, Signer, SignerError, SigningKey};
use air_signers::{Error, Pkcs11Signer, Pkcs11Uri, Secret};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

/// A message of 1 MiB in base64url, and the members around it.
const BODY_LIMIT: usize = 1_500_000;
const MESSAGE_LIMIT: usize = 1024 * 1024;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Sign for clients that have a bearer token.
#[derive(Parser)]
struct Arguments {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:8400")]
    listen: SocketAddr,
    /// The file with the bearer token.
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// A key to serve: a file, or `pkcs11:token=…;object=…?module-path=…&pin-source=file:…`; may be repeated.
    #[arg(long, required = true, value_name = "FILE|URI")]
    key: Vec<String>,
}

enum Key {
    File(SigningKey),
    Pkcs11(Pkcs11Signer),
}

struct Service {
    bearer: Secret,
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct SignRequest {
    kid: String,
    algorithm: String,
    message: String,
}

/// An error of the protocol: its status and its code.
struct Refusal(StatusCode, &'static str);

#[expect(clippy::print_stdout, reason = "an example speaks on stdout")]
#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let service = Arc::new(Service {
        bearer: Secret::from_file(&arguments.token_file)?,
        keys: arguments
            .key
            .iter()
            .map(|key| open(key))
            .collect::<Result<_, _>>()?,
    });
    let router = Router::new()
        .route("/v1/keys", get(keys))
        .route("/v1/sign", post(sign))
        .layer(from_fn_with_state(service.clone(), authenticate))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(service);
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    println!(
        "{}",
        json!({ "url": format!("http://{}/", listener.local_addr()?) })
    );
    axum::serve(listener, router).await?;
    Ok(())
}

fn open(key: &str) -> Result<Key, Failure> {
    if key.starts_with("pkcs11:") {
        let uri: Pkcs11Uri = key.parse()?;
        return Ok(Key::Pkcs11(Pkcs11Signer::builder(uri).open()?));
    }
    Ok(Key::File(SigningKey::from_file_bytes(&std::fs::read(key)?)?))
}

impl Key {
    fn public_jwk(&self) -> Jwk {
        match self {
            Self::File(key) => key.public_jwk(),
            Self::Pkcs11(key) => key.public_jwk(),
        }
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        match self {
            Self::File(key) => Ok(key.sign(message)),
            Self::Pkcs11(key) => key.sign(message).await,
        }
    }
}

async fn authenticate(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    if is_authorised(request.headers(), &service.bearer) {
        next.run(request).await
    } else {
        Refusal(StatusCode::UNAUTHORIZED, "unauthorised").into_response()
    }
}

fn is_authorised(headers: &HeaderMap, bearer: &Secret) -> bool {
    let given = headers.get(AUTHORIZATION).map(axum::http::HeaderValue::as_bytes);
    given
        .and_then(|value| value.strip_prefix(b"Bearer "))
        .is_some_and(|given| given.ct_eq(bearer.expose_secret().as_bytes()).into())
}

async fn keys(State(service): State<Arc<Service>>) -> Result<Response, Refusal> {
    let set = JwkSet::new(service.keys.iter().map(Key::public_jwk))
        .map_err(|_| Refusal(StatusCode::INTERNAL_SERVER_ERROR, "failed"))?;
    Ok(([("content-type", "application/json")], set.to_json()).into_response())
}

async fn sign(
    State(service): State<Arc<Service>>,
    request: Result<Json<SignRequest>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let Json(request) = request.map_err(|rejection| Refusal(rejection.status(), "malformed"))?;
    let key = service
        .keys
        .iter()
        .find(|key| key.public_jwk().kid().as_str() == request.kid)
        .ok_or(Refusal(StatusCode::NOT_FOUND, "unknownKey"))?;
    if key.public_jwk().algorithm().as_str() != request.algorithm {
        return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "otherAlgorithm"));
    }
    let message = URL_SAFE_NO_PAD
        .decode(&request.message)
        .map_err(|_| Refusal(StatusCode::BAD_REQUEST, "malformed"))?;
    match message.len() {
        0 => return Err(Refusal(StatusCode::BAD_REQUEST, "malformed")),
        1..=MESSAGE_LIMIT => {}
        _ => return Err(Refusal(StatusCode::PAYLOAD_TOO_LARGE, "tooLong")),
    }
    let signature = key.sign(&message).await.map_err(|error| unavailable(&error))?;
    Ok(Json(json!({ "signature": URL_SAFE_NO_PAD.encode(signature) })))
}

/// A key store that does not answer now is 503, so that clients repeat the request.
fn unavailable(error: &SignerError) -> Refusal {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<Error>());
    if cause.is_some_and(Error::is_retryable) {
        Refusal(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    } else {
        Refusal(StatusCode::INTERNAL_SERVER_ERROR, "failed")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, code) = self;
        // A body that is not JSON of the right form is a wrong request, whatever axum calls it.
        let status = match (status, code) {
            (StatusCode::UNPROCESSABLE_ENTITY, "malformed") => StatusCode::BAD_REQUEST,
            (status, _) => status,
        };
        let body = json!({ "error": { "code": code, "message": status.to_string() } });
        (status, Json(body)).into_response()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(self.public_jwk().kid()).finish()
    }
}
