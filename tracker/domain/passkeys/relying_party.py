"""The address for which passkeys are made and asked for: they work at no other one.

https://www.w3.org/TR/webauthn-3/#relying-party-identifier
"""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from tracker.domain.problems import InvalidError, Problem

_HERE = "localhost"  # the one name that browsers trust without https
_USUAL_PORTS = {"http": 80, "https": 443}


class RelyingParty(Struct, frozen=True):
    """What a passkey is tied to: a name, and the origin that a browser signs with each answer."""

    id: str
    origin: str


def find(address: str, *, opened: str) -> RelyingParty:
    """Tell for what passkeys are made, or raise InvalidError that says where to open the page.

    `address` is the configured public one, '' where nobody set any: then it is this machine.
    `opened` is where the page was opened.
    """
    here = urlsplit(opened)
    wanted = urlsplit(address) if address else here
    name = (wanted.hostname or "").lower()
    if not address and name != _HERE:
        port = f":{here.port}" if here.port else ""
        raise _fault(f"Passkeys work here by the name localhost. Open http://localhost{port}/")
    if _is_number(name):
        raise _fault(
            "Passkeys need a name, and this address is a number. Ask whoever runs the server to "
            "give it a name."
        )
    if name != _HERE and wanted.scheme != "https":
        raise _fault("Passkeys need https. Ask whoever runs the server to serve it so.")
    if (here.hostname or "").lower() != name:
        raise _fault(f"Passkeys work at another address only. Open {_origin(wanted)}/")
    return RelyingParty(name, _origin(wanted))


def _origin(parts: SplitResult) -> str:
    """Write an address as browsers write an origin: without the port that everybody knows."""
    port = "" if parts.port in (None, _USUAL_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{(parts.hostname or '').lower()}{port}"


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _fault(words: str) -> InvalidError:
    return InvalidError([Problem("", words)])
