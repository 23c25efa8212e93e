"""The columns of treatment sessions."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import chain

from tracker.domain import measures
from tracker.domain.codes import SessionState
from tracker.domain.measures import SIGN_NAMES, VITAL_SIGNS, VitalSigns
from tracker.domain.sessions import fields
from tracker.domain.sessions.fields import SessionField
from tracker.domain.sessions.record import SessionRecord
from tracker.exchange.cells.kinds import (
    DAY,
    DISTINCT_MAX,
    ID,
    IDENTIFIER,
    INSTANT,
    NUMBER,
    TEXT,
    TIME_OF_DAY,
    WHOLE,
    YES_NO,
    code,
    with_severity,
)
from tracker.exchange.columns import Column, Complaint, Table, Values

_ROUNDING_MG_PER_KG = Decimal("0.01")
_RECKONED = ("dose_mg_per_kg", "dose_mg_per_kg_per_hour")
_KINDS = {
    fields.FieldKind.TIME: INSTANT,
    fields.FieldKind.NUMBER: NUMBER,
    fields.FieldKind.WHOLE: WHOLE,
    fields.FieldKind.SCALE: WHOLE,
    fields.FieldKind.YES_NO: YES_NO,
    fields.FieldKind.LINE: TEXT,
    fields.FieldKind.TEXT: TEXT,
}
_OF_WORDS = {fields.FieldKind.CODE: code, fields.FieldKind.GRADED: with_severity}
_MOMENTS = fields.names(fields.FieldKind.SIGNS)
_COMPUTED = tuple(one.name for one in fields.FIELDS if one.computed)
_GRADED = fields.names(fields.FieldKind.GRADED)


def _columns(one: SessionField) -> Iterator[Column]:
    """Yield the column of a field, or those of its vital signs."""
    if one.kind is fields.FieldKind.SIGNS:
        yield from _vitals(one.name)
        return
    is_rating = one.kind is fields.FieldKind.SCALE
    yield Column(
        name=f"{one.name}_0_to_10" if is_rating else one.name,
        doc=one.doc,
        kind=_KINDS[one.kind] if one.words is None else _OF_WORDS[one.kind](one.words),
        attribute=one.name if is_rating else "",
        unit=one.unit_in_file or one.unit,
        required=one.kind is fields.FieldKind.CODE and not one.later,
        computed=one.computed,
        later=one.later,
    )


def _vitals(moment: str) -> Iterator[Column]:
    for sign in VITAL_SIGNS:
        yield Column(
            name=f"{moment}_{sign.name}",
            doc=f"{sign.label_in_full} {moment} the session.",
            kind=WHOLE,
            attribute=f"{moment}.{sign.name}",
            unit=sign.unit_in_full,
        )


def _build(values: Values) -> SessionRecord:
    for name in _COMPUTED:
        values.pop(name, None)
    for moment in _MOMENTS:
        signs = {name: values.pop(f"{moment}_{name}") for name in SIGN_NAMES}
        values[moment] = VitalSigns(**signs)
    for name in _GRADED:
        values[name] = values[name] or {}
    return SessionRecord(**values)


def _compare(values: Values) -> Iterable[Complaint]:
    return _complaints(
        *(values["dose_mg"], values["weight_kg"], values["duration_minutes"]),
        *map(values.get, _RECKONED),
    )


@lru_cache(DISTINCT_MAX)  # doses and weights are few, and a file has them again and again
def _complaints(
    dose: Decimal | None,
    weight: Decimal | None,
    minutes: int | None,
    stated: Decimal | None,
    stated_rate: Decimal | None,
) -> tuple[Complaint, ...]:
    computed = measures.mg_per_kg(dose, weight)
    rate = measures.mg_per_kg_per_hour(dose, weight, minutes)
    with_duration = "the dose, the weight and the duration"
    return (
        *_differing(_RECKONED[0], stated, computed, "the dose and the weight", "mg/kg"),
        *_differing(_RECKONED[1], stated_rate, rate, with_duration, "mg/kg/h"),
    )


def _differing(
    name: str, stated: Decimal | None, computed: Decimal | None, needed: str, unit: str
) -> Iterator[Complaint]:
    """Complain where a file states something else than its own numbers make."""
    if stated is None:
        return
    if computed is None:
        yield name, f"This cannot be checked: give {needed}, or clear it."
    elif abs(computed - stated) > _ROUNDING_MG_PER_KG:
        made = needed.replace("the ", "")
        made = f"{made[0].upper()}{made[1:]}"
        yield name, f"{made} give {computed} {unit}. Correct one of them, or clear this."


SESSIONS = Table(
    name="sessions",
    doc="One row for each treatment session, planned, given, cancelled or missed.",
    key=("session_id",),
    build=_build,
    compare=_compare,
    columns=(
        Column(
            name="record_number",
            doc="The record number of the patient.",
            kind=IDENTIFIER,
            required=True,
        ),
        Column(
            name="series_number",
            doc="The series of the patient, counted from 1.",
            kind=WHOLE,
            required=True,
        ),
        Column(
            name="session_id",
            doc="The stable number of the session; it never changes.",
            kind=ID,
            required=True,
        ),
        Column(
            name="session_number",
            doc="Which session of the series it is, counted from 1.",
            kind=WHOLE,
            attribute="number",
            required=True,
        ),
        Column(
            name="state",
            doc="How far the session has come.",
            kind=code(SessionState),
            required=True,
        ),
        Column(name="state_reason", doc="Why it was cancelled or missed.", kind=TEXT),
        Column(name="planned_on", doc="Day for which it was planned.", kind=DAY),
        Column(
            name="planned_time",
            doc="Time of the clinic's day for which it was planned.",
            kind=TIME_OF_DAY,
            later=True,
        ),
        Column(name="chair", doc="Chair for which it was planned.", kind=TEXT, later=True),
        Column(
            name="planned_dose_mg",
            doc="Its own planned dose, where it differs from the plan of the series.",
            kind=NUMBER,
            unit="mg",
            later=True,
        ),
        Column(
            name="planned_dose_mg_per_kg",
            doc="Its own planned dose by weight, where it differs from the plan of the series.",
            kind=NUMBER,
            unit="mg/kg",
            later=True,
        ),
        *chain.from_iterable(map(_columns, fields.FIELDS)),
    ),
)
