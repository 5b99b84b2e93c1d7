//! The authority of the certificates of issuers and verifiers, for wallets.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::http::api::{Api, Description, Output, Tag, get};
use air_platform::{App, Refusal, openid4vc};

pub(super) fn routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/wallet-authority.pem",
            "walletAuthority",
            Tag::Credentials,
            "Show the authority of the certificates of issuers and verifiers for wallets (OpenID4VC)",
        ),
        show,
    );
}

async fn show(State(app): State<App>) -> Result<CertificatePem, Refusal> {
    openid4vc::authority_certificate(&app).await.map(CertificatePem)
}

/// A certificate in PEM (RFC 7468, section 5).
struct CertificatePem(String);

impl CertificatePem {
    /// RFC 8555, section 9.1.
    const MEDIA_TYPE: &'static str = "application/pem-certificate-chain";
}

impl Output for CertificatePem {
    fn describe(description: &mut Description<'_>) {
        let pem = json!({ "type": "string", "pattern": "^-----BEGIN CERTIFICATE-----" });
        description.answers_as(Self::MEDIA_TYPE, pem);
    }

    fn respond(self) -> Response {
        ([(header::CONTENT_TYPE, Self::MEDIA_TYPE)], self.0).into_response()
    }
}
