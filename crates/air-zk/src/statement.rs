//! What a presentation proves, worked out from the request alone: the same for holder and verifier.

use crate::{
    Error, Request,
    claim::Claim,
    condition::Test,
    encoding::Value,
    hash::{Fields, compressed},
    layout::SchemaLayout,
    range,
    scheme::CredentialScheme,
    wire::{POINT, SCALAR},
};

/// The statement of a request, for the credentials of a scheme.
pub(crate) struct Statement {
    /// The disclosed attributes, in the layout's order.
    pub(crate) revealed: Vec<Revealed>,
    /// The positions of the hidden attributes that have a condition, in the layout's order.
    pub(crate) committed: Vec<usize>,
    /// What is proved of them.
    pub(crate) clauses: Vec<Clause>,
    /// All conditions, with the position of the attribute.
    pub(crate) tests: Vec<(usize, Test)>,
    /// What the proof is bound to.
    context: Vec<u8>,
}

/// A disclosed attribute.
pub(crate) struct Revealed {
    pub(crate) position: usize,
    /// The value of a condition `equals`. Other values are in the presentation.
    pub(crate) expected: Option<Value>,
}

/// A claim on a committed attribute.
pub(crate) struct Clause {
    /// Its index in [`Statement::committed`].
    pub(crate) commitment: usize,
    pub(crate) claim: Claim,
}

impl Statement {
    pub(crate) fn new(scheme: &CredentialScheme, request: &Request) -> Result<Self, Error> {
        request.check()?;
        let layout = scheme.layout();
        let resolve = |condition: &crate::Condition| condition.resolve(layout);
        let tests: Vec<(usize, Test)> = request.conditions.iter().map(resolve).collect::<Result<_, _>>()?;
        let revealed = revealed(layout, request, &tests)?;
        let is_hidden = |position: usize| revealed.iter().all(|shown| shown.position != position);
        let mut committed: Vec<usize> = tests.iter().map(|(position, _)| *position).collect();
        committed.retain(|position| is_hidden(*position));
        committed.sort_unstable();
        committed.dedup();
        let clauses = clauses(&committed, &tests);
        let context = context(scheme, request, &tests, &revealed);
        Ok(Self {
            revealed,
            committed,
            clauses,
            tests,
            context,
        })
    }

    /// The size of the proof, after the disclosed values.
    pub(crate) fn proof_size(&self, attributes: usize) -> usize {
        let signature = 5 * POINT + 2 * SCALAR;
        // Holder, credential and nonce are hidden, too, and each signature has one more response.
        let hidden = 3 + attributes.saturating_sub(self.revealed.len());
        let credential = signature + (hidden + 1) * SCALAR;
        let token = signature + SCALAR;
        let clauses: usize = self.clauses.iter().map(|clause| size(&clause.claim)).sum();
        SCALAR + credential + token + self.committed.len() * (POINT + SCALAR) + clauses
    }

    /// The hash's input so far.
    pub(crate) fn transcript(&self) -> Fields {
        Fields::new("air-zk presentation 1").bytes(&self.context)
    }
}

/// The size of a claim's proof.
fn size(claim: &Claim) -> usize {
    match claim {
        Claim::Differs(_) => 2 * SCALAR,
        // The last challenge follows from the others.
        Claim::OneOf(values) => (2 * values.len()).saturating_sub(1) * SCALAR,
        Claim::AtLeast(_) | Claim::AtMost(_) => range::SIZE,
    }
}

/// The attributes that the request discloses, and those that a condition `equals` does.
fn revealed(
    layout: &SchemaLayout,
    request: &Request,
    tests: &[(usize, Test)],
) -> Result<Vec<Revealed>, Error> {
    let expected = |of: usize| {
        tests.iter().find_map(|(position, test)| match test {
            Test::Equals(value) if *position == of => Some(value.clone()),
            _ => None,
        })
    };
    let asked = request
        .disclosed
        .iter()
        .map(|name| layout.find(name).map(|(position, _)| position));
    let mut positions: Vec<usize> = asked.collect::<Result<_, _>>()?;
    positions.extend(
        tests
            .iter()
            .filter(|(_, test)| matches!(test, Test::Equals(_)))
            .map(|(position, _)| *position),
    );
    positions.sort_unstable();
    positions.dedup();
    let revealed = positions.into_iter().map(|position| Revealed {
        position,
        expected: expected(position),
    });
    Ok(revealed.collect())
}

/// The claims on committed attributes. A value that differs from others also differs from the absent one.
fn clauses(committed: &[usize], tests: &[(usize, Test)]) -> Vec<Clause> {
    let mut clauses = Vec::new();
    for (position, test) in tests {
        let Ok(commitment) = committed.binary_search(position) else {
            // Disclosed: the verifier tests the value.
            continue;
        };
        let claims = match test {
            Test::Equals(_) => Vec::new(),
            Test::OneOf(values) => vec![Claim::OneOf(values.iter().map(Value::to_scalar).collect())],
            Test::NoneOf(values) => {
                let values = values.iter().chain([&Value::Absent]);
                values.map(|value| Claim::Differs(value.to_scalar())).collect()
            }
            Test::Range { minimum, maximum } => {
                let minimum = minimum.map(Claim::AtLeast);
                minimum.into_iter().chain(maximum.map(Claim::AtMost)).collect()
            }
        };
        clauses.extend(claims.into_iter().map(|claim| Clause { commitment, claim }));
    }
    clauses
}

/// What the proof is bound to: the request, in its own order. The domain of the signature, which has the key, issuer
/// and schema, is among the disclosed messages.
fn context(
    scheme: &CredentialScheme,
    request: &Request,
    tests: &[(usize, Test)],
    revealed: &[Revealed],
) -> Vec<u8> {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let mut fields = Fields::new("air-zk request 1")
        .bytes(&scheme.key().to_bytes())
        .bytes(&scheme.layout().header(scheme.issuer()))
        .bytes(request.verifier.as_bytes())
        .bytes(request.program.as_bytes())
        .bytes(&request.nonce)
        .number(request.expires_at.as_secs())
        .number(count(tests.len()));
    for (position, test) in tests {
        fields = fields.number(count(*position)).bytes(&encoded(test));
    }
    for shown in revealed {
        fields = fields.number(count(shown.position));
    }
    fields.into_bytes()
}

fn encoded(test: &Test) -> Vec<u8> {
    let scalars = |code: u8, values: &[Value]| {
        let mut bytes = vec![code];
        bytes.extend(values.iter().flat_map(|value| compressed(&value.to_scalar())));
        bytes
    };
    match test {
        Test::Equals(value) => scalars(1, std::slice::from_ref(value)),
        Test::OneOf(values) => scalars(2, values),
        Test::NoneOf(values) => scalars(3, values),
        Test::Range { minimum, maximum } => {
            let mut bytes = vec![4];
            for limit in [minimum, maximum] {
                bytes.push(u8::from(limit.is_some()));
                bytes.extend(limit.unwrap_or_default().to_be_bytes());
            }
            bytes
        }
    }
}
