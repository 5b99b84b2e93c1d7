//! Verifying a presentation.

use air_ids::UnixTime;
use ark_bls12_381::{Fr, G1Affine};
use ark_ec::CurveGroup;
use serde_json::Map;

use super::{
    VERSION, Verified, disclosed, not_satisfied,
    prove::DST,
    signature::{Disclosed, SignatureProof},
};
use crate::{
    CredentialScheme, Epoch, Error,
    claim::Claim,
    condition::Test,
    encoding::Value,
    hash::Fields,
    range::{self, RangeProof, bases},
    scheme::message,
    sigma::Answer,
    statement::{Clause, Statement},
    wire::Reader,
};

/// A presentation whose points and scalars were checked.
struct Parsed {
    epoch: Epoch,
    /// The disclosed values, in the order of the statement's.
    values: Vec<Value>,
    challenge: Fr,
    signed: SignatureProof,
    confirmed: SignatureProof,
    /// Commitments, with the responses of their blindings.
    openings: Vec<(G1Affine, Fr)>,
    answers: Vec<Proved>,
}

/// The proof of a clause.
enum Proved {
    Sigma(Answer),
    Range(Box<RangeProof>),
}

pub(super) fn verify(
    scheme: &CredentialScheme,
    statement: &Statement,
    bytes: &[u8],
    now: UnixTime,
) -> Result<Verified, Error> {
    let parsed = parse(scheme, statement, bytes)?;
    if !scheme.schedule().accepts(parsed.epoch, now) {
        return Err(Error::Epoch { now });
    }
    check_disclosed(scheme, statement, &parsed.values)?;
    check_proofs(scheme, statement, &parsed)?;
    let mut names = Map::new();
    for (revealed, value) in statement.revealed.iter().zip(&parsed.values) {
        if let Some((name, kind)) = scheme.layout().at(revealed.position)
            && let Some(json) = kind.write(value)
        {
            names.insert(name.into(), json);
        }
    }
    Ok(Verified {
        epoch: parsed.epoch,
        disclosed: names,
    })
}

fn parse(scheme: &CredentialScheme, statement: &Statement, bytes: &[u8]) -> Result<Parsed, Error> {
    let mut reader = Reader::new(bytes);
    if reader.byte()? != VERSION {
        return Err(Error::Malformed);
    }
    let epoch = Epoch(reader.number()?);
    let mut values = Vec::with_capacity(statement.revealed.len());
    for revealed in &statement.revealed {
        let (_, kind) = scheme.layout().at(revealed.position).ok_or(Error::Malformed)?;
        values.push(match &revealed.expected {
            Some(value) => value.clone(),
            None => disclosed::read(kind, &mut reader)?,
        });
    }
    // Before any arithmetic.
    let attributes = scheme.layout().len();
    if reader.remaining() != statement.proof_size(attributes) {
        return Err(Error::Malformed);
    }
    let challenge = reader.scalar()?;
    let hidden = message::FIRST_ATTRIBUTE - 1 + attributes - statement.revealed.len();
    let signed = SignatureProof::read(hidden, &[], &mut reader)?;
    // Both signatures have the same nonce, so its responses are equal.
    let nonce = signed.response(hidden_index(statement, message::REVOCATION))?;
    let confirmed = SignatureProof::read(1, &[nonce], &mut reader)?;
    let opening = |_| Ok((reader.point()?, reader.scalar()?));
    let openings = statement
        .committed
        .iter()
        .map(opening)
        .collect::<Result<_, Error>>()?;
    let answer = |clause: &Clause| match Answer::read(&clause.claim, &mut reader)? {
        Some(answer) => Ok(Proved::Sigma(answer)),
        None => RangeProof::read(&mut reader).map(|proof| Proved::Range(Box::new(proof))),
    };
    let answers = statement
        .clauses
        .iter()
        .map(answer)
        .collect::<Result<_, Error>>()?;
    reader.finish()?;
    Ok(Parsed {
        epoch,
        values,
        challenge,
        signed,
        confirmed,
        openings,
        answers,
    })
}

