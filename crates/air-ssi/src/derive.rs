//! Deriving proofs of chosen claims (ECDSA Cryptosuites, 3.5.4; BBS Cryptosuites, 3.3.4).
//!
//! The library groups the statements and encodes the proofs. The order of statements is that of their
//! text here, as the suites say. The library's own derivation sorts them by their parts, so that its
//! presentations don't verify where the two orders differ.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
};

use serde_json::{Map, Value};
use ssi::{
    JsonPointerBuf,
    claims::data_integrity::{
        DataIntegrityDocument,
        suites::{
            Bbs2023, EcdsaSd2023,
            bbs_2023::{Bbs2023Signature, DerivedFeatureOption},
            ecdsa_sd_2023::Signature as EcdsaSdSignature,
        },
    },
    json_ld::{
        rdf_types::BlankIdBuf,
        syntax::{Print, Value as Syntax, to_value},
    },
    rdf::{
        LexicalQuad, NQuadsStatement,
        urdna2015::{NormalizingSubstitution, normalize},
    },
};
use ssi_di_sd_primitives::{
    HmacShaAnyKey, canonicalize::create_hmac_id_label_map_function, group::canonicalize_and_group,
    select::select_json_ld,
};

use crate::{Contexts, Error, bbs, contained::run, proofs::proofs};

const FAILED: Error = Error::Library { step: "present" };

/// A part of a document with the value of its proof.
pub(crate) struct Derived {
    pub(crate) document: Map<String, Value>,
    pub(crate) proof_value: String,
}

/// Derives a presentation with `bbs-2023`. `key` is the issuer's public key.
///
/// # Errors
/// [`Error::BadProof`] if the base proof is not of this key.
pub(crate) fn with_bbs(
    claims: &DataIntegrityDocument,
    proof: &Map<String, Value>,
    contexts: &Contexts,
    key: &[u8],
    chosen: &[JsonPointerBuf],
    presentation_header: &[u8],
) -> Result<Derived, Error> {
    let proofs = proofs::<Bbs2023>(proof)?;
    let base = &proofs.first().ok_or(FAILED)?.signature;
    let base = run("present", async {
        base.decode_base().map_err(|_| Error::BadProof)
    })??;
    let disclosure = Disclosure::new(
        claims,
        contexts,
        &base.mandatory_pointers,
        chosen,
        &HmacShaAnyKey::Sha256(base.hmac_key),
        Labels::Shuffled,
    )?;
    let messages = disclosure.non_mandatory();
    let selective = disclosure.selective_indexes();
    // An empty header is an empty byte string, which others expect, and not `null`.
    let header = presentation_header;
    let bytes: Vec<_> = messages.iter().map(|line| line.as_bytes().to_vec()).collect();
    let prove = || {
        bbs::prove(
            key,
            &base.signature_bytes,
            &base.bbs_header,
            header,
            &bytes,
            &selective,
        )
    };
    let bbs_proof = run("present", async { prove() })?.ok_or(Error::BadProof)?;
    let signature = Bbs2023Signature::encode_derived(
        &bbs_proof,
        &disclosure.labels,
        &disclosure.mandatory_indexes(),
        &selective,
        Some(header),
        &DerivedFeatureOption::Baseline,
    );
    disclosure.derived(claims, signature.map_err(|_| FAILED)?.as_ref())
}

/// Derives a presentation with `ecdsa-sd-2023`.
///
/// # Errors
/// [`Error::BadProof`] if the base proof can't be read.
pub(crate) fn with_ecdsa(
    claims: &DataIntegrityDocument,
    proof: &Map<String, Value>,
    contexts: &Contexts,
    chosen: &[JsonPointerBuf],
) -> Result<Derived, Error> {
    let proofs = proofs::<EcdsaSd2023>(proof)?;
    let base = &proofs.first().ok_or(FAILED)?.signature;
    let base = run("present", async {
        base.decode_base().map_err(|_| Error::BadProof)
    })??;
    let disclosure = Disclosure::new(
        claims,
        contexts,
        &base.mandatory_pointers,
        chosen,
        &base.hmac_key,
        Labels::Hashed,
    )?;
    if disclosure.non_mandatory().len() != base.signatures.len() {
        return Err(Error::BadProof);
    }
    let signatures: Vec<Vec<u8>> = disclosure
        .selective_indexes()
        .into_iter()
        .filter_map(|index| base.signatures.get(index).cloned())
        .collect();
    let signature = EcdsaSdSignature::encode_derived(
        &base.base_signature,
        &base.public_key,
        &signatures,
        &disclosure.labels,
        &disclosure.mandatory_indexes(),
    );
    disclosure.derived(claims, signature.as_ref())
}

/// How the nodes without `id` are named.
#[derive(Clone, Copy)]
enum Labels {
    /// By an HMAC of their canonical names.
    Hashed,
    /// By the place of that HMAC among all.
    Shuffled,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    Mandatory,
    Selective,
    Combined,
}

