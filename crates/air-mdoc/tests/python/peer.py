"""Reads a response with pymdoccbor, verifies it, and prints its elements."""

import json
import sys

from cryptography.x509 import load_der_x509_certificate
from pymdoccbor.mdoc.verifier import MdocCbor

question = json.load(sys.stdin)
root = load_der_x509_certificate(bytes.fromhex(question["root"]))


def read(response):
    mdoc = MdocCbor()
    mdoc.loads(response)
    is_valid = mdoc.verify()
    [document] = mdoc.documents or mdoc.documents_invalid
    auth = document.issuersigned.issuer_auth
    leaf = load_der_x509_certificate(auth.raw_public_keys[0])
    leaf.verify_directly_issued_by(root)
    return {
        "isValid": is_valid,
        "docType": document.doctype,
        "hashes": document.hash_verification,
        "status": auth.payload_as_dict.get("status"),
        "elements": {
            namespace: {name: repr(value) for name, value in elements.items()}
            for namespace, elements in mdoc.disclosure_map.items()
        },
    }


json.dump({name: read(response) for name, response in question["responses"].items()}, sys.stdout)
