//! The inputs: the files of `examples/kyc`, of which the binary embeds copies, or the user's own.

use std::path::{Path, PathBuf};

use air_api::{
    WebOrigin, WebUrl,
    sandbox::{Seed, SeedProgram, SeedSchema, SeedVerificationProgram},
};
use air_schema::CredentialSchema;
use serde_json::{Map, Value};

use super::folder::Folder;
use crate::{exit::Failure, files::Audience, schema::read_subject};

const SEED: &[u8] = include_bytes!("../../assets/kyc/seed.json");
const SUBJECT: &[u8] = include_bytes!("../../assets/kyc/subject.json");
const PASSPORT: &[u8] = include_bytes!("../../assets/kyc/passport.jpg");
const PORTRAIT: &[u8] = include_bytes!("../../assets/kyc/portrait.png");

/// The maximum size of a document: the platform stores 32 MiB, and sealing adds a little.
const DOCUMENT_LIMIT: u64 = 31 << 20;

/// The subfolder with copies of the inputs.
pub(super) const INPUT: &str = "input";

pub(super) struct Example {
    pub(super) partner_name: String,
    pub(super) allowed_origins: Vec<WebOrigin>,
    seed: Seed,
    pub(super) form: Map<String, Value>,
    pub(super) schema: CredentialSchema,
    pub(super) program: SeedProgram,
    pub(super) verification_program: SeedVerificationProgram,
    pub(super) subject: Map<String, Value>,
    pub(super) subject_name: String,
    pub(super) documents: Vec<Document>,
}

pub(super) struct Document {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

impl Example {
    pub(super) fn load(subject: Option<&Path>, documents: &[PathBuf]) -> Result<Self, Failure> {
        let broken = |what: &str| Failure::failed(format!("the example has no {what}"));
        let seed: Seed =
            serde_json::from_slice(SEED).map_err(|error| Failure::failed(format!("the example: {error}")))?;
        let SeedSchema { form, .. } = seed.schemas.first().cloned().ok_or_else(|| broken("schema"))?;
        let text = Value::Object(form.clone()).to_string();
        let schema = CredentialSchema::from_slice(text.as_bytes())
            .map_err(|error| Failure::failed(format!("the example: {error}")))?;
        Ok(Self {
            partner_name: seed.partner.name.clone(),
            allowed_origins: seed.partner.allowed_origins.clone(),
            form,
            schema,
            program: seed.programs.first().cloned().ok_or_else(|| broken("program"))?,
            verification_program: seed
                .verification_programs
                .first()
                .cloned()
                .ok_or_else(|| broken("verification program"))?,
            subject: match subject {
                Some(path) => read_subject(path)?,
                None => air_schema::parse_subject(SUBJECT)
                    .map_err(|error| Failure::failed(format!("the example: {error}")))?,
            },
            subject_name: subject.map_or_else(|| "subject.json".into(), |path| path.display().to_string()),
            documents: load_documents(documents)?,
            seed,
        })
    }

    /// Copies the inputs, so that the commands in README.txt need no other files. They may be
    /// personal, so only the owner can read them.
    pub(super) fn write_inputs(&self, jwks_url: &WebUrl, folder: &Folder) -> Result<(), Failure> {
        let mut seed = self.seed.clone();
        seed.partner.jwks_url = Some(jwks_url.clone());
        folder.write_json(&format!("{INPUT}/seed.json"), &seed)?;
        folder.write_json(&format!("{INPUT}/schema.json"), &self.form)?;
        let subject = Value::Object(self.subject.clone()).to_string();
        folder.write(
            &format!("{INPUT}/subject.json"),
            subject.as_bytes(),
            Audience::Owner,
        )?;
        for Document { name, bytes } in &self.documents {
            folder.write(&format!("{INPUT}/documents/{name}"), bytes, Audience::Owner)?;
        }
        Ok(())
    }
}

fn load_documents(paths: &[PathBuf]) -> Result<Vec<Document>, Failure> {
    if paths.is_empty() {
        let embedded = [("passport.jpg", PASSPORT), ("portrait.png", PORTRAIT)];
        return Ok(embedded
            .map(|(name, bytes)| Document {
                name: name.into(),
                bytes: bytes.to_vec(),
            })
            .into());
    }
    let mut documents: Vec<Document> = Vec::new();
    for path in paths {
        let document = load_document(path)?;
        if documents.iter().any(|other| other.name == document.name) {
            return Err(Failure::usage(format!(
                "two documents have the name {}",
                document.name
            )));
        }
        documents.push(document);
    }
    Ok(documents)
}

fn load_document(path: &Path) -> Result<Document, Failure> {
    let unreadable = |error| Failure::failed(format!("failed to read {}: {error}", path.display()));
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > DOCUMENT_LIMIT {
        return Err(Failure::rejected(format!(
            "{} is longer than {} MiB, the most that the platform stores",
            path.display(),
            DOCUMENT_LIMIT >> 20
        )));
    }
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| Failure::usage(format!("{} can't be used as a document's name", path.display())))?;
    Ok(Document {
        name: name.to_owned(),
        bytes: std::fs::read(path).map_err(unreadable)?,
    })
}
