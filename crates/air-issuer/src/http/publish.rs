//! `POST /admin/publish-token-status-list`. Lists are signed when they change, so it signs only
//! those that are out of date.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde_json::Map;

use super::{
    api_key::{self, Caller},
    idempotency::{self, Answer},
    refusal::Refusal,
};
use crate::state::State as Service;

const PATH: &str = "/admin/publish-token-status-list";

pub(super) async fn publish(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
) -> Result<Answer, Refusal> {
    let actor = api_key::check(&service, &headers, Caller::Admin)?;
    let key = idempotency::read(&service, &headers, &actor, PATH, &Map::new())?;
    let operation = {
        let service = service.clone();
        async move { publish_lists(&service).await }
    };
    idempotency::once(&service, key, operation).await
}

async fn publish_lists(service: &Service) -> Result<Answer, Refusal> {
    let lists = service.lists.as_ref().ok_or_else(Refusal::not_supported)?;
    lists.publish_all().await?;
    Ok(Answer::of(StatusCode::OK))
}
