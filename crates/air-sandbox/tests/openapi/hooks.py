"""What `cargo xtask api` changes in a call before it is sent.

Keys that make a call count once must differ from call to call: a generator's favourites ("0") would make all but the first a 422.

A call that follows another one may take its path's id from any text in the first one's answer, such as a name. Where that text does not
match the parameter's pattern, the call is not the valid one that it is taken for, so an id replaces it.
"""

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
    if case.meta is not None and case.meta.generation.mode.is_positive:
        for parameter in case.operation.path_parameters.items:
            pattern = parameter.definition.get("schema", {}).get("pattern")
            value = case.path_parameters.get(parameter.name)
            if pattern and isinstance(value, str) and not re.search(pattern, value):
                case.path_parameters[parameter.name] = str(uuid.uuid4())
