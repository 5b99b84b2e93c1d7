"""Issues a credential on behalf of a user who is not there, and waits until it is on-chain.

    AIR_API=http://127.0.0.1:8300/v1 AIR_PARTNER_ID=… AIR_ISSUER=… AIR_PROGRAM=… AIR_KEY=partner-key.pem AIR_KID=… \
        python3 issue.py ada@example.com '{"isOver18": true}'
"""

import json
import os
import random
import sys
import time

import jwt
import requests

URL = os.environ["AIR_API"]
EMAIL, SUBJECT = sys.argv[1:]


def partner_jwt():
    """Who issues (`partnerId`), and to whom (`email`, the recipient's own address). Five minutes are enough."""
    with open(os.environ["AIR_KEY"], encoding="ascii") as file:
        key = file.read()
    now = int(time.time())
    claims = {
        "partnerId": os.environ["AIR_PARTNER_ID"],
        "scope": "issue on-behalf",
        "email": EMAIL,
        "iat": now,
        "exp": now + 300,
    }
    # PyJWT adds `alg` and `typ`.
    return jwt.encode(claims, key, algorithm="ES256", headers={"kid": os.environ["AIR_KID"]})


def call(method, path, **more):
    """What asks to slow down, or fails, is asked again, with a back-off. Errors are {"error": <HTTP status>, "message": "…"}."""
    for attempt in range(1, 5):
        response = requests.request(method, URL + path, headers={"x-partner-auth": TOKEN}, timeout=30, **more)
        if response.ok:
            return response.json()
        if response.status_code != 429 and response.status_code < 500:
            break
        time.sleep(0.5 * 2**attempt * random.random())
    error = response.json()
    sys.exit(f"{error['error']}: {error['message']}")


TOKEN = partner_jwt()

# The program's id is called `credentialId`; the subject has exactly what its schema has. With `ignore`, a user who has one already
# keeps it, so that this may be sent again after a lost answer.
order = {
    # `AIR_ISSUER_DID` is the earlier name.
    "issuerDid": os.environ.get("AIR_ISSUER") or os.environ["AIR_ISSUER_DID"],
    "credentialId": os.environ["AIR_PROGRAM"],
    "credentialSubject": json.loads(SUBJECT),
    "onDuplicate": "ignore",
}
issued = call("POST", "/credentials/issue-on-behalf", json=order)

# Poll: after 1 s, then twice as long each time, at most every 30 s. It is issued; do not issue again.
deadline, wait = time.monotonic() + 240, 1
while True:
    status = call("GET", "/credentials/status", params={"coreClaimHash": issued["coreClaimHash"]})
    if status["vcStatus"] == "ONCHAIN":
        print(json.dumps(status))
        break
    if time.monotonic() + wait > deadline:
        sys.exit(f"{issued['coreClaimHash']} is still {status['vcStatus']}; ask again later")
    time.sleep(wait)
    wait = min(2 * wait, 30)
