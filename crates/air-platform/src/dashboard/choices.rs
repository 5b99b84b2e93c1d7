//! The options of a form's selection: the newest records, limited to a readable number.

use air_schema::CredentialSchema;

use crate::{App, Refusal, names::isolated};
use air_store::{
    dashboard::{self, ProgramFilter},
    schema_index::{self, Window},
};

/// The maximum number of options.
pub(crate) const MOST: usize = 200;
/// One row more, which shows that there are other records.
const WINDOW: Window = Window {
    offset: 0,
    limit: 201,
};

/// Ids with names, newest first.
#[derive(Debug)]
pub struct Choices {
    /// IDs and names.
    pub options: Vec<(String, String)>,
    /// Whether these are all records.
    pub are_all: bool,
}

impl Choices {
    fn new(mut options: Vec<(String, String)>) -> Self {
        let are_all = options.len() <= MOST;
        options.truncate(MOST);
        Self { options, are_all }
    }
}

/// Lists the partners of a selection field.
pub async fn partners(app: &App) -> Result<Choices, Refusal> {
    let accounts = dashboard::accounts(&mut *app.store.read().await?, "", None, WINDOW).await?;
    let options = accounts
        .into_iter()
        .map(|account| (account.partner_id.into(), account.name));
    Ok(Choices::new(options.collect()))
}

/// Returns published programs. A draft cannot issue.
pub async fn programs(app: &App) -> Result<Choices, Refusal> {
    let published = ProgramFilter {
        state: "published",
        ..ProgramFilter::default()
    };
    let programs = dashboard::programs(&mut *app.store.read().await?, published, None, WINDOW).await?;
    let options = programs.into_iter().map(|program| {
        let text = format!(
            "{} by {} ({})",
            isolated(program.label()),
            isolated(&program.partner_name),
            program.program_id
        );
        (program.program_id.into(), text)
    });
    Ok(Choices::new(options.collect()))
}

/// Lists the schemas of a selection field.
pub async fn schemas(app: &App) -> Result<Choices, Refusal> {
    let newest = schema_index::newest(&mut *app.store.read().await?, WINDOW).await?;
    let options = newest.into_iter().map(|hit| {
        let schema = CredentialSchema::from_slice(hit.schema.form.as_bytes()).map_err(Refusal::internal)?;
        let text = format!("{} {}", isolated(schema.title()), schema.version());
        Ok((hit.schema.schema_id.into(), text))
    });
    Ok(Choices::new(options.collect::<Result<_, Refusal>>()?))
}
