//! Tests of generation, refresh and reshare on both curves, and of participants who cheat.

use proptest::prelude::*;
use subtle::ConstantTimeEq;

use super::{Ceremony, Dealing, Group, Share, ShareIndex, ceremony::Source, generate};
use crate::{CakPrivateKey, CakPublicKey, ContainerHeader, Curve, Error, ManagedContext};

const CURVES: [Curve; 2] = [Curve::Secp256r1, Curve::Secp256k1];

fn context(curve: Curve) -> ManagedContext {
    ManagedContext::new("did:x:i".parse().unwrap(), "vault".parse().unwrap(), curve)
}

fn own_keys(curve: Curve, count: usize) -> Vec<CakPrivateKey> {
    (0..count)
        .map(|_| CakPrivateKey::generate(curve, &mut rand::rng()))
        .collect()
}

fn public(keys: &[CakPrivateKey]) -> Vec<CakPublicKey> {
    keys.iter().map(|key| key.public_key().clone()).collect()
}

fn generation(keys: &[CakPrivateKey], threshold: u8) -> (Ceremony, Vec<Dealing>) {
    let mut rng = rand::rng();
    let context = context(keys[0].curve());
    let ceremony = Ceremony::generation(context, threshold, public(keys), &mut rng).unwrap();
    let dealings = keys
        .iter()
        .map(|key| ceremony.deal(key, &mut rng).unwrap())
        .collect();
    (ceremony, dealings)
}

fn finish(ceremony: &Ceremony, keys: &[CakPrivateKey], dealings: &[Dealing]) -> (Group, Vec<Share>) {
    let outcome = ceremony.outcome(dealings).unwrap();
    let shares = keys
        .iter()
        .map(|key| {
            let (group, share) = ceremony.finish(key, dealings).unwrap();
            assert_eq!(group, outcome);
            share
        })
        .collect();
    (outcome, shares)
}

fn opens(group: &Group, shares: &[&Share]) -> Result<(), Error> {
    let mut rng = rand::rng();
    let container = group
        .public_key()
        .seal(group.context(), b"", b"document", &mut rng)?;
    let header = ContainerHeader::read(&mut container.as_slice())?;
    let partials = shares
        .iter()
        .map(|share| share.partial(group, &header, &mut rng))
        .collect::<Result<Vec<_>, _>>()?;
    let opened = group.open(&partials, b"", &container)?;
    assert_eq!(opened.as_slice(), b"document");
    Ok(())
}

#[test]
fn what_custodians_generate_opens_with_any_threshold_of_them() {
    for curve in CURVES {
        let keys = own_keys(curve, 4);
        let (ceremony, dealings) = generation(&keys, 3);
        let (group, shares) = finish(&ceremony, &keys, &dealings);
        for left_out in 0..4 {
            let three: Vec<&Share> = (0..4).filter(|i| *i != left_out).map(|i| &shares[i]).collect();
            opens(&group, &three).unwrap();
            assert!(matches!(
                opens(&group, &three[..2]),
                Err(Error::TooFewPartials { .. })
            ));
        }
    }
}

#[test]
fn a_refresh_keeps_the_key_and_makes_old_shares_useless_beside_new_ones() {
    for curve in CURVES {
        let mut rng = rand::rng();
        let (old, old_shares) = generate(&context(curve), 2, 3, &mut rng).unwrap();
        let keys = own_keys(curve, 3);
        let ceremony = Ceremony::refresh(old.clone(), public(&keys), &mut rng).unwrap();
        // Custodian 2 lost their share: 1 and 3 are enough to give everyone a new one.
        let dealings =
            [&old_shares[0], &old_shares[2]].map(|share| ceremony.hand_on(share, &mut rng).unwrap());
        let (new, shares) = finish(&ceremony, &keys, &dealings);
        assert_eq!(new.public_key(), old.public_key());
        opens(&new, &[&shares[0], &shares[1]]).unwrap();
        opens(&new, &[&shares[1], &shares[2]]).unwrap();
        assert!(!bool::from(shares[0].ct_eq(&old_shares[0])));
        assert!(matches!(
            opens(&new, &[&old_shares[0], &shares[1]]),
            Err(Error::ForeignShare { .. })
        ));
    }
}

