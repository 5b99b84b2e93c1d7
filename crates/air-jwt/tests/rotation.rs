//! Rotation: no token is refused on the way, and nothing signs before it is published.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::time::Duration;

use air_jwt::{
    Error, JwkSet, KeyRing, Kid, PartnerToken, RotationSchedule, SigningKey, Verifier,
    rotation::{PUBLISH_LEAD_TIME, Phase, RETIREMENT_PERIOD},
};
use serde_json::json;

use crate::times::{NOW, after, before};

fn pem(key: &SigningKey) -> zeroize::Zeroizing<String> {
    key.expose_pkcs8_pem()
}

fn keys() -> [SigningKey; 2] {
    [
        SigningKey::generate(&mut rand::rng()),
        SigningKey::generate(&mut rand::rng()),
    ]
}

fn again(key: &SigningKey) -> SigningKey {
    SigningKey::from_pem(&pem(key)).unwrap()
}

fn rotated() -> (KeyRing, [SigningKey; 2]) {
    let keys = keys();
    let mut timetable = RotationSchedule::starting(keys[0].kid().clone(), before(1000));
    timetable.rotate(keys[1].kid().clone(), NOW).unwrap();
    (
        KeyRing::new(timetable, [again(&keys[0]), again(&keys[1])]).unwrap(),
        keys,
    )
}

#[test]
fn each_key_goes_through_its_phases_at_its_times() {
    let (ring, [old, new]) = rotated();
    let (lead, tail) = (PUBLISH_LEAD_TIME.as_secs(), RETIREMENT_PERIOD.as_secs());
    for (at, old_phase, new_phase, signs) in [
        (NOW, Phase::Signing, Phase::Published, &old),
        (after(lead - 1), Phase::Signing, Phase::Published, &old),
        (after(lead), Phase::Retired, Phase::Signing, &new),
        (after(lead + tail - 1), Phase::Retired, Phase::Signing, &new),
        (after(lead + tail), Phase::Removed, Phase::Signing, &new),
    ] {
        let phases: Vec<Phase> = ring.timetable().keys().iter().map(|key| key.phase(at)).collect();
        assert_eq!(phases, [old_phase, new_phase], "{at:?}");
        assert_eq!(ring.signing_key(at).unwrap().kid(), signs.kid(), "{at:?}");
        let set = ring.jwk_set(at);
        assert_eq!(
            set.find(old.kid().as_str()).is_some(),
            old_phase.is_published(),
            "{at:?}"
        );
        assert!(set.find(new.kid().as_str()).is_some(), "{at:?}");
    }
}

/// A platform that fetched the set up to ten minutes ago verifies every token that lives.
#[test]
fn no_token_is_refused_while_a_key_changes() {
    let (ring, _) = rotated();
    let partner = || "p".parse().unwrap();
    let end = 2 * (PUBLISH_LEAD_TIME + RETIREMENT_PERIOD).as_secs();
    for seconds in (0..end).step_by(60) {
        let signed = after(seconds);
        let token = PartnerToken::issue(partner())
            .valid_for(Duration::from_mins(15))
            .sign(ring.signing_key(signed).unwrap(), signed)
            .unwrap();
        for used in [signed, after(seconds + 300), after(seconds + 899)] {
            for cached in [used.saturating_sub(Duration::from_mins(10)), used] {
                let set: JwkSet = ring.jwk_set(cached);
                let verdict = Verifier::new(&set).verify(token.expose_secret(), used);
                assert!(
                    verdict.is_ok(),
                    "signed {signed:?}, set of {cached:?}, used {used:?}: {verdict:?}"
                );
            }
        }
    }
}

#[test]
fn one_rotation_at_a_time() {
    let (ring, _) = rotated();
    let mut timetable = ring.timetable().clone();
    let third: Kid = "third".parse().unwrap();
    let waiting = timetable.keys()[1].kid.to_string();
    assert_eq!(
        timetable.rotate(third.clone(), after(1)).unwrap_err(),
        Error::RotationUnderWay {
            kid: waiting,
            in_seconds: PUBLISH_LEAD_TIME.as_secs() - 1
        }
    );
    timetable
        .rotate(third.clone(), NOW.saturating_add(PUBLISH_LEAD_TIME))
        .unwrap();
    assert_eq!(
        timetable.rotate(third, after(10_000)).unwrap_err(),
        Error::DuplicateKid { kid: "third".into() }
    );
}