/// The place of a hidden message among the hidden ones.
fn hidden_index(statement: &Statement, index: usize) -> usize {
    let is_before = |position: usize| message::FIRST_ATTRIBUTE + position < index;
    let shown = statement
        .revealed
        .iter()
        .filter(|revealed| is_before(revealed.position));
    // The domain is disclosed, too.
    index - 1 - shown.count()
}

/// Tests the conditions on disclosed attributes.
fn check_disclosed(scheme: &CredentialScheme, statement: &Statement, values: &[Value]) -> Result<(), Error> {
    for (revealed, value) in statement.revealed.iter().zip(values) {
        let mut tests = statement
            .tests
            .iter()
            .filter(|(position, _)| *position == revealed.position);
        if !tests.all(|(_, test): &(usize, Test)| test.holds(value)) {
            return Err(not_satisfied(scheme, revealed.position));
        }
    }
    Ok(())
}

fn check_proofs(scheme: &CredentialScheme, statement: &Statement, parsed: &Parsed) -> Result<(), Error> {
    let challenge = parsed.challenge;
    let mut shown = Disclosed::from([(message::DOMAIN, scheme.basis().domain)]);
    for (revealed, value) in statement.revealed.iter().zip(&parsed.values) {
        shown.insert(message::FIRST_ATTRIBUTE + revealed.position, value.to_scalar());
    }
    let epoch = scheme.epoch_basis(parsed.epoch);
    let in_token = Disclosed::from([(message::DOMAIN, epoch.domain)]);
    let mut fields = statement.transcript();
    fields.push(&parsed.epoch.number().to_be_bytes());
    parsed.signed.hash(scheme.basis(), &shown, &mut fields)?;
    parsed.confirmed.hash(&epoch, &in_token, &mut fields)?;
    hash_openings(statement, parsed, &mut fields)?;
    let mut ranges = Vec::new();
    for (number, (clause, proved)) in statement.clauses.iter().zip(&parsed.answers).enumerate() {
        let (commitment, _) = parsed.openings.get(clause.commitment).ok_or(Error::Malformed)?;
        match proved {
            Proved::Sigma(answer) => {
                for point in answer.points(&clause.claim, commitment, challenge)? {
                    fields.push_point(&point);
                }
            }
            Proved::Range(proof) => ranges.push((number, &clause.claim, commitment, proof)),
        }
    }
    if fields.to_scalar(DST) != challenge {
        return Err(Error::Proof);
    }
    parsed
        .signed
        .verify(scheme.key(), scheme.basis().clone(), &shown, &challenge)?;
    parsed
        .confirmed
        .verify(scheme.key(), epoch, &in_token, &challenge)?;
    ranges
        .into_iter()
        .try_for_each(|(number, claim, commitment, proof)| {
            check_range(claim, commitment, proof, (&challenge, number))
        })
}

fn check_range(
    claim: &Claim,
    commitment: &G1Affine,
    proof: &RangeProof,
    (challenge, number): (&Fr, usize),
) -> Result<(), Error> {
    let (shifted, _) = range::shifted(claim, commitment)?;
    proof.verify(shifted, range::transcript(challenge, number))
}

/// Adds the commitments and the first points of their proofs, which follow from the responses.
fn hash_openings(statement: &Statement, parsed: &Parsed, fields: &mut Fields) -> Result<(), Error> {
    let (g, h) = bases();
    for (position, (commitment, response)) in statement.committed.iter().zip(&parsed.openings) {
        let index = hidden_index(statement, message::FIRST_ATTRIBUTE + position);
        let of_value = parsed.signed.response(index)?;
        let first = g * of_value + h * response - *commitment * parsed.challenge;
        fields.push_point(commitment);
        fields.push_point(&first.into_affine());
    }
    Ok(())
}