#[test]
fn a_reshare_moves_the_key_to_others_under_another_threshold() {
    for curve in CURVES {
        let mut rng = rand::rng();
        let (old, old_shares) = generate(&context(curve), 3, 5, &mut rng).unwrap();
        let container = old
            .public_key()
            .seal(old.context(), b"", b"from before", &mut rng)
            .unwrap();
        for (threshold, count) in [(2, 2), (4, 6)] {
            let keys = own_keys(curve, count);
            let ceremony = Ceremony::reshare(old.clone(), threshold, public(&keys), &mut rng).unwrap();
            let dealings: Vec<Dealing> = [4, 1, 2, 0]
                .map(|i: usize| ceremony.hand_on(&old_shares[i], &mut rng).unwrap())
                .to_vec();
            let (new, shares) = finish(&ceremony, &keys, &dealings);
            assert_eq!(new.public_key(), old.public_key());
            assert_eq!(usize::from(new.shares()), count);
            let header = ContainerHeader::read(&mut container.as_slice()).unwrap();
            let partials: Vec<_> = shares
                .iter()
                .rev()
                .take(usize::from(threshold))
                .map(|share| share.partial(&new, &header, &mut rng).unwrap())
                .collect();
            assert_eq!(
                new.open(&partials, b"", &container).unwrap().as_slice(),
                b"from before"
            );
            assert!(matches!(
                ceremony.outcome(&dealings[..2]),
                Err(Error::TooFewDealings { count: 2, needed: 3 })
            ));
        }
    }
}

#[test]
fn names_the_custodian_who_cheats() {
    let keys = own_keys(Curve::Secp256r1, 3);
    let (ceremony, dealings) = generation(&keys, 2);
    let two = ShareIndex::new(2).unwrap();
    let finish = |dealings: &[Dealing]| ceremony.finish(&keys[0], dealings).map(drop).unwrap_err();
    let spoiled = |spoil: &dyn Fn(&mut Dealing)| {
        let mut dealings = dealings.clone();
        spoil(&mut dealings[1]);
        finish(&dealings)
    };
    let other = generation(&keys, 2).1;
    for (name, error) in [
        ("a value", spoiled(&|dealing| dealing.sealed[0][120] ^= 1)),
        ("no value", spoiled(&|dealing| dealing.sealed.truncate(1))),
        ("swapped values", spoiled(&|dealing| dealing.sealed.swap(0, 1))),
        ("a commitment", spoiled(&|dealing| dealing.commitments.swap(0, 1))),
        (
            "fewer commitments",
            spoiled(&|dealing| dealing.commitments.truncate(1)),
        ),
        ("no commitment", spoiled(&|dealing| dealing.commitments.clear())),
        ("its proof", spoiled(&|dealing| dealing.proof[63] ^= 1)),
        (
            "its signature",
            spoiled(&|dealing| dealing.signature = Some([0; 64])),
        ),
        ("no signature", spoiled(&|dealing| dealing.signature = None)),
    ] {
        assert!(
            matches!(error, Error::DealingRejected { culprit } if culprit == two),
            "{name}: {error}"
        );
    }
    let error = finish(&[dealings[0].clone(), other[1].clone(), dealings[2].clone()]);
    assert!(matches!(error, Error::ForeignDealing { culprit } if culprit == two));
    assert!(matches!(
        finish(&dealings[..2]),
        Error::TooFewDealings { count: 2, needed: 3 }
    ));
    let twice = [&dealings[0], &dealings[0], &dealings[1]].map(Clone::clone);
    assert!(matches!(finish(&twice), Error::DuplicateDealing { .. }));
    let outsider = CakPrivateKey::generate(Curve::Secp256r1, &mut rand::rng());
    assert!(matches!(
        ceremony.finish(&outsider, &dealings),
        Err(Error::NotACustodian)
    ));
    assert!(matches!(
        ceremony.deal(&outsider, &mut rand::rng()),
        Err(Error::NotACustodian)
    ));
}