/// The statements of a document, and which of them are disclosed.
struct Disclosure {
    /// All statements, in the order of their text.
    lines: Vec<String>,
    mandatory: BTreeSet<String>,
    selective: BTreeSet<String>,
    combined: BTreeSet<String>,
    /// The names of nodes by the canonical names that the verifier gives them.
    labels: HashMap<BlankIdBuf, BlankIdBuf>,
    pointers: Vec<JsonPointerBuf>,
}

impl Disclosure {
    fn new(
        claims: &DataIntegrityDocument,
        contexts: &Contexts,
        always: &[JsonPointerBuf],
        chosen: &[JsonPointerBuf],
        key: &HmacShaAnyKey,
        labels: Labels,
    ) -> Result<Self, Error> {
        let pointers = [always, chosen].concat();
        let definitions = HashMap::from([
            (Group::Mandatory, Cow::Borrowed(always)),
            (Group::Selective, Cow::Borrowed(chosen)),
            (Group::Combined, Cow::Borrowed(pointers.as_slice())),
        ]);
        let factory = |canonical: &NormalizingSubstitution| {
            let mut hmac = key.to_hmac();
            let hashed = create_hmac_id_label_map_function(&mut hmac)(canonical);
            match labels {
                Labels::Hashed => hashed,
                Labels::Shuffled => shuffled(hashed),
            }
        };
        let grouped = run(
            "present",
            canonicalize_and_group(contexts, factory, definitions, claims),
        )?
        .map_err(|_| FAILED)?;
        let texts = |group| -> Result<BTreeSet<String>, Error> {
            let group = grouped.groups.get(&group).ok_or(FAILED)?;
            Ok(group.matching.values().map(text).collect())
        };
        let mut lines: Vec<String> = grouped.quads.iter().map(text).collect();
        lines.sort_unstable();
        lines.dedup();
        let shown = &grouped
            .groups
            .get(&Group::Combined)
            .ok_or(FAILED)?
            .deskolemized_quads;
        let canonical = normalize(shown.iter().map(LexicalQuad::as_lexical_quad_ref)).into_substitution();
        let labels = canonical
            .into_iter()
            .map(|(input, canonical)| Some((canonical, grouped.label_map.get(&input)?.clone())))
            .collect::<Option<_>>()
            .ok_or(FAILED)?;
        Ok(Self {
            mandatory: texts(Group::Mandatory)?,
            selective: texts(Group::Selective)?,
            combined: texts(Group::Combined)?,
            lines,
            labels,
            pointers,
        })
    }

    /// The statements that are not always shown. The issuer signed each.
    fn non_mandatory(&self) -> Vec<&String> {
        self.lines
            .iter()
            .filter(|line| !self.mandatory.contains(*line))
            .collect()
    }

    /// The places of the chosen statements among those that are not always shown.
    fn selective_indexes(&self) -> Vec<usize> {
        places(self.non_mandatory().into_iter(), &self.selective)
    }

    /// The places of the statements that are always shown among all that are shown.
    fn mandatory_indexes(&self) -> Vec<usize> {
        let shown = self.lines.iter().filter(|line| self.combined.contains(*line));
        places(shown, &self.mandatory)
    }

    fn derived(&self, claims: &DataIntegrityDocument, proof_value: &str) -> Result<Derived, Error> {
        let whole = to_value(claims)
            .map_err(|_| FAILED)?
            .into_object()
            .ok_or(FAILED)?;
        let part = select_json_ld(&self.pointers, &whole).map_err(|_| FAILED)?;
        let text = Syntax::Object(part.unwrap_or_default())
            .compact_print()
            .to_string();
        Ok(Derived {
            document: air_json::read_object(text.as_bytes()).map_err(|_| FAILED)?,
            proof_value: proof_value.to_owned(),
        })
    }
}

fn text(quad: &LexicalQuad) -> String {
    NQuadsStatement(quad).to_string()
}

fn places<'l>(lines: impl Iterator<Item = &'l String>, among: &BTreeSet<String>) -> Vec<usize> {
    lines
        .enumerate()
        .filter(|(_, line)| among.contains(*line))
        .map(|(place, _)| place)
        .collect()
}

/// Names each node by the place of its label among all labels (BBS Cryptosuites, 3.3.2).
fn shuffled(hashed: HashMap<BlankIdBuf, BlankIdBuf>) -> HashMap<BlankIdBuf, BlankIdBuf> {
    let mut by_label: Vec<_> = hashed.into_iter().map(|(node, label)| (label, node)).collect();
    by_label.sort();
    by_label
        .into_iter()
        .enumerate()
        .filter_map(|(place, (_, node))| Some((node, BlankIdBuf::new(format!("_:b{place}")).ok()?)))
        .collect()
}
