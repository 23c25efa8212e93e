"""The codes that an authenticator shows (RFC 6238)."""

import base64
import hmac
import struct
import time

STEP_S = 30


def code(key: str, *, steps: int = 0) -> str:
    """The six digits an authenticator shows now, or some steps from now (RFC 6238)."""
    counter = int(time.time()) // STEP_S + steps
    spelled = key.replace("-", "").replace(" ", "").upper()
    secret = base64.b32decode(spelled + "=" * (-len(spelled) % 8))
    digest = hmac.digest(secret, struct.pack(">Q", counter), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"
