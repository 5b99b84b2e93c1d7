//! Making a presentation.

use std::collections::BTreeMap;

use ark_bls12_381::{Bls12_381, Fr};
use ark_ec::CurveGroup;
use ark_ff::UniformRand;
use ark_std::rand::rngs::StdRng;
use bbs_plus::{prelude::Signature23G1, proof_23_cdl::PoKOfSignature23G1Protocol};
use dock_crypto_utils::signature::MessageOrBlinding;
use rand_core::CryptoRng;
use zeroize::Zeroize;

use super::{
    VERSION, disclosed,
    signature::{Disclosed, SignatureProof},
};
use crate::{
    Credential, CredentialScheme, EpochToken, Error,
    claim::Claim,
    encoding::Value,
    generators::Basis,
    hash::Fields,
    range::{self, RangeProof, bases},
    rng::seeded,
    scheme::message,
    sigma::{Opened, Started},
    statement::Statement,
    wire::Writer,
};

/// The tag of the challenge.
pub(super) const DST: &[u8] = b"AIR_ZK_V1_CHALLENGE_";

/// The blindings of hidden messages that occur in more than one proof, by index. Wiped on drop.
#[derive(Default)]
struct Blindings(BTreeMap<usize, Fr>);

impl Drop for Blindings {
    fn drop(&mut self) {
        self.0.values_mut().for_each(Zeroize::zeroize);
    }
}

