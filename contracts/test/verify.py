"""Checks a proof file with Python's own hashes, and the packages `rlp` and `trie` of the Ethereum project: `verify.py FOLDER`.

An independent reading of the format: it shares no code with the Rust crate and the scripts in JavaScript.
"""

import hashlib
import json
import sys
from pathlib import Path

import rlp
from Crypto.Hash import keccak as crypto_keccak
from trie import HexaryTrie


def unhex(text):
    return bytes.fromhex(text.removeprefix("0x"))


def keccak(data):
    return crypto_keccak.new(digest_bits=256, data=data).digest()


def sha256(data):
    return hashlib.sha256(data).digest()


def root_of(leaf, index, size, path):
    """The root that an inclusion path leads to, by the recursive definition of RFC 9162, 2.1.3.1."""
    if size == 1:
        assert not path, "the path is too long"
        return leaf
    split = 1 << ((size - 1).bit_length() - 1)
    *rest, sibling = path
    if index < split:
        return sha256(b"\x01" + root_of(leaf, index, split, rest) + sibling)
    return sha256(b"\x01" + sibling + root_of(leaf, index - split, size - split, rest))


def value(root, key, nodes):
    return HexaryTrie.get_from_proof(root, keccak(key), [rlp.decode(unhex(node)) for node in nodes])


def main(folder):
    proof = json.loads((folder / "proof.json").read_text())
    trusted = json.loads((folder / "trusted.json").read_text())
    inclusion, anchor, evidence = proof["inclusion"], proof["anchor"], proof["evidence"]
    assert proof["format"] == "air-anchor-proof/1"
    assert evidence["kind"] == "mpt/1"

    root = unhex(inclusion["root"])
    leaf = sha256(b"\x00" + unhex(proof["coreClaimHash"]))
    path = [unhex(node) for node in inclusion["path"]]
    assert root_of(leaf, inclusion["leafIndex"], inclusion["treeSize"], path) == root, "inclusion"

    for pinned in ("chainId", "contract", "codeHash"):
        assert anchor[pinned] == trusted[pinned], pinned
    header = unhex(evidence["headerRlp"])
    assert keccak(header) == unhex(trusted["blockHash"]), "block hash"
    members = rlp.decode(header)
    assert int.from_bytes(members[8], "big") == evidence["block"] >= anchor["blockNumber"], "block number"

    account = rlp.decode(value(members[3], unhex(anchor["contract"]), evidence["accountProof"]))
    _nonce, _balance, storage_root, code_hash = account
    assert code_hash == unhex(anchor["codeHash"]), "code hash"
    assert keccak(unhex(trusted["code"])) == code_hash, "code"
    slot = keccak(inclusion["treeSize"].to_bytes(32, "big") + (1).to_bytes(32, "big"))
    stored = rlp.decode(value(storage_root, slot, evidence["storageProof"]))
    assert stored.rjust(32, b"\x00") == root, "root in the contract"
    print(f"  entry {inclusion['leafIndex']} of {inclusion['treeSize']} is anchored, as block {evidence['block']} shows")


main(Path(sys.argv[1]))
