//! Keys behind a signing service: version 1 of a small protocol over HTTP.
//!
//! A service has a base URL, such as `https://signer.example/team-a`, and answers two requests. Both need
//! `Authorization: Bearer TOKEN`. Texts are UTF-8, and *base64url* has no padding (RFC 4648, 5).
//!
//! | request | body | response (200, `application/json`) |
//! |---|---|---|
//! | `GET {base}/v1/keys` | – | a JWK set (RFC 7517): the public keys that this bearer token may use, each with `kid` and `alg` |
//! | `POST {base}/v1/sign` | `{"kid": "…", "algorithm": "ES256", "message": "…"}` | `{"signature": "…"}` |
//!
//! * `algorithm` is the key's `alg`: `ES256` or `RS256` (RFC 7518, 3.1).
//! * `message` is the signing input itself in base64url, not its digest; 1 byte to 1 MiB before encoding.
//! * `signature` is in the format of JWS, in base64url: for ES256 the 64 bytes `r || s`.
//! * Unknown members are ignored. Responses have at most 64 KiB.
//! * Signing changes nothing, so a request may be repeated.
//!
//! | status | meaning | repeated |
//! |---|---|---|
//! | 400, 415 | the request does not follow the protocol | no |
//! | 401, 403 | the bearer token is wrong, or may not use the key | no |
//! | 404 | there is no such key | no |
//! | 413 | the message is too long | no |
//! | 422 | the key does not sign with this algorithm | no |
//! | 429, 502, 503, 504 | overloaded, restarting, or the key store does not answer; `Retry-After` in seconds is honoured | yes |
//! | 500 | the service failed | no |
//!
//! An error's body is `{"error": {"code": "…", "message": "…"}}` for people. [`RemoteSigner`] does
//! not read it.

mod retry;
mod signer;
mod url;
mod wire;

pub use self::url::RemoteUrl;
pub use signer::{RemoteSigner, RemoteSignerBuilder};
