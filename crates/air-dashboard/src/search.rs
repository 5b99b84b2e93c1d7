//! The search over everything: the first of each kind that fit, with links to all of them.

mod exact;

use air_api::sandbox::SchemaSearch;
use axum::extract::State;
use maud::{Markup, html};

use super::{
    credentials,
    form::Fields,
    layout::{Failed, Page, Section, Visit},
    programs, schemas, verification,
};
use air_platform::{
    App, RefusalKind, catalogue,
    dashboard::{self, CallbackFilter, CredentialSearch, ProgramFilter, RunFilter},
};

/// The number of finds of each kind. The kind's page has all.
const FIRST: usize = 5;

/// A find: where it is, what it is called, and what sets it apart.
struct Find {
    path: String,
    name: String,
    detail: String,
}

struct Kind {
    name: &'static str,
    /// The page that has all finds.
    path: &'static str,
    finds: Vec<Find>,
}

impl Kind {
    /// A kind that is found by a whole id.
    fn of_one(name: &'static str, find: Option<Find>) -> Self {
        Self {
            name,
            path: "",
            finds: find.into_iter().collect(),
        }
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, fields: Fields) -> Result<Page, Failed> {
    let text = fields.text("q");
    let kinds = if text.is_empty() {
        Vec::new()
    } else {
        find(&app, text).await?
    };
    let is_empty = kinds.iter().all(|kind| kind.finds.is_empty());
    let content = html! {
        @if is_empty {
            p.empty { "Nothing has these words. Search for a name, a title, an e-mail address, an id or a core claim hash." }
        }
        @for kind in kinds.iter().filter(|kind| !kind.finds.is_empty()) { (section(kind, text)) }
    };
    let title = format!("Search: {text}");
    Ok(visit.page(Section::None, &title, &content))
}

fn section(kind: &Kind, text: &str) -> Markup {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("q", text)
        .finish();
    html! {
        section.panel.found {
            h2 { (kind.name) }
            ul.plain {
                @for find in kind.finds.iter().take(FIRST) {
                    li { a href=(find.path) { bdi { (find.name) } } " " span.hint { bdi { (find.detail) } } }
                }
            }
            @if kind.finds.len() > FIRST { p { a href=(format!("{}?{query}", kind.path)) { "All " (kind.name.to_lowercase()) " that fit" } } }
        }
    }
}

async fn schemas(app: &App, text: &str) -> Result<Vec<Find>, Failed> {
    let search = SchemaSearch {
        q: text.to_owned(),
        page: 1,
        limit: SchemaSearch::PAGE_LIMIT.min(dashboard::PAGE),
    };
    let found = match catalogue::search(app, &search).await {
        Ok(found) => found.records,
        // An ID can have more words than the catalogue's search takes.
        Err(refusal) if refusal.kind() == RefusalKind::BadRequest => Vec::new(),
        Err(refusal) => return Err(refusal.into()),
    };
    let finds = found.into_iter().map(|schema| Find {
        path: schemas::path(&schema.schema_id),
        name: schema.title,
        detail: schema.schema_id.as_str().to_owned(),
    });
    Ok(finds.collect())
}

async fn find(app: &App, text: &str) -> Result<Vec<Kind>, Failed> {
    let credentials = dashboard::credentials(app, &CredentialSearch::new(text)).await?;
    let credentials = credentials.rows.into_iter().map(|row| Find {
        path: credentials::path(&row.core_claim_hash),
        name: format!("{}, {}", row.title, row.email.as_str()),
        detail: row.core_claim_hash.to_string(),
    });
    let users = dashboard::users(app, text, None, 1)
        .await?
        .rows
        .into_iter()
        .map(|user| Find {
            path: format!("/dashboard/users/{}", user.user_uuid),
            name: user.email.as_str().to_owned(),
            detail: user.user_uuid.into(),
        });
    let schemas = schemas(app, text).await?;
    let filter = ProgramFilter {
        text,
        ..ProgramFilter::default()
    };
    let programs = dashboard::programs(app, filter, None, 1)
        .await?
        .rows
        .into_iter()
        .map(|program| Find {
            path: programs::path(&program.program_id),
            name: format!("{}, {}", program.label(), program.partner_name),
            detail: program.program_id.into(),
        });
    let queries = dashboard::verification_programs(app, text, None, 1).await?;
    let queries = queries.rows.into_iter().map(|program| Find {
        path: verification::path(&program.program_id),
        name: format!("{}, {}", program.label(), program.partner_name),
        detail: program.program_id.into(),
    });
    let accounts = dashboard::accounts(app, text, None, 1)
        .await?
        .rows
        .into_iter()
        .map(|account| Find {
            path: super::accounts::path(&account.partner_id),
            name: account.name,
            detail: account.partner_id.into(),
        });
    let filter = RunFilter {
        text,
        ..RunFilter::default()
    };
    let runs = dashboard::runs(app, filter, None, 1).await?;
    let runs = runs.rows.into_iter().map(|run| Find {
        path: verification::run_path(&run.verification_id),
        name: format!("{}, {}", run.title, run.email.as_str()),
        detail: run.verification_id.into(),
    });
    let filter = CallbackFilter {
        text,
        ..CallbackFilter::default()
    };
    let callbacks = dashboard::callbacks(app, filter, None, 1).await?;
    let callbacks = callbacks.rows.into_iter().map(|(_, issuer, callback)| Find {
        path: format!("/dashboard/callbacks?q={}", callback.record_id),
        name: format!("Callback to {issuer}, {}", callback.created_at),
        detail: callback.record_id,
    });
    let exact = exact::find(app, text).await?;
    let kind = |name, path, finds: Vec<Find>| Kind { name, path, finds };
    let mut kinds = vec![
        kind("Credentials", "/dashboard/credentials", credentials.collect()),
        kind("Users", "/dashboard/users", users.collect()),
        kind("Programs", "/dashboard/programs", programs.collect()),
        kind("Schemas", "/dashboard/schemas", schemas),
        kind(
            "Verification programs",
            "/dashboard/verification",
            queries.collect(),
        ),
        kind("Accounts", "/dashboard/accounts", accounts.collect()),
        kind(
            "Verification records",
            "/dashboard/verification/records",
            runs.collect(),
        ),
        kind("Callbacks", "/dashboard/callbacks", callbacks.collect()),
    ];
    kinds.extend(exact);
    Ok(kinds)
}
