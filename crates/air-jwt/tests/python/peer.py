"""PyJWT: reads one question on stdin, answers once on stdout. See ../peers.rs."""

import json
import sys

import jwt

question = json.load(sys.stdin)
keys = jwt.PyJWKSet.from_dict(question["jwks"])


def verify(token):
    key = keys[jwt.get_unverified_header(token)["kid"]]
    # PyJWT reads the machine's clock; the test's time is another.
    options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    return jwt.decode(token, key, algorithms=["ES256", "RS256"], options=options)


def sign(key):
    headers = {"kid": key["kid"], "typ": "JWT"}
    from_jwk = jwt.PyJWK(key["jwk"], algorithm=key["alg"]).key
    return [
        jwt.encode(question["claims"], private, algorithm=key["alg"], headers=headers)
        for private in (from_jwk, key["pem"])
    ]


json.dump(
    {
        "claims": [verify(token) for token in question["tokens"]],
        "tokens": [token for key in question["privateKeys"] for token in sign(key)],
    },
    sys.stdout,
)
