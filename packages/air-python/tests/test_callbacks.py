"""Signatures of callbacks against the vectors of Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from air_python import AirError, CallbackReceiver
from support import vectors

VECTORS = vectors("crates/air-cli/tests/vectors/standard-webhooks/vectors.json")
NOW = 1_700_000_000
SECRET = "whsec_" + base64.b64encode(bytes([7] * 32)).decode()
OLD = "whsec_" + base64.b64encode(bytes([8] * 32)).decode()


def test_the_file_has_the_groups_that_the_tests_run() -> None:
    assert list(VECTORS) == ["sign", "verify", "unpadded_secrets", "empty_secrets_rejected"]


def is_signed(secret: str, payload: str, headers: dict[str, str], now: int) -> bool:
    """Whether a signature is valid. The payloads are no events, which the receiver checks last."""
    with pytest.raises(AirError) as caught:
        CallbackReceiver([secret], now=lambda: now).verify(payload, headers)
    assert caught.value.code == "CALLBACK_REJECTED"
    return "is not an event" in caught.value.message


@pytest.mark.parametrize("vector", VECTORS["verify"], ids=lambda vector: vector["name"])
def test_verify(vector: dict[str, Any]) -> None:
    seen = is_signed(vector["secret"], vector["payload"], vector["headers"], vector["now"])
    assert seen is vector["valid"]


@pytest.mark.parametrize("vector", VECTORS["sign"] + VECTORS["unpadded_secrets"])
def test_sign(vector: dict[str, Any]) -> None:
    headers = {
        "Webhook-Id": vector["msg_id"],
        "Webhook-Timestamp": str(vector["timestamp"]),
        "Webhook-Signature": vector["signature"],
    }
    assert is_signed(vector["secret"], vector["payload"], headers, vector["timestamp"])
    assert not is_signed(vector["secret"], vector["payload"] + " ", headers, vector["timestamp"])


@pytest.mark.parametrize("secret", [*VECTORS["empty_secrets_rejected"], "whsec_%%"])
def test_invalid_secrets_are_refused(secret: str) -> None:
    for secrets in ([secret], [], [SECRET] * 9, SECRET):
        with pytest.raises(AirError) as caught:
            CallbackReceiver(secrets)
        assert caught.value.code == "INVALID_ARGUMENT"


def signed(body: object, secret: str) -> tuple[bytes, dict[str, str]]:
    raw = json.dumps(body).encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, b"evt-1.%d." % NOW + raw, hashlib.sha256).digest()
    headers = {
        "webhook-id": "evt-1",
        "webhook-timestamp": str(NOW),
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
    return raw, headers


def test_each_event_is_returned_and_others_are_refused() -> None:
    receiver = CallbackReceiver([SECRET, OLD], now=lambda: NOW)
    released = {"userId": "u-1", "verifierDid": "did:v", "schemaId": "s-1"}
    available = {"userId": "u-1", "issuerDid": "did:i", "schemaId": "s-1", "curve": "secp256r1"}
    changed = {"verificationId": "v-1", "programId": "p-1", "userId": "u-1", "status": "revoked"}
    for body, kind, event in [
        (released, "cak.released", released),
        ({"type": "cak.available", "more": 1, **available}, "cak.available", available),
        ({"type": "credential.status_changed", **changed}, "credential.status_changed", changed),
    ]:
        # During a rotation, either secret may have signed.
        for secret in (SECRET, OLD):
            callback = receiver.verify(*signed(body, secret))
            assert (callback.id, callback.signed_at) == ("evt-1", NOW)
            assert (callback.type, callback.event) == (kind, event)
    others: list[object] = [{**released, "type": "other"}, {"userId": "u-1"}, [], None, "text"]
    others += [{**released, "type": []}, {**released, "userId": 1}]
    for other in others:
        with pytest.raises(AirError, match="not an event"):
            receiver.verify(*signed(other, SECRET))
    raw, headers = signed(released, SECRET)
    late = CallbackReceiver([SECRET], now=lambda: NOW + 301)
    with pytest.raises(AirError, match="too old"):
        late.verify(raw, headers)
    with pytest.raises(AirError, match="too long"):
        receiver.verify(b" " * 65_537, headers)
    for change in ({"Webhook-Id": "evt-2"}, {"webhook-id": ""}, {"webhook-id": "\udc80"}):
        with pytest.raises(AirError, match="missing, repeated or invalid"):
            receiver.verify(raw, {**headers, **change})
    with pytest.raises(AirError, match="no signature"):
        receiver.verify("\udc80", headers)
