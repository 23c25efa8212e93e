"""The instruments of a clinic: those that ship, and those in its own folder.

Nothing is read before somebody asks, and neither is what reads it: a start stays quick.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.domain.instruments.model import Instrument

if TYPE_CHECKING:
    from tracker.instruments.shelf import FileProblem, Stock

FOLDER = Path(__file__).resolve().parent
OWN = "instruments"  # the folder of an instance that holds the clinic's own
WORDING = ".wording.toml"  # a file that gives a shipped instrument the clinic's own wording


# The texts that somebody answered, by code and version, the last of them last.
Kept = Mapping[tuple[str, str], Sequence[str]]


def _nothing() -> Kept:
    return {}


class _Place:
    """Where the clinic keeps its own; one for each process, like the application itself."""

    folder: Path | None = None
    kept: Callable[[], Kept] = staticmethod(_nothing)
    stock: "Stock | None" = None


def use(folder: Path | None, kept: Callable[[], Kept] = _nothing) -> None:
    """Look in a folder for the clinic's own instruments too; it is read anew when asked for.

    `kept` gives what was answered before: a file that says something else under the same version
    is not used. It is called only where the folder has files.
    """
    _Place.folder, _Place.kept, _Place.stock = folder, staticmethod(kept), None


def has_own() -> bool:
    """Say whether the clinic has files of its own; none of them is read."""
    return _Place.folder is not None and any(_Place.folder.glob("*.toml"))


def library() -> dict[str, Instrument]:
    """Give the current version of every instrument, by code."""
    return _stock().current


def problems() -> "list[FileProblem]":
    """List what is wrong with the files of the clinic's own folder."""
    return _stock().problems


def _stock() -> "Stock":
    stock = _Place.stock
    if stock is None:
        from tracker.instruments import shelf

        stock = _Place.stock = shelf.stock(_Place.folder, _Place.kept)
    return stock
