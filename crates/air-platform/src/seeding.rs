//! Applies seed files. What a file names exists once, however often the file is applied: a partner
//! is identified by its name, everything else by its key in the file, within the partner. A file
//! that contradicts what exists is rejected with the differences.

mod differences;
mod proofs;

use std::collections::BTreeMap;

use air_api::{
    PartnerId, ProgramId, SchemaId, VerificationProgramId,
    sandbox::{
        CreateProgram, CreateSchema, CreateVerificationProgram, CreatedPartner, NewIssuerBackend, NewPartner,
        Seed, SeedProgram, SeedSchema, SeedVerificationProgram, Seeded, SeededPartner, SeededPartners,
    },
};
use air_ids::UnixTime;

use self::differences::Differences;
use super::{
    App, Refusal,
    idempotency::{Caller, IdempotentResponse, RequestKey},
    issuer_backends, setup,
    stored::{find_program, find_schema},
};
use air_store::{
    ReadTx, WriteTx, issuer_backends as stored_backends,
    partners::{self, Partner},
    programs,
    seeds::{self, Kind},
    sql::Read,
};

/// The maximum number of partners in a list.
const LIMIT: u64 = 100;

/// Applies a whole seed file, or nothing if it fails.
pub async fn seed(
    app: &App,
    seed: Seed,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<Seeded>, Refusal> {
    if let Some(backend) = &seed.issuer_backend {
        issuer_backends::check(app, backend).map_err(in_seed("issuerBackend"))?;
    }
    proofs::prepare(app, &seed).await?;
    app.idempotent(Caller::SET_UP, request_key, async |tx| {
        let now = tx.now;
        apply(tx, seed, now).await
    })
    .await
}

/// Returns the partners that seed files created, newest first.
pub async fn list(app: &App) -> Result<SeededPartners, Refusal> {
    let mut read = app.store.read().await?;
    let mut found = Vec::new();
    for partner_id in seeds::partners(&mut read, LIMIT).await? {
        found.push(seeded_partner(&mut read, &partner_id).await?);
    }
    Ok(SeededPartners { partners: found })
}

async fn seeded_partner(read: &mut ReadTx, partner_id: &PartnerId) -> Result<SeededPartner, Refusal> {
    let partner = existing_partner(read, partner_id).await?;
    Ok(SeededPartner {
        name: partner.name,
        jwks_url: partner.jwks_url,
        partner_id: partner.partner_id,
        issuer_did: partner.issuer_did,
        verifier_did: partner.verifier_did,
        schemas: seeds::of_partner(read, partner_id, Kind::Schema).await?,
        programs: seeds::of_partner(read, partner_id, Kind::Program).await?,
        verification_programs: seeds::of_partner(read, partner_id, Kind::VerificationProgram).await?,
    })
}

async fn apply(tx: &mut WriteTx, seed: Seed, now: UnixTime) -> Result<Seeded, Refusal> {
    let partner = find_or_create_partner(tx, seed.partner, now).await?;
    if let Some(backend) = seed.issuer_backend {
        register_backend(tx, &partner.partner_id, backend, now).await?;
    }
    let mut seeding = Seeding {
        tx,
        partner_id: partner.partner_id.clone(),
        schemas: BTreeMap::new(),
        now,
    };
    for schema in seed.schemas {
        let key = schema.key.clone();
        let schema_id = seeding.schema(schema).await.map_err(in_seed(&key))?;
        seeding.schemas.insert(key, schema_id);
    }
    let mut programs = BTreeMap::new();
    for program in seed.programs {
        let key = program.key.clone();
        let program_id = seeding.program(program).await.map_err(in_seed(&key))?;
        programs.insert(key, program_id);
    }
    let mut verification_programs = BTreeMap::new();
    for program in seed.verification_programs {
        let key = program.key.clone();
        let program_id = seeding
            .verification_program(program)
            .await
            .map_err(in_seed(&key))?;
        verification_programs.insert(key, program_id);
    }
    Ok(Seeded {
        partner_id: partner.partner_id,
        issuer_did: partner.issuer_did,
        verifier_did: partner.verifier_did,
        schemas: seeding.schemas,
        programs,
        verification_programs,
    })
}

async fn find_or_create_partner(
    tx: &mut WriteTx,
    new: NewPartner,
    now: UnixTime,
) -> Result<CreatedPartner, Refusal> {
    let Some(partner) = find_partner(tx, &new.name).await? else {
        let name = new.name.clone();
        let created = setup::insert_partner(tx, new, now).await?;
        let id = &created.partner_id;
        seeds::insert(tx, id, Kind::Partner, &name, id.as_str()).await?;
        return Ok(created);
    };
    Differences::of_partner(&partner, &new)
        .map_err(Refusal::internal)?
        .check(&format!("partner `{}`", new.name))?;
    Ok(CreatedPartner {
        partner_id: partner.partner_id,
        issuer_did: partner.issuer_did,
        verifier_did: partner.verifier_did,
    })
}

/// Registers the issuer's backend, unless the same one is registered.
async fn register_backend(
    tx: &mut WriteTx,
    partner_id: &PartnerId,
    new: NewIssuerBackend,
    now: UnixTime,
) -> Result<(), Refusal> {
    let Some(exists) = stored_backends::find(tx, partner_id.as_str()).await? else {
        return issuer_backends::insert(tx, partner_id, new, now).await.map(drop);
    };
    let wanted = issuer_backends::row(partner_id, new);
    Differences::of_issuer_backends(&exists, &wanted).check("the issuer's backend")
}

/// Returns the partner that an earlier seed created under this name, or else the only partner with the name.
async fn find_partner(tx: &mut WriteTx, name: &str) -> Result<Option<Partner>, Refusal> {
    if let Some(partner_id) = seeds::find_partner(tx, name).await? {
        return existing_partner(tx, &partner_id).await.map(Some);
    }
    let mut named = partners::named(tx, name, 2).await?;
    let partner = match (named.pop(), named.pop()) {
        (Some(_), Some(_)) => {
            return Err(Refusal::conflict(format!(
                "several partners have the name `{name}`, and no seed created one of them; choose another name"
            )));
        }
        (partner, _) => partner,
    };
    if let Some(partner) = &partner {
        let id = &partner.partner_id;
        seeds::insert(tx, id, Kind::Partner, name, id.as_str()).await?;
    }
    Ok(partner)
}

async fn existing_partner(read: &mut ReadTx, partner_id: &PartnerId) -> Result<Partner, Refusal> {
    partners::find(read, partner_id.as_str())
        .await?
        .ok_or_else(|| Refusal::internal("a seed names a partner that does not exist"))
}

/// A seed file that is being applied to its partner.
struct Seeding<'t> {
    tx: &'t mut WriteTx,
    partner_id: PartnerId,
    /// The IDs of the file's schemas by their keys.
    schemas: BTreeMap<String, SchemaId>,
    now: UnixTime,
}

