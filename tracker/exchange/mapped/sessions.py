"""The treatment session of a row, out of the columns that the mapping names."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tracker.domain import measures, weights
from tracker.domain.codes import WeightUnit
from tracker.domain.measures import VitalSigns
from tracker.domain.problems import Problem
from tracker.domain.sessions.draft import SessionDraft
from tracker.exchange.cells import dates
from tracker.exchange.cells.kinds import DISTINCT_MAX, INSTANT_OR_DAY, TEXT, CellFacts, Kind
from tracker.exchange.mapped.cells import RowCells
from tracker.exchange.mapping.model import (
    PRESSURE_FIELDS,
    SAY_WHEN_BEGUN,
    FileFacts,
    SessionColumns,
)
from tracker.exchange.rows import IncomingSession
from tracker.exchange.tables.sessions import SESSIONS

_PRESSURE = re.compile(r"(\d{2,3})\s*/\s*(\d{2,3})", re.ASCII)
_IDENTITY = {"record_number", "series_number", "session_id", "number", "state", "state_reason"}
_NOT_OF_A_DRAFT = _IDENTITY | {
    "planned_on", "planned_time", "chair", "planned_dose_mg", "planned_dose_mg_per_kg",
    "dose_mg_per_kg", "dose_mg_per_kg_per_hour", "weight_unit",
}  # fmt: skip


def _read_pressure(text: str) -> tuple[int, int]:
    found = _PRESSURE.fullmatch(text)
    if not found:
        raise ValueError("Give the blood pressure as 120/80.")
    return int(found[1]), int(found[2])


_KINDS: dict[str, Kind] = {c.field: c.kind for c in SESSIONS.columns}
_KINDS = {field: kind for field, kind in _KINDS.items() if field not in _NOT_OF_A_DRAFT}
_KINDS |= {"started_at": INSTANT_OR_DAY}
_KINDS |= {
    field: Kind(words="pressure", reader=lambda _facts: _read_pressure) for field in PRESSURE_FIELDS
}
_KINDS |= {"start_time": Kind(words="time of day", reader=lambda _facts: dates.read_clock)}

_NOTHING: tuple[Any, ...] = (None, "", {})
_NO_SIGNS = VitalSigns()
# What a row does not tell, one object for all rows; never added to.
_UNTOLD: dict[str, Any] = {
    "started_at": None, "drug": None, "route": None, "effects": {}, "side_effects": {},
}  # fmt: skip
_SIGNS = tuple(
    (moment, tuple((f"{moment}_{name}", name) for name in measures.SIGN_NAMES))
    for moment in ("before", "after")
)

# The fields of a session that a mapping may fill.
SESSION_FIELDS = tuple(_KINDS)


class SessionReader:
    """Reads the treatment session of a row."""

    def __init__(self, given: SessionColumns, facts: FileFacts, zone: ZoneInfo) -> None:
        """Settle what does not change from row to row; the fixed cells have been checked."""
        cell_facts = CellFacts(
            zone=zone,
            decimal_comma=facts.decimal_comma,
            date_order=facts.date_order,
            formula_guard=False,  # the row has taken it off already
        )
        self.columns = dict(given.columns)
        self._given = given
        self._zone = zone
        self._readers = {field: kind.reader(cell_facts) for field, kind in _KINDS.items()}
        self._columns = [
            (field, heading, self._reader(field)) for field, heading in self.columns.items()
        ]
        self._headings = tuple(self.columns.values())
        self._fixed = {f: self._readers[f](cell) for f, cell in given.fixed.items()}

    def __call__(self, row: RowCells) -> IncomingSession | None:
        """Read the session; None where no column says anything, and where something is wrong."""
        read = ((field, row.read(heading, reader)) for field, heading, reader in self._columns)
        found = {field: value for field, value in read if value not in _NOTHING}
        if not found or row.complains_of(self._headings):
            return None
        values = self._fixed | found
        self._place_start(row, values)
        self._convert_units(row, values)
        _split_pressures(values)
        if row.complains_of(self._headings):
            return None
        for moment, named in _SIGNS:
            signs = {name: values.pop(field) for field, name in named if field in values}
            values[moment] = VitalSigns(**signs) if signs else _NO_SIGNS
        return IncomingSession(draft=SessionDraft(**(_UNTOLD | values)), columns=self.columns)

    def _reader(self, field: str) -> Callable[[str], Any]:
        """Make what reads the cells of a column; the same text is read once."""
        read, words = self._readers[field], self._given.values.get(field, {})
        return lru_cache(DISTINCT_MAX)(lambda text: read(words.get(text, text)))

    def _place_start(self, row: RowCells, values: dict[str, Any]) -> None:
        clock = values.pop("start_time", None) or self._given.start_time
        started = values.get("started_at")
        if started is None:
            return
        values["started_at"] = started.at
        if started.time_known:
            return
        heading = self.columns.get("started_at", "")
        if clock is None:
            row.complain(
                heading, f"This has no time. {SAY_WHEN_BEGUN}", row.text(heading) if heading else ""
            )
            return
        day = started.at.astimezone(self._zone).date()
        try:
            values["started_at"] = dates.local(datetime.combine(day, clock), self._zone)
        except ValueError as error:
            row.complain(heading, str(error), row.text(heading) if heading else "")

    def _convert_units(self, row: RowCells, values: dict[str, Any]) -> None:
        weight, dose = values.get("weight_kg"), values.get("dose_mg")
        if weight is not None:
            unit = WeightUnit(self._given.unit_of_weight)
            weight = values["weight_kg"] = weights.in_kg(weight, unit)
            values["weight_unit"] = unit
        if dose is None or self._given.dose_unit == "mg":
            return
        if not weight:
            message = "The dose is given by weight, but the row has no weight."
            row.complain(self.columns.get("dose_mg", ""), message, str(dose))
            return
        values["dose_mg"] = measures.mg_from_mg_per_kg(dose, weight)


def check_fixed(given: SessionColumns) -> Iterator[Problem]:
    """Yield every fixed cell that cannot be read, by field."""
    facts = CellFacts(zone=ZoneInfo("UTC"), formula_guard=False)
    for field, cell in given.fixed.items():
        try:
            _KINDS.get(field, TEXT).reader(facts)(cell)
        except ValueError as error:
            yield Problem(field, str(error))


def _split_pressures(values: dict[str, Any]) -> None:
    for field in PRESSURE_FIELDS:
        if pressure := values.pop(field, None):
            moment = field.partition("_")[0]
            values[f"{moment}_systolic_mmhg"], values[f"{moment}_diastolic_mmhg"] = pressure
