"""The instruments that ship with the tracker: one TOML file each, read once."""

import tomllib
from functools import cache
from pathlib import Path

from tracker.domain.instrument_files import InstrumentError, parse
from tracker.domain.instruments import Instrument

FOLDER = Path(__file__).resolve().parent


def read(path: Path) -> Instrument:
    """Read one instrument file; raise InstrumentError that names the file and the key."""
    try:
        return parse(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, InstrumentError, KeyError, TypeError) as error:
        raise InstrumentError(f"{path.name}: {error}") from error


@cache
def library() -> dict[str, Instrument]:
    """Read every shipped instrument, by code, in the order of the file names."""
    instruments = [read(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {instrument.code: instrument for instrument in instruments}