impl Seeding<'_> {
    async fn schema(&mut self, seed: SeedSchema) -> Result<SchemaId, Refusal> {
        if let Some(id) = self.find::<SchemaId>(Kind::Schema, &seed.key).await? {
            let exists = find_schema(self.tx, id.as_str()).await?;
            let wanted = setup::parse_schema(seed.form)?;
            Differences::of_schemas(&exists, &wanted).check("the schema")?;
            return Ok(id);
        }
        let new = CreateSchema {
            partner_id: self.partner_id.clone(),
            schema: seed.form,
        };
        let created = setup::insert_schema(self.tx, new, self.now).await?;
        self.record(Kind::Schema, &seed.key, created.schema_id.as_str())
            .await?;
        Ok(created.schema_id)
    }

    async fn program(&mut self, seed: SeedProgram) -> Result<ProgramId, Refusal> {
        let new = CreateProgram {
            partner_id: self.partner_id.clone(),
            schema_id: self.schema_by_key(&seed.schema)?,
            cak: seed.cak,
            expiration: seed.expiration,
            accessible_until: seed.accessible_until,
            maximum_issuance: seed.maximum_issuance,
            name: seed.name,
            proof: seed.proof,
            unlinkable: seed.unlinkable,
            predicate_proofs: false,
            scales: BTreeMap::new(),
            publish: seed.publish,
        };
        if let Some(id) = self.find::<ProgramId>(Kind::Program, &seed.key).await? {
            let exists = find_program(self.tx, id.as_str()).await?;
            Differences::of_programs(&exists, &new).check("the program")?;
            let program_id = exists.program_id.clone();
            // A draft that was published since the seed stays published.
            if new.publish && !exists.published {
                setup::publish_draft(self.tx, exists, self.now).await?;
            }
            return Ok(program_id);
        }
        let created = setup::insert_program(self.tx, new, None, self.now).await?;
        self.record(Kind::Program, &seed.key, created.program.as_str())
            .await?;
        Ok(created.program)
    }

    async fn verification_program(
        &mut self,
        seed: SeedVerificationProgram,
    ) -> Result<VerificationProgramId, Refusal> {
        let new = CreateVerificationProgram {
            partner_id: self.partner_id.clone(),
            schema_id: self.schema_by_key(&seed.schema)?,
            conditions: seed.conditions,
            require_cak: seed.require_cak,
            name: seed.name,
            trust_list: seed.trust_list,
            proofs: seed.proofs,
            predicate_proofs_of: None,
        };
        if let Some(id) = self
            .find::<VerificationProgramId>(Kind::VerificationProgram, &seed.key)
            .await?
        {
            let exists = programs::find_verification_program(self.tx, id.as_str())
                .await?
                .ok_or_else(|| {
                    Refusal::internal("a seed names a verification program that does not exist")
                })?;
            Differences::of_verification_programs(&exists, &new)
                .map_err(Refusal::internal)?
                .check("the verification program")?;
            return Ok(exists.program_id);
        }
        let created = setup::insert_verification_program(self.tx, new, self.now).await?;
        self.record(Kind::VerificationProgram, &seed.key, created.program_id.as_str())
            .await?;
        Ok(created.program_id)
    }

    async fn find<T>(&mut self, kind: Kind, key: &str) -> sqlx::Result<Option<T>>
    where
        (T,): Read,
    {
        seeds::find(self.tx, &self.partner_id, kind, key).await
    }

    async fn record(&mut self, kind: Kind, key: &str, id: &str) -> sqlx::Result<()> {
        seeds::insert(self.tx, &self.partner_id, kind, key, id).await
    }

    /// Resolves a key of the file, or the ID of a published schema.
    fn schema_by_key(&self, key: &str) -> Result<SchemaId, Refusal> {
        match self.schemas.get(key) {
            Some(id) => Ok(id.clone()),
            None => key
                .parse()
                .map_err(|error| Refusal::bad_request(format!("schema `{key}`: {error}"))),
        }
    }
}

/// Names the part of the file that is rejected.
fn in_seed(key: &str) -> impl FnOnce(Refusal) -> Refusal {
    move |refusal| refusal.about(&format!("`{key}`"))
}
