"""Read the files of instruments: those that ship, and those of a clinic's own folder.

A file in that folder is text that somebody put there: it is read and checked, and never run.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from tracker.domain.check_ins.answers import crisis_values
from tracker.domain.instruments import toml_file
from tracker.domain.instruments.model import Instrument
from tracker.domain.instruments.toml_file import InstrumentError
from tracker.domain.instruments.toml_lines import find, line_of
from tracker.instruments import FOLDER, WORDING, Kept

FILES_MAX = 300

_log = logging.getLogger(__name__)
_texts: dict[str, str] = {}


class FileProblem(Struct, frozen=True):
    """Why a file, or a line of it, is not used."""

    path: Path
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        """Write it as compilers do, so that editors can jump to it."""
        words = f"{self.path.name}:{self.line}: {self.field}: {self.message}"
        # It quotes the file, and a terminal would obey some characters.
        return "".join(sign if sign.isprintable() else "?" for sign in words)


class Stock(Struct, frozen=True):
    """What there is to choose from, and what is wrong with the rest."""

    current: dict[str, Instrument]
    problems: list[FileProblem] = field(default_factory=list)


def ships(instrument: Instrument) -> bool:
    """Say whether an instrument is just as it ships, none of the clinic's own."""
    there = _shipped_files().get(instrument.code)
    return there is not None and there.digest == instrument.digest


def text(instrument: Instrument) -> str:
    """Give the text that an instrument was read from."""
    return _texts[instrument.digest]


def from_text(content: str) -> Instrument:
    """Read an instrument from the text of its file; raise InstrumentError naming the keys."""
    instrument = toml_file.parse(toml_file.load(content))
    digest = hashlib.sha256(content.encode()).hexdigest()
    _texts[digest] = content
    return replace(instrument, digest=digest)


def read(path: Path) -> Instrument:
    """Read one instrument file; raise InstrumentError that names the file and the keys."""
    try:
        return from_text(toml_file.decode(_bytes(path)))
    except InstrumentError as error:
        raise InstrumentError(f"{path.name}: {error}", error.faults) from error


def check(path: Path, kept: Kept | None = None) -> list[FileProblem]:
    """List everything that is wrong with one file, a wording file included.

    `kept` are the texts that were answered; one file under one version never says two things.
    """
    found = _check_alone(path)
    return found or [*_check_kept(path, kept or {})]


def _check_alone(path: Path) -> list[FileProblem]:
    try:
        content = toml_file.decode(_bytes(path))
    except InstrumentError as error:
        return [FileProblem(path, 1, "file", str(error))]
    if not path.name.endswith(WORDING):
        return [FileProblem(path, *fault) for fault in toml_file.check_file(content)]
    waiting = _shipped_files().get(path.name.removesuffix(WORDING))
    if waiting is None or waiting.answerable or not waiting.items:
        words = f"is named after no instrument that waits for wording: {', '.join(_waiting())}."
        return [FileProblem(path, 1, "file name", words)]
    return [FileProblem(path, *fault) for fault in toml_file.check_wording(content, waiting)]


def _check_kept(path: Path, kept: Kept) -> Iterator[FileProblem]:
    """Find out whether a file says something else than was answered under its version."""
    if not kept:
        return
    if path.name.endswith(WORDING):
        found = _with_words(_shipped_files()[path.name.removesuffix(WORDING)], path)
        before = _other_edition(found, kept, _questions)
    else:
        found = read(path)
        before = _other_edition(found, kept, _rules_and_words)
    if before is not None:
        yield _change_problem(path, before)


def _change_problem(path: Path, before: Instrument) -> FileProblem:
    """Say that a file was changed under a version that somebody answered."""
    lines = find(toml_file.decode(_bytes(path)))
    where = ("wording", "version") if path.name.endswith(WORDING) else ("version",)
    words = (
        f"is not used: the file was changed after version {before.version} had been answered. "
        "Raise the version, or put the file back; until then what was answered is used."
    )
    return FileProblem(path, line_of(where, lines), ", ".join(where), words)


def _rules_and_words(instrument: Instrument) -> object:
    """Take all that a file says, but for its worked examples."""
    return replace(instrument, digest="", examples=())