/// The dealing is signed again, so only the recipient can detect that its value is not on the
/// committed polynomial.
#[test]
fn a_dealer_who_seals_a_wrong_value_is_named_by_its_recipient_alone() {
    let mut rng = rand::rng();
    let curve = Curve::Secp256k1;
    let (old, old_shares) = generate(&context(curve), 2, 2, &mut rng).unwrap();
    let keys = own_keys(curve, 2);
    let ceremony = Ceremony::refresh(old, public(&keys), &mut rng).unwrap();
    let honest = ceremony.hand_on(&old_shares[0], &mut rng).unwrap();
    let mut cheating = ceremony.hand_on(&old_shares[1], &mut rng).unwrap();
    cheating.seal_wrongly(&ceremony, &old_shares[1], 1);
    let dealings = [honest, cheating];
    ceremony.finish(&keys[0], &dealings).unwrap();
    assert!(matches!(
        ceremony.finish(&keys[1], &dealings),
        Err(Error::DealingRejected { culprit }) if culprit.get() == 2
    ));
}

#[test]
fn a_ceremony_takes_the_right_kind_of_key() {
    let mut rng = rand::rng();
    let curve = Curve::Secp256r1;
    let keys = own_keys(curve, 3);
    let (group, shares) = generate(&context(curve), 2, 3, &mut rng).unwrap();
    let (generation, _) = generation(&keys, 2);
    assert!(matches!(
        generation.hand_on(&shares[0], &mut rng),
        Err(Error::WrongCeremony { .. })
    ));
    let refresh = Ceremony::refresh(group.clone(), public(&keys), &mut rng).unwrap();
    assert!(matches!(
        refresh.deal(&keys[0], &mut rng),
        Err(Error::WrongCeremony { .. })
    ));
    let (_, other_shares) = generate(&context(curve), 2, 3, &mut rng).unwrap();
    assert!(matches!(
        refresh.hand_on(&other_shares[0], &mut rng),
        Err(Error::ForeignShare { .. })
    ));
    assert!(matches!(
        Ceremony::refresh(group.clone(), public(&keys[..2]), &mut rng),
        Err(Error::CustodianCount {
            count: 2,
            expected: 3
        })
    ));
    let twice = vec![
        keys[0].public_key().clone(),
        keys[1].public_key().clone(),
        keys[0].public_key().clone(),
    ];
    assert!(matches!(
        Ceremony::refresh(group.clone(), twice, &mut rng),
        Err(Error::DuplicateCustodian { index }) if index.get() == 3
    ));
    let other_curve = public(&own_keys(Curve::Secp256k1, 3));
    assert!(matches!(
        Ceremony::refresh(group, other_curve, &mut rng),
        Err(Error::CurveMismatch { .. })
    ));
}

#[test]
fn files_read_back_and_name_what_they_are_not() {
    let mut rng = rand::rng();
    for curve in CURVES {
        let keys = own_keys(curve, 3);
        let (ceremony, dealings) = generation(&keys, 2);
        assert_eq!(Ceremony::from_json(&ceremony.to_json()).unwrap(), ceremony);
        for dealing in &dealings {
            assert_eq!(&Dealing::from_json(curve, &dealing.to_json()).unwrap(), dealing);
        }
        let (group, shares) = finish(&ceremony, &keys, &dealings);
        assert_eq!(Group::from_json(&group.to_json()).unwrap(), group);
        let text = shares[1].expose_json(group.context());
        let share = Share::from_json(&group, &text).unwrap();
        assert!(bool::from(share.ct_eq(&shares[1])));
        let foreign = text.replace("vault", "other");
        assert!(matches!(
            Share::from_json(&group, &foreign),
            Err(Error::ForeignShare { .. })
        ));
        let refresh = Ceremony::refresh(group, public(&keys), &mut rng).unwrap();
        assert_eq!(Ceremony::from_json(&refresh.to_json()).unwrap(), refresh);

        let secret = shares[1].expose_hex();
        let error = Group::from_json(&text).unwrap_err();
        assert!(matches!(error, Error::MalformedFile { .. }));
        assert!(!error.to_string().contains(secret.as_str()));
    }
    assert!(matches!(
        Group::from_json(&" ".repeat(2 << 20)),
        Err(Error::FileTooLong { .. })
    ));
}

