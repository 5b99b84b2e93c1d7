//! JSON Schemas of the identifiers and times, with the limits of the platform's REST API. The tests of
//! `air-api` compare each with its parser.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{
    CoreClaimHash, IssuerDid, PackageId, PartnerId, ProgramId, SchemaId, StorageId, UnixTime, UserUuid, VcId,
    VerificationId, VerificationProgramId,
};

macro_rules! text {
    ($($type:ident: $pattern:expr, $example:literal, $description:literal;)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "description": $description,
                    "examples": [$example],
                })
            }
        }
    )*};
}

const ID: &str = "^[!-~]{1,256}$";

text! {
    PartnerId: "^[!-~]{1,128}$", "7f01c42c-02cf-4325-96ed-ba034700f724", "A partner's account: a UUID.";
    IssuerDid: ID, "did:air:id:test:4P48PnhhSrdUNDXzMgnTbmKxBRMabnTW8hoe85CSkt", "An issuer's DID.";
    SchemaId: ID, "01KKX3Q7DEK0GM2TCKMMHA", "A schema's id.";
    ProgramId: ID, "c21s70g0i54sn0023172Cv", "An issuance program's id; the wire calls it `credentialId`.";
    VerificationProgramId: ID, "c21s70g0i54sn0023172Cw", "A verification program's id.";
    VerificationId: ID, "c21s70g0i54sn0023172Cx", "One run of a verification program.";
    UserUuid: ID, "3b241101-e2bb-4255-8caf-4136c566a962", "A user's AIR id: a UUID.";
    VcId: ID, "c28t30c048pe502a3713w0", "A credential's id.";
    PackageId: ID, "c28t30c048pe502a3713w2", "A semi-decrypted package.";
    StorageId: ID, "c28t30c048pe502a3713w1", "An object in dStorage.";
    CoreClaimHash: "^[0-9A-Fa-f]{64}$", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "A credential's name on the ledger: 64 hex digits.";
}

/// The schema of a number of seconds, in place of a reference.
impl JsonSchema for UnixTime {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "UnixTime".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        u64::json_schema(generator)
    }
}