def _questions(instrument: Instrument) -> object:
    """Take the words alone: the rest of what waits for them ships with the program."""
    words = [(item.code, item.text) for item in instrument.items]
    return instrument.instruction, instrument.stem, words


def _other_edition(
    found: Instrument, kept: Kept, parts: Callable[[Instrument], object]
) -> Instrument | None:
    """Give what was answered under the version of an instrument, where that was something else."""
    before = []
    for content in kept.get((found.code, found.version), ()):
        try:
            before.append(from_text(content))
        except InstrumentError:  # of a program that read files less strictly
            continue
    before = [one for one in before if one.answerable or not found.answerable]
    if not before or any(parts(one) == parts(found) for one in before):
        return None
    return before[-1]


def _bytes(path: Path) -> bytes:
    """Read a file, but never more than an instrument can need."""
    try:
        if not path.is_file():
            raise InstrumentError("is no file.")
        with path.open("rb") as stream:
            return stream.read(toml_file.BYTES_MAX + 1)
    except OSError as error:
        raise InstrumentError(f"cannot be read ({error.strerror}).") from error


@cache
def _shipped_files() -> dict[str, Instrument]:
    found = [read(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {instrument.code: instrument for instrument in found}


def _waiting() -> Iterator[str]:
    for code, instrument in _shipped_files().items():
        if instrument.items and not instrument.answerable:
            yield f"{code}{WORDING}"


def stock(folder: Path | None, kept: Callable[[], Kept] = dict) -> Stock:
    """Read all there is once; what is wrong with a file keeps no other from being used."""
    paths = sorted(folder.glob("*.toml")) if folder is not None and folder.is_dir() else []
    if not paths:
        return Stock(_shipped_files())
    found_here = Stock(dict(_shipped_files()))
    answered = kept()
    for path in paths[FILES_MAX:]:
        found_here.problems.append(
            FileProblem(path, 1, "file", f"is one of more than {FILES_MAX}.")
        )
    for path in paths[:FILES_MAX]:
        found = check(path)
        if not found:
            word = path.name.endswith(WORDING)
            found = [*(_word if word else _put)(found_here.current, path, answered)]
        found_here.problems.extend(found)
    for path in sorted({problem.path for problem in found_here.problems}):
        _log.warning("Instrument file %s is not used. Run: tracker doctor", path.name)
    return found_here


def _put(current: dict[str, Instrument], path: Path, kept: Kept) -> Iterator[FileProblem]:
    """Let the higher version win; the older one lives on in what was answered with it."""
    instrument = read(path)
    there = current.get(instrument.code)
    if there is not None and instrument.edition_number <= there.edition_number:
        words = f"is not used: {there.code} is there already as version {there.version}. Raise it."
        yield FileProblem(path, 1, "version", words)
    elif there is not None and (unwatched := _crisis_answers(there) - _crisis_answers(instrument)):
        text = ", ".join(f"{item} = {value}" for item, value in sorted(unwatched))
        words = f"is not used: version {there.version} watches {text} for suicide. Keep that."
        yield FileProblem(path, 1, "alarms", words)
    elif (before := _other_edition(instrument, kept, _rules_and_words)) is not None:
        current[instrument.code] = before
        yield _change_problem(path, before)
    else:
        current[instrument.code] = instrument


def _crisis_answers(instrument: Instrument) -> set[tuple[str, Decimal]]:
    """List the answers at which help is offered: a new version must not lose one by oversight."""
    return {
        (item.code, value) for item in instrument.items for value in crisis_values(instrument, item)
    }


def _word(current: dict[str, Instrument], path: Path, kept: Kept) -> Iterator[FileProblem]:
    """Fill an instrument that ships without wording with the clinic's own."""
    code = path.name.removesuffix(WORDING)
    try:
        worded = _with_words(current[code], path)
    except InstrumentError as error:
        yield FileProblem(path, 1, "wording", str(error))
        return
    before = _other_edition(worded, kept, _questions)
    if before is not None:
        yield _change_problem(path, before)
    current[code] = worded if before is None else before.judged_as(current[code])


def _with_words(silent: Instrument, path: Path) -> Instrument:
    return from_text(f"{text(silent).rstrip()}\n\n{toml_file.decode(_bytes(path))}")
