//! Documents that anyone may read.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, header},
    response::IntoResponse,
};
use serde_json::json;

use super::{Answer, IssuerBackend, IssuerProfile};
use crate::{
    accept,
    rejection::{Rejection, no_store},
    segment::are_ids,
};

/// Finds the issuer of a path.
pub(super) async fn find<B: IssuerBackend>(backend: &B, id: &str) -> Result<IssuerProfile, Rejection> {
    if !are_ids(&[id]) {
        return Err(Rejection::not_found());
    }
    backend.issuer(id).await?.ok_or_else(Rejection::not_found)
}

/// The issuer's metadata: JSON, or signed if the request prefers that (OpenID4VCI 1.0, section 12.2.2).
pub(super) async fn issuer<B: IssuerBackend>(
    State(backend): State<B>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if !are_ids(&[&id]) {
        return Err(Rejection::not_found());
    }
    let (media_type, document) = if accept::prefers_jwt(&headers) {
        ("application/jwt", backend.signed_metadata(&id).await?)
    } else {
        ("application/json", backend.metadata(&id).await?)
    };
    let document = document.ok_or_else(Rejection::not_found)?;
    let headers = [(header::CONTENT_TYPE, media_type), (header::VARY, "accept")];
    Ok((headers, document).into_response())
}

pub(super) async fn authorization_server<B: IssuerBackend>(
    State(backend): State<B>,
    Path(id): Path<String>,
) -> Answer {
    let profile = find(&backend, &id).await?;
    Ok(Json(profile.authorization_server_metadata().to_value()).into_response())
}

/// JWT VC issuer metadata (SD-JWT VC).
pub(super) async fn keys<B: IssuerBackend>(State(backend): State<B>, Path(id): Path<String>) -> Answer {
    let profile = find(&backend, &id).await?;
    let keys = backend.issuer_keys(&id).await?.ok_or_else(Rejection::not_found)?;
    let metadata = json!({ "issuer": profile.issuer.as_str(), "jwks": keys });
    Ok(Json(metadata).into_response())
}

pub(super) async fn offer<B: IssuerBackend>(
    State(backend): State<B>,
    Path((id, reference)): Path<(String, String)>,
) -> Answer {
    if !are_ids(&[&id, &reference]) {
        return Err(Rejection::not_found());
    }
    let offer = backend.offer(&id, &reference).await?;
    let offer = offer.ok_or_else(Rejection::not_found)?;
    Ok((no_store(), Json(offer.to_value())).into_response())
}

/// A status list token: a JWT, or a CWT if the request prefers that (Token Status List, 8.1).
pub(super) async fn status_list<B: IssuerBackend>(
    State(backend): State<B>,
    Path((id, number)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Answer {
    if !are_ids(&[&id]) {
        return Err(Rejection::not_found());
    }
    let (media_type, token) = if accept::prefers_cwt(&headers) {
        let token = backend.status_list_cwt(&id, number).await?;
        ("application/statuslist+cwt", token)
    } else {
        let token = backend.status_list(&id, number).await?;
        ("application/statuslist+jwt", token.map(Bytes::from))
    };
    let token = token.ok_or_else(Rejection::not_found)?;
    let headers = [(header::CONTENT_TYPE, media_type), (header::VARY, "accept")];
    Ok((headers, token).into_response())
}

pub(super) async fn credential_type<B: IssuerBackend>(
    State(backend): State<B>,
    Path(credential_type): Path<String>,
) -> Answer {
    if !are_ids(&[&credential_type]) {
        return Err(Rejection::not_found());
    }
    let document = backend.credential_type(&credential_type).await?;
    let document = document.ok_or_else(Rejection::not_found)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], document).into_response())
}
