//! Tests of credentials, keys and lists, with vectors, other implementations and properties. They
//! are one binary, because linking a binary takes as long as running most of them.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

#[cfg(feature = "bitstring")]
mod bitstring_status_list_vectors;
#[cfg(feature = "bitstring")]
mod bitstring_status_lists;
#[cfg(feature = "w3c")]
mod data_integrity;
mod diagnosing;
mod did_air;
mod did_documents;
mod did_resolution;
mod did_support;
mod dids;
#[cfg(feature = "w3c")]
mod ecdsa_jcs_vectors;
#[cfg(feature = "w3c")]
mod embedded_proofs;
mod exact_json;
mod formats;
mod issuing;
mod key_binding;
mod key_names;
mod laws;
mod limits;
#[cfg(feature = "bitstring")]
mod node_peers;
mod presenting;
mod published_examples;
mod rejections;
mod reported_cases;
mod revocation;
mod sd_jwt_examples;
mod sd_jwt_processing;
mod sd_jwt_support;
mod sd_jwt_vc_examples;
mod status_allocation;
mod status_lists;
mod support;
mod token_forms;
mod token_status_list_vectors;
mod type_conformity;
mod type_metadata;
#[cfg(feature = "bitstring")]
mod untyped;
#[cfg(feature = "bitstring")]
mod w3c;
#[cfg(feature = "bitstring")]
mod w3c_peers;
