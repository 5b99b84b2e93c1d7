//! Tests of the vectors' groups, and of inputs that must be refused.

use serde_json::Value;

use super::{
    Group, Partial, Share, ShareIndex, deal, generate,
    polynomial::{ONE, ZERO},
    proof::is_number,
};
use crate::{
    CakContext, CakPrivateKey, CakPublicKey, ContainerHeader, Curve, Error, Field, ManagedContext,
    SealingContext,
    backend::sharing,
    testing::{bytes, text, vectors},
};

const CURVES: [Curve; 2] = [Curve::Secp256r1, Curve::Secp256k1];

fn index(index: u64) -> ShareIndex {
    ShareIndex::new(index).unwrap()
}

fn context(curve: Curve) -> ManagedContext {
    ManagedContext::new("did:x:i".parse().unwrap(), "k".parse().unwrap(), curve)
}

/// Creates a group, its shares, and a container of `document`.
fn fixture(curve: Curve, threshold: u8, shares: u8) -> (Group, Vec<Share>, Vec<u8>, ContainerHeader) {
    let mut rng = rand::rng();
    let (group, shares) = generate(&context(curve), threshold, shares, &mut rng).unwrap();
    let container = group
        .public_key()
        .seal(group.context(), b"l", b"document", &mut rng)
        .unwrap();
    let header = ContainerHeader::read(&mut container.as_slice()).unwrap();
    (group, shares, container, header)
}

fn partials(group: &Group, shares: &[Share], header: &ContainerHeader) -> Vec<Partial> {
    shares
        .iter()
        .map(|share| share.partial(group, header, &mut rand::rng()).unwrap())
        .collect()
}

/// All combinations of `count` of `items`.
fn choices<T: Clone>(items: &[T], count: usize) -> Vec<Vec<T>> {
    match (count, items) {
        (0, _) => vec![Vec::new()],
        (_, []) => Vec::new(),
        (_, [first, rest @ ..]) => {
            let with = choices(rest, count - 1).into_iter().map(|mut choice| {
                choice.insert(0, first.clone());
                choice
            });
            with.chain(choices(rest, count)).collect()
        }
    }
}

fn group_of(vector: &Value) -> Group {
    let curve: Curve = text(&vector["curve"]).parse().unwrap();
    let context = ManagedContext::new(
        text(&vector["issuer"]).parse().unwrap(),
        text(&vector["keyId"]).parse().unwrap(),
        curve,
    );
    let key = |value: &Value| CakPublicKey::from_hex(curve, text(value)).unwrap();
    let verifying_keys = vector["shares"]
        .as_array()
        .unwrap()
        .iter()
        .map(|share| key(&share["verifyingKey"]));
    let threshold = u8::try_from(vector["threshold"].as_u64().unwrap()).unwrap();
    Group::new(
        context,
        threshold,
        key(&vector["publicKey"]),
        None,
        verifying_keys.collect(),
    )
    .unwrap()
}

