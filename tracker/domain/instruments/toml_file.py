"""Read an instrument from its TOML file, and say everything that is wrong with it at once."""

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from tracker.domain import strict_table
from tracker.domain.codes import Indication
from tracker.domain.instruments import rules as instrument_rules
from tracker.domain.instruments import toml_parts
from tracker.domain.instruments.model import Instrument, Item, Method
from tracker.domain.instruments.toml_lines import find, line_of
from tracker.domain.instruments.toml_table import InstrumentTable
from tracker.domain.strict_table import EndlessKeyError, Fault

BYTES_MAX = 128 * 1024
LINE_AND_FIELD = tuple[int, str, str]

_CODE = r"[a-z0-9][a-z0-9-]{0,39}"
_CODE_WORDS = "Use up to 40 small letters, digits and -."
_VERSION = r"[0-9]{1,5}(\.[0-9]{1,5}){0,2}"
_LANGUAGE = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}"
_LOINC = r"([0-9]{1,8}-[0-9])?"
_NAMES = ("title", "short_title", "low_end", "high_end", "recall", "source", "licence")
_NEITHER = "neither end is better"
_DIRECTIONS = {"higher is worse": True, "higher is better": False, _NEITHER: True}


class InstrumentError(Exception):
    """An instrument file is not usable; carries every fault, and the message names the keys."""

    def __init__(self, message: str, faults: tuple[Fault, ...] = ()) -> None:
        """Keep the faults for whoever wants to show them line by line."""
        self.faults = faults
        super().__init__(message)


def parse(data: Mapping[str, Any]) -> Instrument:
    """Read an instrument from the keys of its file; raise InstrumentError with all faults."""
    instrument, faults = _read(data)
    if faults:
        raise InstrumentError("; ".join(_quote(fault) for fault in faults), tuple(faults))
    return instrument


