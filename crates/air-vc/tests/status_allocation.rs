//! Allocation of indices: each once, all of them, at random; and storing the allocator.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::collections::{BTreeSet, HashSet};

use air_vc::{
    Error,
    status::{IndexAllocator, StatusPartitions},
};
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};

const BASE: &str = "https://issuer.example/statuslist";

proptest! {
    #[test]
    fn each_index_is_handed_out_once_and_none_is_left(
        entries in 1_u64..1_000,
        taken in prop::collection::btree_set(any::<u64>(), 0..40),
        seed in any::<u64>(),
    ) {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut allocator = IndexAllocator::new(entries).unwrap();
        let mut seen = BTreeSet::new();
        for index in taken {
            let index = index % entries;
            prop_assert_eq!(allocator.take(index).unwrap(), seen.insert(index));
        }
        prop_assert_eq!(allocator.free(), entries - seen.len() as u64);
        while let Some(index) = allocator.allocate(&mut rng) {
            prop_assert!(seen.insert(index), "{} twice", index);
        }
        prop_assert_eq!(allocator.free(), 0);
        prop_assert!(seen.into_iter().eq(0..entries));
    }

    #[test]
    fn what_is_stored_comes_back(entries in 1_u64..300, rounds in 0_usize..300, seed in any::<u64>()) {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut allocator = IndexAllocator::new(entries).unwrap();
        for _ in 0..rounds {
            allocator.allocate(&mut rng);
        }
        let bytes = allocator.to_bytes();
        prop_assert_eq!(IndexAllocator::from_bytes(&bytes).unwrap(), allocator);
    }

    #[test]
    fn what_is_read_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..12), entries in 1_u64..40) {
        let stored = [&entries.to_be_bytes(), bytes.as_slice()].concat();
        if let Ok(allocator) = IndexAllocator::from_bytes(&stored) {
            prop_assert_eq!(allocator.to_bytes(), stored);
        }
    }
}

/// Five free indices and a fixed seed: each is drawn about 2,000 times in 10,000 draws.
#[test]
fn every_free_index_is_as_likely() {
    let mut allocator = IndexAllocator::new(200).unwrap();
    let free = [0, 63, 64, 127, 199];
    for index in (0..200).filter(|index| !free.contains(index)) {
        allocator.take(index).unwrap();
    }
    let mut rng = StdRng::seed_from_u64(1);
    let mut counts = [0; 5];
    for _ in 0..10_000 {
        let index = allocator.clone().allocate(&mut rng).unwrap();
        counts[free.iter().position(|free| *free == index).unwrap()] += 1;
    }
    assert!(
        counts.iter().all(|count| (1_800..2_200).contains(count)),
        "{counts:?}"
    );
}

/// The list has more than one block.
#[test]
fn a_long_list_is_handed_out_to_the_last() {
    let mut rng = StdRng::seed_from_u64(4);
    let mut allocator = IndexAllocator::new(20_001).unwrap();
    let mut indices: Vec<u64> = std::iter::from_fn(|| allocator.allocate(&mut rng)).collect();
    assert!(!indices.is_sorted(), "not at random");
    indices.sort_unstable();
    assert!(indices.into_iter().eq(0..20_001));
}

#[test]
fn an_index_beyond_the_end_is_refused() {
    let mut allocator = IndexAllocator::new(100).unwrap();
    assert_eq!(allocator.take(99), Ok(true));
    assert_eq!(allocator.take(99), Ok(false), "a second time");
    for index in [100, 127, u64::MAX] {
        let entries = 100;
        assert_eq!(
            allocator.take(index),
            Err(Error::StatusIndexOutOfRange { index, entries })
        );
    }
    assert_eq!(allocator.free(), 99);
}

#[test]
fn sizes_have_two_ends() {
    let limit = 134_217_728;
    assert!(IndexAllocator::new(limit).is_ok());
    for entries in [0, limit + 1, u64::MAX] {
        let refusal = IndexAllocator::new(entries);
        assert_eq!(refusal, Err(Error::StatusListSize { entries, limit }));
    }
}

#[test]
fn broken_storage_is_refused() {
    let good = IndexAllocator::new(10).unwrap().to_bytes();
    assert_eq!(good.len(), 10);
    let mut padded = good.clone();
    padded[9] = 0b0000_0100;
    let longer = [good.as_slice(), &[0]].concat();
    for bad in [&[], &good[..7], &good[..9], &longer, &padded] {
        let refusal = IndexAllocator::from_bytes(bad);
        assert!(matches!(refusal, Err(Error::MalformedStatus { .. })), "{bad:?}");
    }
    let huge = u64::MAX.to_be_bytes();
    assert!(matches!(
        IndexAllocator::from_bytes(&huge),
        Err(Error::StatusListSize { .. })
    ));
    padded[9] = 0b0000_0010;
    assert_eq!(IndexAllocator::from_bytes(&padded).unwrap().free(), 9);
}

#[test]
fn a_full_list_is_followed_by_the_next() {
    let mut rng = StdRng::seed_from_u64(2);
    let mut partitions = StatusPartitions::new(BASE, 3).unwrap();
    let references: Vec<_> = (0..7).map(|_| partitions.allocate(&mut rng)).collect();
    let lists: Vec<_> = references
        .iter()
        .map(|reference| partitions.number_of(&reference.uri).unwrap())
        .collect();
    assert_eq!(lists, [0, 0, 0, 1, 1, 1, 2]);
    let places: HashSet<_> = references
        .iter()
        .map(|reference| (&reference.uri, reference.index))
        .collect();
    assert_eq!(places.len(), 7, "no place twice");
    assert_eq!(references[6].uri, "https://issuer.example/statuslist/2");
    assert_eq!((partitions.number(), partitions.open().free()), (2, 2));
}

#[test]
fn a_stored_partition_goes_on_where_it_was() {
    let mut rng = StdRng::seed_from_u64(3);
    let mut partitions = StatusPartitions::new(BASE, 2).unwrap();
    let first = partitions.allocate(&mut rng);
    let stored = partitions.open().to_bytes();
    let open = IndexAllocator::from_bytes(&stored).unwrap();
    let mut restored = StatusPartitions::resume(format!("{BASE}/"), partitions.number(), open);
    assert_eq!(restored, partitions);
    let second = restored.allocate(&mut rng);
    assert_eq!(first.uri, second.uri);
    assert_ne!(first.index, second.index);
}

#[test]
fn only_the_uris_of_opened_lists_are_ours() {
    let open = IndexAllocator::new(8).unwrap();
    let partitions = StatusPartitions::resume(BASE, 12, open);
    assert_eq!(partitions.number_of(&partitions.uri(12)), Some(12));
    for foreign in [
        "https://issuer.example/statuslist/13",
        "https://issuer.example/statuslist/012",
        "https://issuer.example/statuslist/+1",
        "https://issuer.example/statuslist/",
        "https://issuer.example/statuslist",
        "https://issuer.example/statuslist1",
        "https://other.example/statuslist/1",
    ] {
        assert_eq!(partitions.number_of(foreign), None, "{foreign}");
    }
}
