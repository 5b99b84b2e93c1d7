//! `POST /admin/publish-token-status-list`. Lists are signed when they change, so it signs only
//! those that are out of date.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};

use super::{
    api_key::{self, Caller},
    refusal::Refusal,
};
use crate::state::State as Service;

pub(super) async fn publish(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    api_key::check(&service, &headers, Caller::Admin)?;
    let lists = service.lists.as_ref().ok_or_else(Refusal::not_supported)?;
    lists.publish_all().await?;
    Ok(StatusCode::OK)
}
