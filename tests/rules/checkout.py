"""What the rules look at: the files of the checkout, as text and as syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRACKER = ROOT / "tracker"
TEMPLATES = ROOT / "templates"
TESTS = ROOT / "tests"


def modules(folder: Path) -> list[Path]:
    """List the Python files under a folder."""
    return sorted(p for p in folder.rglob("*.py") if "__pycache__" not in p.parts)


def templates() -> list[Path]:
    """List everything that Jinja may be asked to render."""
    return sorted(p for p in TEMPLATES.rglob("*") if p.is_file())


def name(path: Path) -> str:
    """Say which file is meant, as it is written in a message."""
    return path.relative_to(ROOT).as_posix()


@cache
def text(path: Path) -> str:
    """Read a file once."""
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """Parse a module once."""
    return ast.parse(text(path), filename=str(path))


def top_level() -> set[str]:
    """List the names at the top of the checkout, without what git ignores."""
    listed = _listed_by_git()
    if listed is not None:
        return {line.split("/")[0] for line in listed}
    ignored = {line.strip().strip("/") for line in text(ROOT / ".gitignore").splitlines()}
    return {path.name for path in ROOT.iterdir()} - ignored


def _listed_by_git() -> list[str] | None:
    try:
        top = _git("rev-parse", "--show-toplevel").strip()
        if Path(top).resolve() != ROOT:
            return None
        return _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")[:-1]
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def folders(parent: Path) -> Iterator[str]:
    """Name the folders in a folder that hold files of ours."""
    for path in sorted(parent.iterdir()) if parent.is_dir() else ():
        if path.is_dir() and path.name != "__pycache__" and any(path.rglob("*.*")):
            yield path.name
