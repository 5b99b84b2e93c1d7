"""Schemas, Partner JWTs and credentials."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from air_python import AirError, SigningKey, Validator, present, sign_partner_token, verify
from support import AIR, vector_path, vectors

RFC = vectors("crates/air-jwt/tests/vectors/rfc.json")
KEYS = vector_path("crates/air-jwt/tests/vectors/keys")
SD_JWT = vectors("crates/air-vc/tests/vectors/sd-jwt/examples.json")
PARTNER = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11"
NOW = 1_800_000_000


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_signatures_of_rfc_7515() -> None:
    rs256 = SigningKey.from_text(json.dumps(RFC["rs256"]["key"]))
    signature = rs256.sign(RFC["rs256"]["signingInput"].encode())
    assert (rs256.algorithm, signature) == ("RS256", decoded(RFC["rs256"]["signature"]))
    es256 = SigningKey.from_text(json.dumps(RFC["es256"]["key"]))
    assert es256.algorithm == "ES256"
    assert len(es256.sign(RFC["es256"]["signingInput"].encode())) == 64
    assert "d" not in es256.public_jwk


def test_the_id_of_a_key_is_its_thumbprint_or_its_own() -> None:
    for name, members in [("rs256", ("e", "kty", "n")), ("es256", ("crv", "kty", "x", "y"))]:
        jwk = RFC[name]["key"]
        # RFC 7638, 3: the required members in the order of their names, without spaces.
        required = json.dumps({member: jwk[member] for member in members}, separators=(",", ":"))
        digest = base64.urlsafe_b64encode(hashlib.sha256(required.encode()).digest())
        text = json.dumps(jwk)
        assert SigningKey.from_text(text).kid == digest.decode().rstrip("=")
        assert SigningKey.from_text(text, kid="given").kid == "given"
        assert SigningKey.from_text(json.dumps({**jwk, "kid": "own"})).kid == "own"


def test_the_keys_of_openssl() -> None:
    accepted = ["ec-pkcs8.pem", "ec-sec1.pem", "ec-sec1-with-params.pem"]
    assert len({SigningKey.from_text((KEYS / name).read_text()).kid for name in accepted}) == 1
    rsa = [SigningKey.from_text((KEYS / name).read_text()) for name in ("rsa-pkcs1.pem", "rsa-pkcs8.pem")]
    signature = (KEYS / "rsa-signature.bin").read_bytes()
    assert all(key.sign((KEYS / "message").read_bytes()) == signature for key in rsa)
    SigningKey.from_text((KEYS / "rsa-4096.pem").read_text())
    for name in ("ec-encrypted", "ec-p384", "ed25519", "rsa-1024", "rsa-5120", "rsa-encrypted-traditional"):
        with pytest.raises(AirError) as caught:
            SigningKey.from_text((KEYS / f"{name}.pem").read_text())
        assert caught.value.code == "MALFORMED_KEY", name


def test_partner_tokens() -> None:
    key = SigningKey.from_text((KEYS / "ec-pkcs8.pem").read_text())
    token = sign_partner_token(key, PARTNER, "issue on-behalf", email="ada@example.com", now=NOW)
    header, claims, _ = (part for part in token.split("."))
    assert json.loads(decoded(header)) == {"alg": "ES256", "kid": key.kid, "typ": "JWT"}
    assert json.loads(decoded(claims)) == {
        "partnerId": PARTNER,
        "scope": "issue on-behalf",
        "email": "ada@example.com",
        "iat": NOW,
        "exp": NOW + 300,
    }
    login = sign_partner_token(key, PARTNER, None, email="ada@example.com", now=NOW)
    assert "scope" not in json.loads(decoded(login.split(".")[1]))
    refused: list[dict[str, Any]] = [
        {"scope": "issue on-behalf"},
        {"scope": None},
        {"scope": "issue", "lifetime": 901},
        {"scope": "issue", "lifetime": 0},
        {"scope": "other"},
        {"scope": "issue", "email": "nobody"},
    ]
    for arguments in refused:
        with pytest.raises(AirError) as caught:
            sign_partner_token(key, PARTNER, **arguments)
        assert caught.value.code == "INVALID_ARGUMENT", arguments
    assert key.expose_pem() not in repr(key)


def test_the_credential_of_rfc_9901_and_presentations_of_it() -> None:
    example = next(each for each in SD_JWT["examples"] if each["section"] == "A.3")
    shown = example["presentations"][0]
    printed = example["kb_jwt_payload"]
    options: dict[str, Any] = {
        "issuer": "https://pid-issuer.bund.de.example",
        "jwks": {"keys": [SD_JWT["issuer_public_jwk"]]},
        "types": ["urn:eudi:pid:de:1"],
        "nonce": printed["nonce"],
        "audience": printed["aud"],
        "now": printed["iat"] + 1,
    }
    verified = verify(shown["compact"], **options)
    assert verified.claims == shown["processed_payload"]
    assert verified.is_holder_bound
    assert verified.expires_at == 1_883_000_000
    assert verified.checks["signature"] == "passed"
    changes: list[tuple[dict[str, Any], str]] = [
        ({"types": ["other"]}, "type"),
        ({"nonce": "another"}, "keyBinding"),
        ({"claims": ["given_name"]}, "claims"),
        ({"now": 1_883_000_100}, "validity"),
        ({"jwks": {"keys": [SD_JWT["holder_public_jwk"]]}}, "signature"),
        ({"issuer": "https://other.example"}, "issuer"),
    ]
    for change, check in changes:
        with pytest.raises(AirError) as caught:
            verify(shown["compact"], **{**options, **change})
        assert (caught.value.code, caught.value.check) == ("CREDENTIAL_REJECTED", check)
        assert "Erika" not in str(caught.value)
    # The holder makes the presentation that the RFC prints, except for the holder's signature.
    made = present(example["issued"], ["age_equal_or_over.18", "nationalities"])
    assert set(made.split("~")) == set(shown["compact"].rpartition("~")[0].split("~")) | {""}
    others = [each for each in SD_JWT["examples"] if each.get("presentations") and each is not example]
    assert others
    for other in others:
        with pytest.raises(AirError) as caught:
            verify(other["presentations"][0]["compact"], **options)
        assert caught.value.check == "format", other["section"]


def test_a_credential_of_the_command_line(tmp_path: Path) -> None:
    issuer, holder = SigningKey.generate(), SigningKey.generate()
    (tmp_path / "key.pem").write_text(issuer.expose_pem())
    os.chmod(tmp_path / "key.pem", 0o600)
    (tmp_path / "holder.json").write_text(json.dumps(holder.public_jwk))
    subject = {"givenName": "Ada", "isOver18": True, "address": {"city": "Utopia", "zip": "1"}}
    (tmp_path / "subject.json").write_text(json.dumps(subject))
    command = [AIR, "credential", "issue", "--key", "key.pem", "--kid", issuer.kid, "--vct", "urn:kyc"]
    command += ["--issuer", "https://issuer.example", "--holder-jwk", "holder.json", "subject.json"]
    credential = subprocess.check_output(command, cwd=tmp_path, text=True).strip()
    trusted: dict[str, Any] = {
        "issuer": "https://issuer.example",
        "jwks": json.dumps({"keys": [issuer.public_jwk]}),
    }
    challenge: dict[str, Any] = {"nonce": "fresh-and-random", "audience": "program-7"}
    presented = present(credential, ["isOver18", "address.city"], holder_key=holder, **challenge)
    verified = verify(presented, claims=["isOver18"], **challenge, **trusted)
    assert verified.subject == {"isOver18": True, "address": {"city": "Utopia"}}
    assert verified.is_holder_bound
    assert verify(present(credential, ["*"]), **trusted).subject == subject
    with pytest.raises(AirError) as caught:
        present(credential, [], holder_key=issuer, **challenge)
    assert caught.value.code == "INVALID_ARGUMENT"
    partial: list[dict[str, Any]] = [{"nonce": "n"}, {"holder_key": holder}]
    for arguments in partial:
        with pytest.raises(AirError):
            present(credential, [], **arguments)
    with pytest.raises(AirError):
        present(credential, ["noSuchClaim"])


def test_violations_name_the_attribute_and_show_no_value() -> None:
    form = {
        "title": "KYC Basic",
        "attributes": [
            {"name": "birthDate", "type": "date", "required": True},
            {"name": "isOver18", "type": "boolean", "required": True},
        ],
    }
    for schema in (form, json.dumps(form)):
        validator = Validator(schema)
        assert validator.title == "KYC Basic"
        assert validator.violations({"birthDate": "1990-05-01", "isOver18": True}) == []
        violations = validator.violations({"birthDate": "soon", "nickname": "Lovelace"})
        assert [(each.pointer, each.rule) for each in violations] == [
            ("/birthDate", "format"),
            ("/isOver18", "required"),
            ("/nickname", "unknownAttribute"),
        ]
        assert str(violations[0]).startswith("/birthDate is not a date")
        assert not any("Lovelace" in str(each) or "soon" in str(each) for each in violations)
    with pytest.raises(AirError) as caught:
        Validator({"title": "x"})
    assert caught.value.code == "SCHEMA_REJECTED"
    with pytest.raises(ValueError, match="not JSON compliant"):
        validator.violations({"birthDate": float("nan")})