def decode(data: bytes) -> str:
    """Read the bytes of a file as text; raise InstrumentError where it is too long or no text."""
    if len(data) > BYTES_MAX:
        raise InstrumentError(f"is larger than {BYTES_MAX // 1024} KiB. Shorten it.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InstrumentError("is not UTF-8. Save it with that encoding.") from error


def load(text: str) -> dict[str, Any]:
    """Read TOML; raise InstrumentError that names the line where it is none."""
    line, message, data = _toml(text)
    if data is None:
        raise InstrumentError(f"line {line}: {message}")
    return data


def check_file(text: str) -> list[LINE_AND_FIELD]:
    """List all that is wrong with the text of a file as (line, field, message), by line."""
    line, message, data = _toml(text)
    if data is None:
        return [(line, "file", message)]
    _, faults = _read(data)
    lines = find(text)
    return sorted((line_of(f.path, lines), f.field, f.message) for f in faults)


def check_wording(text: str, instrument: Instrument) -> list[LINE_AND_FIELD]:
    """List all that is wrong with a file that gives an instrument the clinic's own wording."""
    line, message, data = _toml(text)
    if data is None:
        return [(line, "file", message)]
    faults: list[Fault] = []
    top = InstrumentTable(data, (), faults)
    if not top.has("wording"):
        top.wrong("wording", "is missing. Begin it with [wording] and [wording.items].")
    _add_wording(top, instrument, faults)
    top.check_unknown_keys()
    lines = find(text)
    return sorted((line_of(f.path, lines), f.field, f.message) for f in faults)


def _toml(text: str) -> tuple[int, str, dict[str, Any] | None]:
    """Read TOML, or say on which line it stops being that."""
    try:
        return 0, "", strict_table.load(text)
    except EndlessKeyError as error:
        return error.line, "has a key of too many parts.", None
    except tomllib.TOMLDecodeError as error:
        at = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        if at:
            return int(at[1]), f"is no TOML here: {str(error)[: at.start()]}.", None
        last = text.rstrip().count("\n") + 1
        return last, f"is no TOML: {str(error).removesuffix(' (at end of document)')} here.", None
    except (ValueError, RecursionError):
        # A number of thousands of digits, or brackets within brackets without end.
        return 1, "cannot be read as TOML.", None


def _quote(fault: Fault) -> str:
    between = " " if fault.message.startswith("is ") else ": "
    return f"'{fault.field}'{between}{fault.message}"


def _read(data: Mapping[str, Any]) -> tuple[Instrument, list[Fault]]:
    faults: list[Fault] = []
    top = InstrumentTable(data, (), faults)
    questions = toml_parts.items(top, toml_parts.choices(top))
    instrument = Instrument(
        code=top.code("code", _CODE, _CODE_WORDS),
        version=top.code("version", _VERSION, 'Use numbers, as in "1" or "2.1".'),
        **{key: top.text(key, required=True, may_be_empty=False) for key in _NAMES},
        minimum=top.number("minimum", required=True) or Decimal(0),
        maximum=top.number("maximum", required=True) or Decimal(0),
        higher_is_worse=_direction(top),
        loinc_total=top.code("loinc_total", _LOINC, _LOINC_WORDS, required=False),
        loinc_panel=top.code("loinc_panel", _LOINC, _LOINC_WORDS, required=False),
        language=top.code("language", _LANGUAGE, 'Use a tag such as "en".', required=False) or "en",
        bands=toml_parts.bands(top),
        bands_source=top.text("bands_source"),
        change=toml_parts.change(top),
        recall_days=top.whole("recall_days", highest=3660),
        indications=_indications(top),
        instruction=top.text("instruction"),
        stem=top.text("stem"),
        items=questions,
        scoring=toml_parts.scoring(top),
        subscales=toml_parts.subscales(top, questions),
        patterns=toml_parts.patterns(top),
        alarms=toml_parts.alarms(top),
        total_alarms=toml_parts.total_alarms(top),
        examples=toml_parts.examples(top, questions),
        neither_is_better=data.get("direction") == _NEITHER,
        whole_numbers=False,
        staff_only=top.flag("staff_only", default=False),
    )
    instrument = replace(instrument, whole_numbers=_whole_numbers(top, instrument))
    instrument = _add_wording(top, instrument, faults)
    top.check_unknown_keys()
    broken = frozenset(str(fault.path[0]) for fault in faults if fault.path)
    faults.extend(instrument_rules.faults(instrument, broken))
    return instrument, faults


_LOINC_WORDS = 'Use a LOINC code, as in "44261-6", or leave it out.'


def _direction(top: InstrumentTable) -> bool:
    direction = top.text("direction", required=True)
    if direction not in _DIRECTIONS and top.has("direction"):
        top.wrong("direction", f"must be one of: {', '.join(map(repr, _DIRECTIONS))}.")
    return _DIRECTIONS.get(direction, True)


def _whole_numbers(top: InstrumentTable, instrument: Instrument) -> bool:
    """Say whether totals have no decimals: what the answers come to, where there are any."""
    stated = top.flag("whole_numbers", default=False)
    if not instrument.items:
        return stated
    values = (choice.value for item in instrument.scored_items for choice in item.choices)
    derived = instrument.scoring.method is not Method.MEAN and all(v == int(v) for v in values)
    if top.has("whole_numbers") and stated != derived:
        top.wrong("whole_numbers", f"is {str(derived).lower()} by the answers. Remove it.")
    return derived


def _indications(top: InstrumentTable) -> tuple[Indication, ...]:
    words = top.words("indications")
    known = [word for word in words if word in list(Indication)]
    if len(known) < len(words):
        top.wrong("indications", f"may hold these alone: {', '.join(Indication)}.")
    return tuple(Indication(word) for word in known)


def _add_wording(top: InstrumentTable, instrument: Instrument, faults: list[Fault]) -> Instrument:
    """Fill the questions that have no words with those that a [wording] table gives."""
    if not top.has("wording"):
        return instrument
    row = top.table("wording")
    instruction, stem = row.text("instruction"), row.text("stem")
    version = row.code("version", _VERSION, 'Use numbers, as in "1.1".', required=False)
    given = row.values("items", required=True)
    words = InstrumentTable(given, (*row.path, "items"), faults)
    questions = tuple(_with_words(item, words) for item in instrument.items)
    words.check_unknown_keys()
    row.check_unknown_keys()
    worded = replace(instrument, version=version or instrument.version)
    if version and instrument.version and worded.edition_number < instrument.edition_number:
        row.wrong("version", f"must be {instrument.version} or higher.")
    return replace(
        worded,
        instruction=instruction or instrument.instruction,
        stem=stem or instrument.stem,
        items=questions,
    )


def _with_words(item: Item, words: InstrumentTable) -> Item:
    if item.text:
        if words.has(item.code):
            words.wrong(item.code, "has its words in the instrument itself. Remove it here.")
        return item
    return replace(item, text=words.text(item.code, required=True, may_be_empty=False).strip())