#[test]
fn every_choice_of_custodians_opens_the_vectors() {
    let file = vectors("cak-v1.json");
    let cases = file["threshold"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    for (case, vector) in cases.iter().enumerate() {
        let group = group_of(vector);
        let curve = group.context().curve();
        let container = bytes(&vector["sealed"]);
        let header = ContainerHeader::read(&mut container.as_slice()).unwrap();
        let mut all = Vec::new();
        for entry in vector["shares"].as_array().unwrap() {
            let number = index(entry["index"].as_u64().unwrap());
            let share = Share::from_hex(curve, number, text(&entry["share"])).unwrap();
            let partial = share.partial(&group, &header, &mut rand::rng()).unwrap();
            assert_eq!(
                partial.point_hex(),
                text(&entry["partial"]),
                "threshold {case}, custodian {number}"
            );
            all.push(partial);
        }
        let threshold = usize::from(group.threshold());
        for choice in choices(&all, threshold) {
            let opened = group.open(&choice, b"", &container).unwrap();
            assert_eq!(*opened, bytes(&vector["plaintext"]), "threshold {case}");
        }
        let more = group.open(&all, b"", &container).unwrap();
        assert_eq!(
            *more,
            bytes(&vector["plaintext"]),
            "threshold {case}: all of them"
        );
        for choice in choices(&all, threshold - 1) {
            let refused = group.open(&choice, b"", &container);
            assert!(
                matches!(refused, Err(Error::TooFewPartials { .. })),
                "threshold {case}"
            );
        }
    }
}

#[test]
fn dealt_groups_open_at_each_limit() {
    for curve in CURVES {
        for (threshold, count) in [(2, 2), (2, 3), (3, 5), (5, 5), (2, 255)] {
            let (group, shares, container, header) = fixture(curve, threshold, count);
            let last = shares.get(shares.len() - usize::from(threshold)..).unwrap();
            let opened = group
                .open(&partials(&group, last, &header), b"l", &container)
                .unwrap();
            assert_eq!(*opened, b"document", "{curve}, {threshold} of {count}");
        }
    }
}

#[test]
fn a_dealt_key_is_the_key_that_was_given() {
    for curve in CURVES {
        let key = CakPrivateKey::generate(curve, &mut rand::rng());
        let (group, shares) = deal(&key, &context(curve), 2, 3, &mut rand::rng()).unwrap();
        assert_eq!(group.public_key(), key.public_key());
        assert_eq!(group.commitments().unwrap().len(), 2);
        let read = Group::new(
            group.context().clone(),
            2,
            group.public_key().clone(),
            None,
            group.verifying_keys().to_vec(),
        );
        assert_eq!(read.unwrap().verifying_keys(), group.verifying_keys());
        let hex = shares[1].expose_hex();
        let again = Share::from_hex(curve, index(2), &hex).unwrap();
        assert!(bool::from(subtle::ConstantTimeEq::ct_eq(&again, &shares[1])));
    }
}

#[test]
fn a_threshold_has_limits() {
    let deal = |threshold, shares| generate(&context(Curve::Secp256r1), threshold, shares, &mut rand::rng());
    for (threshold, shares) in [(0, 3), (1, 3), (4, 3), (2, 1), (2, 0)] {
        assert!(
            matches!(deal(threshold, shares), Err(Error::ThresholdOutOfRange { .. })),
            "{threshold} of {shares}"
        );
    }
    assert!(ShareIndex::new(0).is_err() && ShareIndex::new(256).is_err() && ShareIndex::new(255).is_ok());
}

#[test]
fn a_wrong_partial_names_its_sender() {
    for curve in CURVES {
        let (group, shares, container, header) = fixture(curve, 2, 3);
        let [first, second, third] = <[Partial; 3]>::try_from(partials(&group, &shares, &header)).unwrap();
        let swapped = |point: &Partial, proof: &Partial, number: u64| {
            Partial::from_hex(curve, index(number), &point.point_hex(), &proof.proof_hex()).unwrap()
        };
        let proof_of = |partial: &Partial, place: usize| {
            let mut proof = hex::decode(partial.proof_hex()).unwrap();
            proof[place] ^= 1;
            Partial::from_hex(curve, partial.index(), &partial.point_hex(), &hex::encode(proof)).unwrap()
        };
        for wrong in [
            swapped(&third, &second, 2),
            swapped(&second, &third, 2),
            swapped(&third, &third, 2),
            proof_of(&second, 0),
            proof_of(&second, 31),
            proof_of(&second, 32),
            proof_of(&second, 63),
        ] {
            let refused = group.open(&[first.clone(), wrong], b"l", &container).unwrap_err();
            assert!(matches!(refused, Error::PartialRejected { .. }), "{refused}");
            assert_eq!(refused.culprit(), Some(index(2)), "{curve}");
        }
        // Without the culprit's partial the container opens.
        assert!(group.open(&[first, third], b"l", &container).is_ok());
    }
}

#[test]
fn a_proof_has_one_encoding() {
    // z + n would prove the same and must be refused. With a tiny z the sum fits into 32 bytes.
    for curve in CURVES {
        let (group, shares, _, header) = fixture(curve, 2, 2);
        let partial = &partials(&group, &shares, &header)[0];
        let proof = partial.proof_hex();
        let all_ones = "f".repeat(64);
        let too_large = Partial::from_hex(
            curve,
            partial.index(),
            &partial.point_hex(),
            &(all_ones.clone() + &proof[64..]),
        );
        assert!(group.verify_partial(&header, &too_large.unwrap()).is_err());
        let too_large = Partial::from_hex(
            curve,
            partial.index(),
            &partial.point_hex(),
            &(proof[..64].to_owned() + &all_ones),
        );
        assert!(group.verify_partial(&header, &too_large.unwrap()).is_err());
    }
}

#[test]
fn the_numbers_of_a_proof_are_below_the_order() {
    for curve in CURVES {
        let mut bytes = *sharing(curve).negate(&ONE);
        assert!(is_number(curve, &ZERO) && is_number(curve, &bytes));
        bytes[31] += 1;
        assert!(!is_number(curve, &bytes) && !is_number(curve, &[0xff; 32]));
    }
}

#[test]
fn a_partial_opens_its_own_container_only() {
    let (group, shares, container, header) = fixture(Curve::Secp256r1, 2, 3);
    let other = group
        .public_key()
        .seal(group.context(), b"l", b"another", &mut rand::rng())
        .unwrap();
    let partials = partials(&group, &shares[..2], &header);
    let refused = group.open(&partials, b"l", &other);
    assert!(matches!(refused, Err(Error::PartialRejected { .. })));
    assert!(matches!(
        group.open(&partials, b"another label", &container),
        Err(Error::WrongKey)
    ));
}

#[test]
fn a_container_of_another_context_opens_under_that_context() {
    for curve in CURVES {
        let (group, shares, ..) = fixture(curve, 2, 3);
        let mistyped = ManagedContext::new("did:x:i".parse().unwrap(), "kk".parse().unwrap(), curve);
        let cak = CakContext::new(
            "u".parse().unwrap(),
            "did:x:i".parse().unwrap(),
            "s".parse().unwrap(),
            curve,
        );
        for context in [SealingContext::from(&mistyped), SealingContext::from(&cak)] {
            let container = group
                .public_key()
                .seal(context, b"l", b"document", &mut rand::rng())
                .unwrap();
            let header = ContainerHeader::read(&mut container.as_slice()).unwrap();
            let partials = partials(&group, &shares[..2], &header);
            let refused = group.opener(&partials, b"l", container.as_slice());
            assert!(matches!(refused, Err(Error::WrongKey)));
            let mut opened = Vec::new();
            group
                .opener_under(context, &partials, b"l", container.as_slice())
                .unwrap()
                .copy_to(&mut opened)
                .unwrap();
            assert_eq!(opened, b"document");
        }
    }
}

#[test]
fn strangers_and_doubles_are_refused() {
    let (group, shares, container, header) = fixture(Curve::Secp256r1, 2, 3);
    let (other, other_shares, ..) = fixture(Curve::Secp256r1, 2, 4);
    let foreign = other_shares[0].partial(&group, &header, &mut rand::rng());
    assert!(matches!(foreign, Err(Error::ForeignShare { .. })));
    let fourth = other_shares[3]
        .partial(&other, &header, &mut rand::rng())
        .unwrap();
    let first = partials(&group, &shares[..1], &header).remove(0);
    let refused = group.open(&[first.clone(), fourth], b"l", &container);
    assert!(matches!(refused, Err(Error::UnknownCustodian { .. })));
    let refused = group.open(&[first.clone(), first], b"l", &container);
    assert!(matches!(refused, Err(Error::DuplicatePartial { .. })));
    let (_, k1_shares, _, k1_header) = fixture(Curve::Secp256k1, 2, 3);
    assert!(matches!(
        shares[0].partial(&group, &k1_header, &mut rand::rng()),
        Err(Error::CurveMismatch { .. })
    ));
    assert!(matches!(
        k1_shares[0].partial(&group, &header, &mut rand::rng()),
        Err(Error::ForeignShare { .. })
    ));
}

#[test]
fn keys_that_do_not_belong_together_are_no_group() {
    for curve in CURVES {
        for (threshold, count) in [(2, 2), (3, 5)] {
            let (group, ..) = fixture(curve, threshold, count);
            let outsider = CakPrivateKey::generate(curve, &mut rand::rng())
                .public_key()
                .clone();
            let make =
                |public: &CakPublicKey, commitments: Option<Vec<CakPublicKey>>, keys: Vec<CakPublicKey>| {
                    Group::new(
                        group.context().clone(),
                        threshold,
                        public.clone(),
                        commitments,
                        keys,
                    )
                };
            let keys = group.verifying_keys().to_vec();
            let commitments = group.commitments().unwrap().to_vec();
            assert!(make(group.public_key(), None, keys.clone()).is_ok());
            let inconsistent = |made: Result<Group, Error>| matches!(made, Err(Error::InconsistentGroup));
            assert!(inconsistent(make(&outsider, None, keys.clone())));
            for place in 0..keys.len() {
                let mut wrong = keys.clone();
                wrong[place] = outsider.clone();
                assert!(
                    inconsistent(make(group.public_key(), None, wrong)),
                    "{curve}, key {place}"
                );
            }
            let mut swapped = keys.clone();
            swapped.swap(0, 1);
            assert!(inconsistent(make(group.public_key(), None, swapped)));
            for place in 0..commitments.len() {
                let mut wrong = commitments.clone();
                wrong[place] = outsider.clone();
                assert!(
                    inconsistent(make(group.public_key(), Some(wrong), keys.clone())),
                    "{curve}, {place}"
                );
            }
            let short = commitments[..commitments.len() - 1].to_vec();
            assert!(inconsistent(make(group.public_key(), Some(short), keys)));
        }
    }
}

#[test]
fn a_group_has_the_commitments_of_its_threshold() {
    let (group, ..) = fixture(Curve::Secp256r1, 2, 3);
    let with = |threshold, commitments| {
        let keys = group.verifying_keys().to_vec();
        Group::new(
            group.context().clone(),
            threshold,
            group.public_key().clone(),
            commitments,
            keys,
        )
    };
    let commitments = group.commitments().unwrap().to_vec();
    assert!(with(2, Some(commitments.clone())).is_ok());
    // The keys lie on a polynomial of a smaller degree, too.
    assert!(with(3, None).is_ok());
    assert!(matches!(
        with(3, Some(commitments)),
        Err(Error::InconsistentGroup)
    ));
}

#[test]
fn the_keys_of_a_group_are_on_one_curve() {
    let (group, ..) = fixture(Curve::Secp256r1, 2, 3);
    let (other, ..) = fixture(Curve::Secp256k1, 2, 3);
    let (own, foreign) = (group.commitments().unwrap(), other.commitments().unwrap());
    for (public, commitments, keys) in [
        (&group, own, &group),
        (&other, own, &group),
        (&group, foreign, &group),
        (&group, own, &other),
    ] {
        let made = Group::new(
            group.context().clone(),
            2,
            public.public_key().clone(),
            Some(commitments.to_vec()),
            keys.verifying_keys().to_vec(),
        );
        let is_one = public == keys && commitments == own;
        match made {
            Ok(_) => assert!(is_one),
            Err(error) => {
                assert!(!is_one && matches!(error, Error::CurveMismatch { .. }), "{error}");
            }
        }
    }
}

/// Each key is weighted by a hash of the group. With equal weights, these errors would sum up to nothing.
#[test]
fn errors_that_cancel_each_other_are_noticed() {
    for curve in CURVES {
        let (group, shares, ..) = fixture(curve, 2, 3);
        let moved = |[first, second]: [u8; 2]| {
            let mut keys = group.verifying_keys().to_vec();
            for (key, (share, error)) in keys.iter_mut().zip(shares.iter().zip([first, second])) {
                let mut by = ZERO;
                by[31] = error;
                let secret = sharing(curve).multiply_add(&ONE, share.key().expose_secret(), &by);
                *key = CakPrivateKey::from_bytes(curve, &secret)
                    .unwrap()
                    .public_key()
                    .clone();
            }
            Group::new(group.context().clone(), 2, group.public_key().clone(), None, keys)
        };
        assert!(moved([0, 0]).is_ok(), "{curve}");
        assert!(matches!(moved([3, 2]), Err(Error::InconsistentGroup)), "{curve}");
    }
}

#[test]
fn the_context_of_a_group_has_a_limited_length() {
    let (group, ..) = fixture(Curve::Secp256r1, 2, 3);
    let with = |id: &str| {
        let context = ManagedContext::new("did:x:i".parse().unwrap(), id.parse().unwrap(), Curve::Secp256r1);
        let length = context.to_bytes().len();
        let keys = group.verifying_keys().to_vec();
        (
            length,
            Group::new(context, 2, group.public_key().clone(), None, keys),
        )
    };
    let limit = usize::from(u16::MAX);
    let (length, _) = with("k");
    let longest = "k".repeat(limit + 1 - length);
    let (length, made) = with(&longest);
    assert_eq!(length, limit);
    assert!(made.is_ok());
    let (length, made) = with(&format!("{longest}k"));
    let Err(Error::FieldTooLong {
        field: Field::Context,
        length: found,
        limit: most,
    }) = made
    else {
        panic!("{made:?}");
    };
    assert_eq!((found, most), (length, limit));
}

#[test]
fn a_group_has_the_fingerprints_of_its_content_and_of_its_key() {
    let (group, ..) = fixture(Curve::Secp256r1, 2, 3);
    let (other, ..) = fixture(Curve::Secp256r1, 2, 3);
    assert_eq!(group.fingerprint(), hex::encode(group.digest()));
    assert_ne!(group.fingerprint(), other.fingerprint());
    let expected = group.context().key_fingerprint(group.public_key()).unwrap();
    assert_eq!(group.key_fingerprint(), expected);
}

#[test]
fn a_share_is_never_shown() {
    let (_, shares, ..) = fixture(Curve::Secp256r1, 2, 2);
    for share in &shares {
        let shown = format!("{share:?}");
        assert!(!shown.contains(share.expose_hex().as_str()), "{shown}");
        assert_eq!(
            shown,
            format!("Share {{ index: {:?}, curve: Secp256r1, .. }}", share.index())
        );
    }
}
