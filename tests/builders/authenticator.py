"""What people hold in their hand: an authenticator that shows codes, and one that signs."""

import base64
import hashlib
import hmac
import json
import re
import secrets
import struct
import time
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

STEP_S = 30
_PRESENT, _VERIFIED, _WITH_KEY = 0x01, 0x04, 0x40  # flags of authenticator data (WebAuthn, 6.1)


def code(key: str, *, steps: int = 0) -> str:
    """The six digits an authenticator shows now, or some steps from now (RFC 6238)."""
    counter = int(time.time()) // STEP_S + steps
    spelled = key.replace("-", "").replace(" ", "").upper()
    secret = base64.b32decode(spelled + "=" * (-len(spelled) % 8))
    digest = hmac.digest(secret, struct.pack(">Q", counter), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def asked(page: str) -> dict[str, Any]:
    """What a page would have a browser do with a passkey."""
    return json.loads(unescape(re.search(r'data-passkey-options="([^"]+)"', page).group(1)))


@dataclass
class SoftPasskey:
    """A passkey in software, with the browser around it that names its origin.

    `count` is None for one that is kept on several devices: they do not count.
    """

    origin: str = "http://localhost"
    rp_id: str = "localhost"
    verifies: bool = True
    count: int | None = 1
    handle: str = ""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def copy(self, **changes: Any) -> "SoftPasskey":
        """Copy it, as whoever gets hold of it might."""
        return replace(self, **changes)

    def make(self, options: dict[str, Any]) -> str:
        """Answer a page that adds a passkey."""
        self.handle = options["user"]["id"]
        public = self.key.public_key().public_numbers()
        cose = {
            1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big"),
        }  # fmt: skip
        named = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id
        data = self._data(_WITH_KEY) + named + cbor2.dumps(cose)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": _text(self._client("webauthn.create", options)),
            "attestationObject": _text(attested),
            "transports": ["internal", "hybrid"],
        }
        return self._answer(response)

    def use(self, options: dict[str, Any], **more: Any) -> str:
        """Answer a page that asks for one."""
        if self.count is not None:
            self.count += 1
        client, data = self._client("webauthn.get", options), self._data()
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": _text(client),
            "authenticatorData": _text(data),
            "signature": _text(signed),
            "userHandle": self.handle,
        }
        return self._answer(response | more)

    def _data(self, flags: int = 0) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(
            ">BI", flags, self.count or 0
        )

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(told).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        named = _text(self.credential_id)
        told = {"id": named, "rawId": named, "type": "public-key", "response": response}
        return json.dumps(told | {"clientExtensionResults": {}})


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