#[test]
fn what_is_removed_is_pruned_and_its_private_half_may_go() {
    let (ring, [old, new]) = rotated();
    let mut timetable = ring.timetable().clone();
    let end = (PUBLISH_LEAD_TIME + RETIREMENT_PERIOD).as_secs();
    assert!(timetable.prune(after(end - 1)).is_empty());
    assert_eq!(timetable.prune(after(end)), [old.kid().clone()]);
    assert!(KeyRing::new(timetable.clone(), [again(&new)]).is_ok());
    assert_eq!(
        KeyRing::new(timetable, [again(&old)]).unwrap_err(),
        Error::MissingPrivateKey {
            kid: new.kid().to_string()
        }
    );
}

#[test]
fn a_compromised_key_leaves_the_set_at_once() {
    let (ring, [_, new]) = rotated();
    let mut timetable = ring.timetable().clone();
    let fresh: Kid = "fresh".parse().unwrap();
    assert!(timetable.replace_compromised(new.kid().clone(), NOW).is_err());
    timetable.replace_compromised(fresh.clone(), NOW).unwrap();
    assert_eq!(timetable.signing_kid(NOW).unwrap(), &fresh);
    assert_eq!(timetable.keys().len(), 1);
}

#[test]
fn times_are_written_as_seconds_since_1970() {
    let schedule = RotationSchedule::starting("a".parse().unwrap(), NOW);
    assert_eq!(
        json!(schedule),
        json!([{ "kid": "a", "publish": 1_800_000_000, "sign": 1_800_000_000 }])
    );
}

#[test]
fn nothing_signs_before_its_time() {
    let planned = json!([{ "kid": "a", "publish": NOW, "sign": after(60) }]);
    let timetable: RotationSchedule = serde_json::from_value(planned).unwrap();
    let key = SigningKey::generate(&mut rand::rng()).with_kid("a".parse().unwrap());
    let ring = KeyRing::new(timetable, [key]).unwrap();
    assert_eq!(
        ring.signing_key(after(59)).unwrap_err(),
        Error::NoSigningKey { in_seconds: 1 }
    );
    assert!(ring.jwk_set(before(1)).kids().next().is_none());
    assert!(ring.signing_key(after(60)).is_ok());
}

#[test]
fn a_timetable_that_contradicts_itself_is_not_read() {
    let key = |kid: &str, publish: u64, sign: u64, retire: Option<u64>, remove: Option<u64>| {
        let mut key = json!({ "kid": kid, "publish": publish, "sign": sign });
        for (name, time) in [("retire", retire), ("remove", remove)] {
            if let Some(time) = time {
                key[name] = json!(time);
            }
        }
        key
    };
    let reads = |keys: &[serde_json::Value]| serde_json::from_value::<RotationSchedule>(json!(keys)).is_ok();
    assert!(reads(&[
        key("a", 1, 1, Some(5), Some(9)),
        key("b", 2, 5, None, None)
    ]));
    assert!(
        !reads(&[key("a", 2, 1, None, None)]),
        "signs before it is published"
    );
    assert!(
        !reads(&[key("a", 1, 2, Some(1), None)]),
        "retires before it signs"
    );
    assert!(
        !reads(&[key("a", 1, 2, Some(4), Some(3))]),
        "removed before it retires"
    );
    assert!(
        !reads(&[key("a", 1, 2, None, Some(3))]),
        "removed without retiring"
    );
    assert!(
        !reads(&[key("a", 1, 1, Some(5), None), key("a", 2, 5, None, None)]),
        "twice"
    );
    assert!(
        !reads(&[key("a", 1, 1, Some(6), None), key("b", 2, 5, None, None)]),
        "two sign"
    );
    assert!(
        !reads(&[key("a", 1, 1, None, None), key("b", 2, 5, None, None)]),
        "two sign"
    );
}

#[test]
fn a_timetable_reads_back() {
    let (ring, _) = rotated();
    let json = serde_json::to_string(ring.timetable()).unwrap();
    assert_eq!(
        &serde_json::from_str::<RotationSchedule>(&json).unwrap(),
        ring.timetable()
    );
}