/// Proves a statement. It does not check that the statement is true: `claimed` are the values that the proofs of
/// conditions use. If they are not the credential's, the result does not verify.
pub(super) fn prove(
    scheme: &CredentialScheme,
    credential: &Credential,
    token: &EpochToken,
    statement: &Statement,
    claimed: &[Value],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, Error> {
    let mut rng = seeded(rng);
    let messages = credential.messages.as_slice();
    let shown = shown(statement, messages);
    let mut blindings = Blindings::default();
    let shared = statement.committed.iter().map(|at| message::FIRST_ATTRIBUTE + at);
    for index in shared.chain([message::REVOCATION]) {
        blindings.0.insert(index, Fr::rand(&mut rng));
    }

    // First steps, then the challenge, then the responses.
    let signed = start(
        &credential.signature,
        scheme.basis(),
        messages,
        (&shown, &blindings),
        &mut rng,
    )?;
    let epoch = scheme.epoch_basis(token.epoch());
    let nonce = *messages.get(message::REVOCATION).ok_or(Error::Arithmetic)?;
    let in_token = Disclosed::from([(message::DOMAIN, epoch.domain)]);
    let mut in_token_blindings = Blindings::default();
    let blinding = blindings.0.get(&message::REVOCATION).copied();
    in_token_blindings.0.insert(1, blinding.ok_or(Error::Arithmetic)?);
    let confirmed = start(
        &token.signature,
        &epoch,
        &[epoch.domain, nonce],
        (&in_token, &in_token_blindings),
        &mut rng,
    )?;
    let mut fields = statement.transcript();
    fields.push(&token.epoch().number().to_be_bytes());
    contribute(&signed, scheme.basis(), &shown, &mut fields)?;
    contribute(&confirmed, &epoch, &in_token, &mut fields)?;
    let openings = open(statement, claimed, &blindings, &mut fields, &mut rng)?;
    let started = start_clauses(statement, &openings, &mut fields, &mut rng)?;
    let challenge = fields.to_scalar(DST);

    let mut writer = Writer::default();
    writer.bytes(&[VERSION]);
    writer.number(token.epoch().number());
    for revealed in statement
        .revealed
        .iter()
        .filter(|revealed| revealed.expected.is_none())
    {
        let value = credential
            .values
            .get(revealed.position)
            .ok_or(Error::Arithmetic)?;
        disclosed::write(value, &mut writer);
    }
    writer.scalar(&challenge);
    finish(signed, &challenge)?.write(0, &mut writer);
    finish(confirmed, &challenge)?.write(1, &mut writer);
    for (opened, blinding) in &openings {
        writer.point(&opened.commitment);
        writer.scalar(&(*blinding + challenge * opened.blinding));
    }
    for (number, (clause, started)) in statement.clauses.iter().zip(started).enumerate() {
        let (opened, _) = openings.get(clause.commitment).ok_or(Error::Arithmetic)?;
        match started {
            Some(started) => started.finish(challenge).write(&mut writer),
            None => writer.bytes(&range_proof(
                &clause.claim,
                opened,
                (&challenge, number),
                &mut rng,
            )?),
        }
    }
    Ok(writer.into_bytes())
}

type Protocol = PoKOfSignature23G1Protocol<Bls12_381>;

/// The disclosed messages of the credential: the domain, and the attributes.
fn shown(statement: &Statement, messages: &[Fr]) -> Disclosed {
    let positions = statement.revealed.iter().map(|revealed| revealed.position);
    let indexes = positions.map(|position| message::FIRST_ATTRIBUTE + position);
    [message::DOMAIN]
        .into_iter()
        .chain(indexes)
        .filter_map(|index| Some((index, *messages.get(index)?)))
        .collect()
}

fn start(
    signature: &Signature23G1<Bls12_381>,
    basis: &Basis,
    messages: &[Fr],
    (shown, blindings): (&Disclosed, &Blindings),
    rng: &mut StdRng,
) -> Result<Protocol, Error> {
    let each = messages.iter().enumerate().map(|(index, message)| {
        if shown.contains_key(&index) {
            MessageOrBlinding::RevealMessage(message)
        } else if let Some(blinding) = blindings.0.get(&index) {
            MessageOrBlinding::blind_message_with(message, *blinding)
        } else {
            MessageOrBlinding::BlindMessageRandomly(message)
        }
    });
    Protocol::init(rng, signature, &basis.params, each).map_err(|_| Error::Arithmetic)
}

/// Adds what [`SignatureProof::hash`] adds.
fn contribute(
    protocol: &Protocol,
    basis: &Basis,
    shown: &Disclosed,
    fields: &mut Fields,
) -> Result<(), Error> {
    let mut bytes = Vec::new();
    protocol
        .challenge_contribution(shown, &basis.params, &mut bytes)
        .map_err(|_| Error::Arithmetic)?;
    fields.push(&bytes);
    Ok(())
}

fn finish(protocol: Protocol, challenge: &Fr) -> Result<SignatureProof, Error> {
    let proof = protocol.gen_proof(challenge).map_err(|_| Error::Arithmetic)?;
    Ok(SignatureProof::new(proof))
}

/// Commits to the attributes with conditions. The blinding of each value is that of the signature's proof, so both
/// have one response.
fn open(
    statement: &Statement,
    claimed: &[Value],
    blindings: &Blindings,
    fields: &mut Fields,
    rng: &mut StdRng,
) -> Result<Vec<(Opened, Fr)>, Error> {
    let (g, h) = bases();
    let mut openings = Vec::with_capacity(statement.committed.len());
    for position in &statement.committed {
        let value = claimed.get(*position).ok_or(Error::Arithmetic)?.to_scalar();
        let opened = Opened::new(value, rng);
        let of_value = blindings.0.get(&(message::FIRST_ATTRIBUTE + position));
        let of_value = *of_value.ok_or(Error::Arithmetic)?;
        let of_blinding = Fr::rand(rng);
        fields.push_point(&opened.commitment);
        fields.push_point(&(g * of_value + h * of_blinding).into_affine());
        openings.push((opened, of_blinding));
    }
    Ok(openings)
}

fn start_clauses(
    statement: &Statement,
    openings: &[(Opened, Fr)],
    fields: &mut Fields,
    rng: &mut StdRng,
) -> Result<Vec<Option<Started>>, Error> {
    let mut all = Vec::with_capacity(statement.clauses.len());
    for clause in &statement.clauses {
        let (opened, _) = openings.get(clause.commitment).ok_or(Error::Arithmetic)?;
        let started = Started::of(&clause.claim, opened, rng);
        all.push(started.map(|(started, points)| {
            for point in &points {
                fields.push_point(point);
            }
            started
        }));
    }
    Ok(all)
}

fn range_proof(
    claim: &Claim,
    opened: &Opened,
    (challenge, number): (&Fr, usize),
    rng: &mut StdRng,
) -> Result<Vec<u8>, Error> {
    let (commitment, sign) = range::shifted(claim, &opened.commitment)?;
    let difference = range::difference(claim, &opened.value);
    let transcript = range::transcript(challenge, number);
    RangeProof::new(commitment, difference, opened.blinding * sign, transcript, rng)?.to_bytes()
}
