//! A Merkle Patricia trie by its recursive definition (Ethereum's Yellow Paper, appendix D): the
//! reference for lookups.

use std::collections::BTreeMap;

use air_ledger::evm::{KeccakHash, keccak256};

/// A key as half-bytes, with its value.
type Pair = (Vec<u8>, Vec<u8>);

pub(super) struct Trie {
    pub(super) root: KeccakHash,
    /// The nodes that are not part of their parents, by the half-bytes before them.
    nodes: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Trie {
    pub(super) fn new(values: &BTreeMap<Vec<u8>, Vec<u8>>) -> Self {
        let pairs: Vec<Pair> = values
            .iter()
            .map(|(key, value)| (nibbles(key), value.clone()))
            .collect();
        let mut nodes = BTreeMap::new();
        let root = if pairs.is_empty() {
            string(&[])
        } else {
            node(&pairs, 0, &mut nodes)
        };
        nodes.insert(Vec::new(), root.clone());
        Self {
            root: keccak256(&root),
            nodes,
        }
    }

    /// The nodes on the way to a key, as `eth_getProof` returns them.
    pub(super) fn proof(&self, key: &[u8]) -> Vec<Vec<u8>> {
        let key = nibbles(key);
        let on_the_way = self.nodes.iter().filter(|(path, _)| key.starts_with(path));
        on_the_way.map(|(_, node)| node.clone()).collect()
    }
}

/// The node over pairs that share their first `depth` half-bytes.
fn node(pairs: &[Pair], depth: usize, nodes: &mut BTreeMap<Vec<u8>, Vec<u8>>) -> Vec<u8> {
    let (first, rest) = pairs.split_first().unwrap();
    if rest.is_empty() {
        return list(&[hex_prefix(&first.0[depth..], true), string(&first.1)]);
    }
    let shared = rest
        .iter()
        .map(|(key, _)| shared(&first.0[depth..], &key[depth..]))
        .min()
        .unwrap();
    if shared > 0 {
        let target = child(pairs, depth + shared, nodes);
        return list(&[hex_prefix(&first.0[depth..depth + shared], false), target]);
    }
    let mut items = Vec::new();
    for nibble in 0..16 {
        let below: Vec<Pair> = pairs
            .iter()
            .filter(|(key, _)| key.get(depth) == Some(&nibble))
            .cloned()
            .collect();
        items.push(if below.is_empty() {
            string(&[])
        } else {
            child(&below, depth + 1, nodes)
        });
    }
    let own = pairs.iter().find(|(key, _)| key.len() == depth);
    items.push(own.map_or(string(&[]), |(_, value)| string(value)));
    list(&items)
}

/// A node as its parent has it: itself if it is short, or else its hash.
fn child(pairs: &[Pair], depth: usize, nodes: &mut BTreeMap<Vec<u8>, Vec<u8>>) -> Vec<u8> {
    let node = node(pairs, depth, nodes);
    if node.len() < 32 {
        return node;
    }
    let hash = string(keccak256(&node).as_bytes());
    nodes.insert(pairs[0].0[..depth].to_vec(), node);
    hash
}

/// How many half-bytes two keys share at their beginnings.
fn shared(one: &[u8], other: &[u8]) -> usize {
    one.iter()
        .zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

/// Half-bytes as bytes, with a flag (appendix C).
fn hex_prefix(path: &[u8], is_leaf: bool) -> Vec<u8> {
    let is_odd = path.len() % 2 == 1;
    let mut nibbles = vec![2 * u8::from(is_leaf) + u8::from(is_odd)];
    if !is_odd {
        nibbles.push(0);
    }
    nibbles.extend(path);
    let bytes: Vec<u8> = nibbles.chunks(2).map(|pair| (pair[0] << 4) | pair[1]).collect();
    string(&bytes)
}

fn nibbles(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect()
}

/// A string in RLP (appendix B).
fn string(bytes: &[u8]) -> Vec<u8> {
    match bytes {
        [byte] if *byte < 0x80 => vec![*byte],
        _ => [header(0x80, bytes.len()), bytes.to_vec()].concat(),
    }
}

/// A list in RLP of items in RLP.
fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    [header(0xc0, payload.len()), payload].concat()
}

fn header(kind: u8, length: usize) -> Vec<u8> {
    let short = u8::try_from(length).unwrap_or(u8::MAX);
    match length {
        ..56 => vec![kind + short],
        56..256 => vec![kind + 56, short],
        _ => [
            vec![kind + 57],
            u16::try_from(length).unwrap().to_be_bytes().to_vec(),
        ]
        .concat(),
    }
}
