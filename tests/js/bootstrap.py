"""Reduce Bootstrap to what the pages use: `python -m tests.js.bootstrap`, then commit the result.

It takes the style sheet that the package `bootstrap-flask` brings, and PurgeCSS in the version that
tests/js/package.json names (npm fetches it, or PURGECSS names it). tests/js/test_bootstrap.py says
when that is needed.
"""

import importlib.util
import json
import os
import subprocess
import tempfile
from pathlib import Path

from tests.rules.checkout import ROOT, TRACKER

OURS = TRACKER / "static/layouts/bootstrap.css"
WHERE_CLASSES_STAND = ("templates/**/*.html", "tracker/static/**/*.js", "tracker/**/*.py")


def whole() -> Path:
    """Find all of Bootstrap, without importing what brings it."""
    package = importlib.util.find_spec("flask_bootstrap")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "static/bootstrap5/css/bootstrap.min.css"


def program() -> list[str]:
    """Name PurgeCSS, of the version that is written down."""
    if named := os.environ.get("PURGECSS"):
        return [named]
    wanted = json.loads((Path(__file__).parent / "package.json").read_text())
    return ["npx", "--yes", f"purgecss@{wanted['devDependencies']['purgecss']}"]


def reduced() -> str:
    """Make the style sheet of what is used."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [*program(), "--css", str(whole()), "--content", *WHERE_CLASSES_STAND,
             "--keyframes", "--font-face", "--output", folder],
            cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        (made,) = Path(folder).iterdir()
        lines = made.read_text(encoding="utf-8").replace("}", "}\n").splitlines()
    kept = (line for line in lines if not line.startswith("/*# sourceMappingURL"))
    return "\n".join(kept) + "\n"


def main() -> None:
    """Write it."""
    made = reduced()
    OURS.write_text(made, encoding="utf-8")
    print(f"{OURS.relative_to(ROOT)}: {len(made.encode()) / 1024:.1f} KiB")


if __name__ == "__main__":
    main()
