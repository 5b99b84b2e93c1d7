"""Reads messages of a wallet, a verifier and an issuer with openvc-core, and prints its verdicts. See ../python_openvc.rs."""

import json
import sys
from datetime import datetime, timezone

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import load_der_x509_certificate
from openvc.errors import OpenvcError
from openvc.keys import P256KeyAgreementKey
from openvc.openid4vci import (
    parse_credential_issuer_metadata,
    parse_credential_offer,
    verify_credential_request_proofs,
)
from openvc.openid4vp import verify_encrypted_vp_response, verify_vp_token

question = json.load(sys.stdin)
now = datetime.fromtimestamp(question["now"], timezone.utc)
session = question["session"]


def verdict(run):
    """The result, or the name of the error."""
    try:
        return run()
    except OpenvcError as error:
        return {"error": type(error).__name__}


def issuer_metadata(url):
    return question["issuerMetadata"][url]


def sd_jwt(token, **changes):
    expected = {"nonce": session["nonce"], "client_id": session["clientId"], **changes}
    query = {"dcql_query": session["query"], "now": now, "jwt_vc_issuer_fetch": issuer_metadata, **expected}
    if isinstance(token, str):
        [presentation] = verify_encrypted_vp_response(token, key=key, **query).presentations
    else:
        [presentation] = verify_vp_token(token, **query).presentations
    [credential] = presentation.credentials
    return {"claims": credential.raw.claims, "keyBound": credential.raw.key_bound}


def mdoc(origin):
    anchors = [load_der_x509_certificate(bytes.fromhex(question["mdoc"]["anchor"]))]
    verified = verify_vp_token(
        question["mdoc"]["vpToken"],
        dcql_query=question["mdoc"]["query"],
        nonce=session["nonce"],
        expected_origins=[origin],
        trust_anchors=anchors,
        now=now,
    )
    [presentation] = verified.presentations
    [document] = presentation.credentials
    return {"docType": document.doc_type, "elements": document.namespaces, "deviceSigned": document.device_signed}


def proofs(issuer, nonce):
    nonces = {question["issuance"]["nonce"]} if nonce else set()

    def check_nonce(value, *_):
        return value in nonces

    verified = verify_credential_request_proofs(
        question["issuance"]["request"], credential_issuer=issuer, check_nonce=check_nonce, now=now, batch_size=2
    )
    return [proof.thumbprint for proof in verified]


secret = int.from_bytes(bytes.fromhex(session["key"]), "big")
key = P256KeyAgreementKey(ec.derive_private_key(secret, ec.SECP256R1()), "1")
issuance = question["issuance"]
result = {
    "plain": verdict(lambda: sd_jwt(session["vpToken"])),
    "encrypted": verdict(lambda: sd_jwt(session["response"])),
    "forAnotherNonce": verdict(lambda: sd_jwt(session["vpToken"], nonce="another-nonce-of-16-bytes")),
    "forAnotherClient": verdict(lambda: sd_jwt(session["vpToken"], client_id="x509_hash:another")),
    "mdoc": verdict(lambda: mdoc(question["mdoc"]["origin"])),
    "mdocOfAnotherOrigin": verdict(lambda: mdoc("https://another.example")),
    "proofs": verdict(lambda: proofs(issuance["issuer"], True)),
    "proofsWithAnotherNonce": verdict(lambda: proofs(issuance["issuer"], False)),
    "proofsForAnotherIssuer": verdict(lambda: proofs("https://another.example", True)),
    "offer": verdict(lambda: list(parse_credential_offer(issuance["offer"]).credential_configuration_ids)),
    "metadata": verdict(lambda: parse_credential_issuer_metadata(issuance["metadata"]).batch_size),
}
json.dump(result, sys.stdout)
