//! Programs with W3C credentials in seed files.

use air_api::{PartnerId, ProgramId, sandbox::Seed};
use air_store::{
    ReadTx,
    seeds::{self, Kind},
};

use crate::{App, Refusal, stored::find_program, w3c_proofs};

/// Prepares the publication of the file's programs with proofs, except those that are published. Don't hold a transaction: the program for
/// proofs answers first.
pub(super) async fn prepare(app: &App, seed: &Seed) -> Result<(), Refusal> {
    for program in &seed.programs {
        let Some(suite) = program.proof.filter(|_| program.publish) else {
            continue;
        };
        let in_seed = |refusal: Refusal| refusal.about(&format!("`{}`", program.key));
        w3c_proofs::check_program(program.proof, program.unlinkable, program.expiration).map_err(in_seed)?;
        let mut read = app.store.read().await?;
        let partner_id = seeds::find_partner(&mut read, &seed.partner.name).await?;
        let is_published = match &partner_id {
            Some(partner_id) => is_published(&mut read, partner_id, &program.key).await?,
            None => false,
        };
        drop(read);
        let prepared = match partner_id {
            _ if is_published => Ok(()),
            Some(partner_id) => w3c_proofs::prepare(app, &partner_id, Some(suite)).await,
            None => w3c_proofs::prepare_suite(app, suite).await,
        };
        prepared.map_err(in_seed)?;
    }
    Ok(())
}

async fn is_published(read: &mut ReadTx, partner_id: &PartnerId, key: &str) -> Result<bool, Refusal> {
    let Some(program_id) = seeds::find::<ProgramId>(read, partner_id, Kind::Program, key).await? else {
        return Ok(false);
    };
    let program = find_program(read, program_id.as_str()).await?;
    Ok(program.published)
}
