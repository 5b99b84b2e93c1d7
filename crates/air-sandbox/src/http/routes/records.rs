//! Lists of accounts and programs, for the operator.

use air_api::sandbox::{ListQuery, PartnerRecord, ProgramRecord, RecordPage, VerificationProgramRecord};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};

use crate::http::{
    answer::Answer,
    api::{Api, Tag, get},
};
use air_platform::{App, Refusal, records};

type ListInput = Result<Query<ListQuery>, QueryRejection>;

pub(super) fn routes(api: &mut Api) {
    let tag = Tag::SetUp;
    api.add(
        get("/sandbox/v1/partners", "partners", tag, "List the partners").set_up(),
        partners,
    );
    api.add(
        get(
            "/sandbox/v1/programs",
            "programs",
            tag,
            "List the issuance programs, with the drafts",
        )
        .set_up(),
        programs,
    );
    api.add(
        get(
            "/sandbox/v1/verification-programs",
            "verificationPrograms",
            tag,
            "List the verification programs",
        )
        .set_up(),
        verification_programs,
    );
}

async fn partners(State(app): State<App>, query: ListInput) -> Answer<RecordPage<PartnerRecord>> {
    records::partners(&app, &read(query)?).await.map(Json)
}

async fn programs(State(app): State<App>, query: ListInput) -> Answer<RecordPage<ProgramRecord>> {
    records::programs(&app, &read(query)?).await.map(Json)
}

async fn verification_programs(
    State(app): State<App>,
    query: ListInput,
) -> Answer<RecordPage<VerificationProgramRecord>> {
    records::verification_programs(&app, &read(query)?)
        .await
        .map(Json)
}

fn read(query: ListInput) -> Result<ListQuery, Refusal> {
    let Query(query) = query
        .map_err(|_| Refusal::bad_request("invalid query: it may have q and page; page must be a number"))?;
    Ok(query)
}