#[test]
fn a_fingerprint_names_everything_that_custodians_agree_on() {
    let mut rng = rand::rng();
    for curve in CURVES {
        let keys = own_keys(curve, 3);
        let (group, _) = generate(&context(curve), 2, 3, &mut rng).unwrap();
        let (other_group, _) = generate(&context(curve), 2, 3, &mut rng).unwrap();
        let make = |threshold, custodians: &[CakPrivateKey], source, nonce: u8| {
            let context = context(curve);
            Ceremony::with_nonce(context, threshold, public(custodians), source, [nonce; 16]).unwrap()
        };
        let of = |group: &Group| Source::Group(Box::new(group.clone()));
        let agreed = make(2, &keys, of(&group), 1);
        let mut swapped = own_keys(curve, 3);
        for (copy, key) in swapped.iter_mut().zip([1, 0, 2]) {
            *copy = CakPrivateKey::from_bytes(curve, keys[key].expose_secret()).unwrap();
        }
        let others = [
            make(3, &keys, of(&group), 1),
            make(2, &keys[..2], of(&group), 1),
            make(2, &swapped, of(&group), 1),
            make(2, &own_keys(curve, 3), of(&group), 1),
            make(2, &keys, of(&other_group), 1),
            make(2, &keys, Source::Fresh, 1),
            make(2, &keys, of(&group), 2),
        ];
        let mut fingerprints: Vec<String> = others.iter().map(Ceremony::fingerprint).collect();
        fingerprints.push(agreed.fingerprint());
        assert!(fingerprints.iter().all(|text| text.len() == 64));
        let distinct: std::collections::HashSet<_> = fingerprints.iter().collect();
        assert_eq!(distinct.len(), fingerprints.len(), "{fingerprints:?}");
        let read = Ceremony::from_json(&agreed.to_json()).unwrap();
        assert_eq!(read.fingerprint(), agreed.fingerprint());
    }
}

/// Generates a threshold, a number of custodians, and a permutation of them.
fn groups() -> impl Strategy<Value = (u8, Vec<usize>)> {
    (2_usize..=7)
        .prop_flat_map(|n| (2..=n, Just((0..n).collect::<Vec<_>>()).prop_shuffle()))
        .prop_map(|(t, order)| (u8::try_from(t).unwrap(), order))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Checks a dealt group, and the group that any threshold of its custodians reshare to.
    #[test]
    fn any_threshold_of_any_group_opens_and_one_less_does_not(
        (t, order) in groups(), (new_t, new_order) in groups(), r1: bool,
    ) {
        let curve = if r1 { Curve::Secp256r1 } else { Curve::Secp256k1 };
        let mut rng = rand::rng();
        let n = u8::try_from(order.len()).unwrap();
        let (group, shares) = generate(&context(curve), t, n, &mut rng).unwrap();
        let chosen: Vec<&Share> = order.iter().take(usize::from(t)).map(|i| &shares[*i]).collect();
        opens(&group, &chosen).unwrap();
        let too_few = matches!(opens(&group, &chosen[1..]), Err(Error::TooFewPartials { .. }));
        prop_assert!(too_few);

        let keys = own_keys(curve, new_order.len());
        let ceremony = Ceremony::reshare(group.clone(), new_t, public(&keys), &mut rng).unwrap();
        let dealings: Vec<Dealing> =
            chosen.iter().map(|share| ceremony.hand_on(share, &mut rng).unwrap()).collect();
        let (new, new_shares) = finish(&ceremony, &keys, &dealings);
        prop_assert_eq!(new.public_key(), group.public_key());
        let chosen: Vec<&Share> = new_order.iter().take(usize::from(new_t)).map(|i| &new_shares[*i]).collect();
        opens(&new, &chosen).unwrap();
    }
}
