"""Keys that make a call count once must differ from call to call: a generator's favourites ("0") would make all but the first a 422."""

import re
import uuid

import schemathesis

KEY = "Idempotency-Key"
VALID = re.compile(r'"[!#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255}')


@schemathesis.hook
def before_call(context, case, kwargs):
    """What is not a key stays as it is: it is to be refused."""
    key = (case.headers or {}).get(KEY)
    if isinstance(key, str) and VALID.fullmatch(key):
        case.headers[KEY] = str(uuid.uuid4())
