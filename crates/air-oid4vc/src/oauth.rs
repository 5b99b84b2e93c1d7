//! The authorization code for credentials: pushed requests, PKCE, `iss`, and tokens that are bound to a
//! client and a DPoP key, as OpenID4VCI 1.0 (section 5) and HAIP require.
//!
//! An authorization server keeps one value for each step, and each step consumes the value before it:
//! [`PushedRequest`] becomes an [`AuthorizationSession`] when the user's browser arrives, an [`IssuedCode`]
//! when the user agrees, and a [`Grant`] when the client redeems the code. A grant refreshes tokens. A value
//! that a step consumed cannot be used again: remove it from the storage in the same transaction.
//!
//! ```
//! use std::time::Duration;
//!
//! use air_oid4vc::UnixTime;
//! use air_oid4vc::oauth::{AuthorizationAnswer, AuthorizationRequest, Client, CodeRequest, CodeVerifier, PushedRequest, Requested};
//!
//! # fn main() -> Result<(), air_oid4vc::Error> {
//! let now = UnixTime::from_secs(1_800_000_000);
//! let soon = now.saturating_add(Duration::from_mins(1));
//! let client = Client { id: "wallet", dpop_key: Some("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I") };
//!
//! // The wallet pushes its request, and gets a request URI.
//! let verifier = CodeVerifier::from_random(&[7; 32]);
//! let request = AuthorizationRequest::new("wallet", "https://wallet.example/cb", Requested::scope("pid"), &verifier)
//!     .with_state("s1");
//! let pushed = PushedRequest::accept(request.to_form().as_bytes(), &client, soon)?;
//!
//! // The browser arrives with the request URI; the user logs in and agrees.
//! let session = pushed.begin("wallet", now)?;
//! let answer = AuthorizationAnswer::code("c1", &session, &"https://issuer.example".parse()?);
//! let code = session.authorize(soon);
//!
//! // The wallet checks the answer, and redeems the code.
//! let received = AuthorizationAnswer::parse(&answer.to_redirect())?;
//! let received = received.check(Some("s1"), &"https://issuer.example".parse()?)?;
//! let redeem = CodeRequest::new(received, "https://wallet.example/cb", "wallet", verifier);
//! let grant = code.redeem(&CodeRequest::parse(redeem.to_form().as_bytes())?, &client, now)?;
//! assert_eq!(grant.requested().scopes(), ["pid"]);
//! # Ok(())
//! # }
//! ```
//!
//! The caller authenticates the client and verifies its DPoP proof before each step (`air-jwt`), makes codes
//! and request URIs of at least 16 random bytes, and stores them as hashes.

mod answer;
mod code;
mod pkce;
mod request;
mod requested;
mod rule;

pub use answer::AuthorizationAnswer;
pub use code::{
    AuthorizationSession, Binding, Client, CodeRequest, Grant, IssuedCode, PushedRequest, RefreshRequest,
};
pub use pkce::{CodeChallenge, CodeVerifier};
pub use request::AuthorizationRequest;
pub use requested::Requested;
pub use rule::Rule;

use crate::Error;

/// The maximum length of a form in bytes.
const LENGTH_LIMIT: usize = 64 * 1024;

fn refused(name: &str, rule: Rule) -> Error {
    Error::Authorization {
        place: format!("/{name}"),
        rule,
    }
}
