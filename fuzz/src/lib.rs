//! The targets of the fuzzers. Each is a function of bytes that must not panic, and whose answers
//! must agree with each other.

pub mod anchors;
pub mod certificates;
pub mod container;
pub mod credentials;
pub mod custody;
pub mod dids;
pub mod encryption;
pub mod holder;
pub mod keys;
pub mod mdocs;
pub mod openid4vc;
pub mod proofs;
pub mod schemas;
pub mod statuses;
pub mod tokens;
pub mod type_metadata;
pub mod typed_data;

/// A target: its name, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("anchor_proof", anchors::proof),
    ("trie_nodes", anchors::trie_nodes),
    ("header", container::header),
    ("open", container::open),
    ("tamper", container::tamper),
    ("private_key", keys::private_key),
    ("public_key", keys::public_key),
    ("custody_file", custody::file),
    ("envelope", holder::envelope),
    ("token", tokens::token),
    ("jwk_set", tokens::jwk_set),
    ("signing_key", tokens::signing_key),
    ("schema", schemas::schema),
    ("subject", schemas::subject),
    ("status_list", statuses::list),
    ("credential", credentials::credential),
    ("did", dids::did),
    ("typed_data", typed_data::typed_data),
    ("mdoc", mdocs::mdoc),
    ("jwe", encryption::jwe),
    ("dpop", proofs::dpop),
    ("x5c", certificates::x5c),
    ("dcql", openid4vc::dcql),
    ("offer", openid4vc::offer),
    ("request", openid4vc::request),
    ("type_metadata", type_metadata::type_metadata),
];
