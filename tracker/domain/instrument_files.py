"""Read an instrument from the keys of its TOML file."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tracker.domain.instruments import Band, ChangeRules, Instrument
from tracker.domain.words import Indication


class InstrumentError(Exception):
    """An instrument file is not usable; the message names the key."""


_NAMES = ("code", "version", "title", "short_title")
_TEXTS = (*_NAMES, "low_end", "high_end", "recall", "source", "licence")
_DIRECTIONS = {"higher is worse": True, "higher is better": False}
_LEVELS = ("response_fraction", "response_points", "remission_at_most")
_CHANGE_NUMBERS = (*_LEVELS, "smallest_important", "reliable")


def parse(data: Mapping[str, Any]) -> Instrument:
    """Read an instrument from the keys of its TOML file; raise InstrumentError naming the key."""
    for key in (*_TEXTS, "minimum", "maximum", "direction"):
        if key not in data:
            raise InstrumentError(f"'{key}' is missing")
    if data["direction"] not in _DIRECTIONS:
        raise InstrumentError("'direction' must be 'higher is worse' or 'higher is better'")
    minimum, maximum = Decimal(str(data["minimum"])), Decimal(str(data["maximum"]))
    if minimum >= maximum:
        raise InstrumentError("'maximum' must be above 'minimum'")
    return Instrument(
        **{key: str(data[key]) for key in _TEXTS},
        minimum=minimum,
        maximum=maximum,
        higher_is_worse=_DIRECTIONS[data["direction"]],
        loinc_total=str(data.get("loinc_total", "")),
        bands=_bands(data, minimum, maximum),
        bands_source=str(data.get("bands_source", "")),
        change=_change(data),
        recall_days=int(data.get("recall_days", 0)),
        indications=_indications(data),
    )


def _indications(data: Mapping[str, Any]) -> tuple[Indication, ...]:
    try:
        return tuple(Indication(code) for code in data.get("indications", ()))
    except ValueError as error:
        raise InstrumentError(f"'indications': {error}") from error


def _bands(data: Mapping[str, Any], minimum: Decimal, maximum: Decimal) -> tuple[Band, ...]:
    bands = tuple(
        Band(Decimal(str(b["lowest"])), Decimal(str(b["highest"])), b["label"])
        for b in data.get("bands", ())
    )
    for band in bands:
        if not minimum <= band.lowest <= band.highest <= maximum:
            raise InstrumentError(f"'bands': {band.label!r} lies outside the scale")
    for lower, upper in pairwise(bands):
        if lower.highest >= upper.lowest:
            raise InstrumentError(f"'bands': {lower.label!r} and {upper.label!r} overlap")
    return bands


def _change(data: Mapping[str, Any]) -> ChangeRules:
    change = dict(data.get("change", {}))
    for key in _CHANGE_NUMBERS:
        if key in change:
            change[key] = Decimal(str(change[key]))
    try:
        return ChangeRules(**change)
    except TypeError as error:
        raise InstrumentError(f"'change' has a key that is not known: {error}") from error
