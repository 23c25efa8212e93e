"""What this program is made of: every package that is installed beside it, with its version."""

import re
import sys
import uuid
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from msgspec import Struct

from tracker.services import clock

OURS = "ketamine-session-tracker"
STATIC = Path(__file__).resolve().parents[2] / "static"
# What comes with us and is no package of Python: its name, the file that says which, and how.
BESIDE = (
    ("bootstrap", STATIC / "layouts/bootstrap.css", re.compile(r"Bootstrap\s+v([\d.]+)")),
    ("bootstrap-icons", STATIC / "layouts/icons.svg", re.compile(r"Bootstrap Icons ([\d.]+)")),
)


class Package(Struct, frozen=True, order=True):
    """One package; `source` is where it is from, as the address of a package begins (purl)."""

    name: str
    version: str
    license: str = ""
    source: str = "pypi"

    @property
    def address(self) -> str:
        """Name it as others do who list weaknesses (github.com/package-url/purl-spec)."""
        return f"pkg:{self.source}/{self.name}@{self.version}"


def every_package() -> list[Package]:
    """List all that Python finds here, and what comes with us besides, by name."""
    found = {_name(one): one for one in distributions() if one.metadata["Name"]}
    listed = [Package(name, one.version, _license(one)) for name, one in found.items()]
    return sorted([*listed, *_beside()])


def cyclonedx() -> dict[str, Any]:
    """Write the list as a bill of materials (cyclonedx.org/docs/1.6/json)."""
    every = every_package()
    own = next((one for one in every if one.name == OURS), Package(OURS, "0"))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {
            "timestamp": clock.now().isoformat(timespec="seconds"),
            "component": _component(own, kind="application"),
            "properties": [{"name": "python", "value": sys.version.split()[0]}],
        },
        "components": [_component(one) for one in every if one.name != OURS],
    }


def _component(package: Package, kind: str = "library") -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": kind,
        "bom-ref": package.address,
        "name": package.name,
        "version": package.version,
        "purl": package.address,
    }
    if package.license:
        made["licenses"] = [{"license": {"name": package.license}}]
    return made


def _name(one: Distribution) -> str:
    """Spell a name in one way (packaging.python.org, name normalization)."""
    return str(one.metadata["Name"]).lower().replace("_", "-").replace(".", "-")


def _license(one: Distribution) -> str:
    known = one.metadata.json
    told = str(known.get("license_expression") or known.get("license") or "").strip()
    return told if "\n" not in told else ""  # some hold the whole text


def _beside() -> Iterator[Package]:
    for name, path, mark in BESIDE:
        if path.is_file() and (found := mark.search(path.read_text(encoding="utf-8")[:400])):
            yield Package(name, found[1], source="npm")
