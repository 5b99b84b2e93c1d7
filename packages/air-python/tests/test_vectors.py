"""CAK, sealing and custody against the vectors of an independent implementation."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from air_python import AirError, CakContext, CakPrivateKey, CakPublicKey, ManagedContext, RootSecret, custody
from support import vectors

CAK = vectors("crates/air-crypto/tests/vectors/cak-v1.json")


def context(vector: dict[str, Any]) -> CakContext:
    return CakContext(vector["user"], vector["issuer"], vector["schema"], curve=vector["curve"])


def test_the_file_has_the_groups_that_the_tests_run() -> None:
    assert {name: len(cases) for name, cases in CAK.items() if isinstance(cases, list)} == {
        "derive": 16,
        "seal": 8,
        "threshold": 4,
    }


@pytest.mark.parametrize("vector", CAK["derive"])
def test_derive(vector: dict[str, Any]) -> None:
    if vector["root"] == "seed":
        root = RootSecret.from_seed(bytes.fromhex(vector["seed"]))
    else:
        wallet_key = bytes.fromhex(vector["walletKey"].removeprefix("0x"))
        root = RootSecret.from_wallet(wallet_key, chain_id=vector["chainId"])
    key = root.derive(context(vector))
    assert key.expose_hex() == vector["privateKey"]
    assert str(key.public_key) == vector["publicKey"]
    assert key.public_key.to_compressed_hex() == vector["publicKeyCompressed"]
    read = CakPublicKey.from_text(vector["publicKeyCompressed"], curve=vector["curve"])
    assert read == key.public_key


@pytest.mark.parametrize("vector", CAK["seal"])
def test_open(vector: dict[str, Any]) -> None:
    key = CakPrivateKey.from_text(vector["privateKey"], curve=vector["curve"])
    label, sealed = bytes.fromhex(vector["aad"]), bytes.fromhex(vector["sealed"])
    document = bytes.fromhex(vector["plaintext"])
    assert key.open(context(vector), sealed, label=label) == document
    target = io.BytesIO()
    assert key.open_file(context(vector), io.BytesIO(sealed), target, label=label) == len(document)
    assert target.getvalue() == document
    source, target = io.BytesIO(document), io.BytesIO()
    public_key = CakPublicKey.from_text(vector["publicKey"], curve=vector["curve"])
    public_key.seal_file(
        context(vector), source, target, label=label, chunk_log2=vector["chunkLog2"]
    )
    assert len(target.getvalue()) == len(sealed)
    assert key.open(context(vector), target.getvalue(), label=label) == document


@pytest.mark.parametrize("vector", CAK["threshold"])
def test_custody(vector: dict[str, Any]) -> None:
    name = {member: vector[member] for member in ("curve", "issuer", "keyId")}
    shares = vector["shares"]
    group_file = {
        **name,
        "threshold": vector["threshold"],
        "shares": len(shares),
        "publicKey": vector["publicKey"],
        "verifyingKeys": [share["verifyingKey"] for share in shares],
    }
    group = custody.Group.from_json(json.dumps(group_file))
    sealed, document = bytes.fromhex(vector["sealed"]), bytes.fromhex(vector["plaintext"])
    partials = []
    for share in shares:
        share_file = {**name, "index": share["index"], "share": share["share"]}
        partial = custody.Share.from_json(group, json.dumps(share_file)).partial(group, sealed[:115])
        assert json.loads(partial.to_json())["partial"] == share["partial"]
        partials.append(custody.Partial.from_json(group, partial.to_json()))
    assert group.open(partials[-vector["threshold"] :], sealed) == document
    key = CakPrivateKey.from_text(vector["privateKey"], curve=vector["curve"])
    managed = ManagedContext(vector["issuer"], vector["keyId"], curve=vector["curve"])
    assert key.open(managed, sealed) == document
    with pytest.raises(AirError) as caught:
        key.open(ManagedContext(vector["issuer"], "x", curve=vector["curve"]), sealed)
    assert caught.value.code == "WRONG_KEY"
