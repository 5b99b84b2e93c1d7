//! `air cak inspect`.

use std::path::PathBuf;

use air_crypto::ContainerHeader;
use clap::Args;
use serde_json::json;

use crate::{
    exit::Failure,
    files::{self, is_dash},
    output::Output,
};

#[derive(Args)]
#[command(after_help = "Example:\n  air cak inspect passport.jpg.sealed")]
pub(crate) struct Inspect {
    /// The container; `-` is stdin.
    #[arg(value_name = "CONTAINER")]
    container: PathBuf,
}

impl Inspect {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let name = self.container.display().to_string();
        let mut reader = files::open(&self.container)?;
        let header = ContainerHeader::read(&mut reader).map_err(|error| Failure::from(error).about(&name))?;
        let length = if is_dash(&self.container) {
            let rest = std::io::copy(&mut reader, &mut std::io::sink())
                .map_err(|error| Failure::failed(format!("failed to read {name}: {error}")))?;
            rest + ContainerHeader::LENGTH
        } else {
            std::fs::metadata(&self.container)
                .map_err(|error| Failure::failed(format!("failed to read {name}: {error}")))?
                .len()
        };
        let layout = header
            .layout(length)
            .map_err(|error| Failure::from(error).about(&name))?;
        let document = json!({
            "version": 1,
            "curve": header.curve().name(),
            "kem": header.kem_name(),
            "kdf": "HKDF-SHA256",
            "aead": "AES-256-GCM",
            "chunkLog2": header.chunk_size().log2(),
            "chunks": layout.chunks,
            "containerBytes": length,
            "documentBytes": layout.document_length,
            "encapsulatedKey": header.encapsulated_key(),
            "commitment": header.commitment(),
        });
        output.result(&document, |_| {
            format!(
                "sealed container of version 1\n\
                 key       on {curve}: {kem}, HKDF-SHA256, AES-256-GCM\n\
                 document  {document} bytes in {chunks} {noun} of up to {chunk} bytes\n\
                 container {length} bytes\n\
                 The container does not store its user, issuer, schema and label. They are needed to open it.",
                curve = header.curve(),
                kem = header.kem_name(),
                document = layout.document_length,
                chunks = layout.chunks,
                noun = if layout.chunks == 1 { "chunk" } else { "chunks" },
                chunk = header.chunk_size().bytes(),
            )
        })
    }
}
