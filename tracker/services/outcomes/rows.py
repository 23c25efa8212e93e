"""Rows and sums between their tables and the domain."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import repeat
from typing import Any, cast

from msgspec.structs import asdict
from sqlalchemy import (
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy import cast as cast_to

from tracker.domain.outcomes import sums
from tracker.domain.outcomes.course_outcome import CourseOutcome
from tracker.domain.outcomes.sums import Key, Sum
from tracker.models.database import connection, plain_rows
from tracker.models.outcomes import CourseOutcomeRow, OutcomeSum
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.rows import from_row

_ROWS = cast("Table", CourseOutcomeRow.__table__)
_SUMS = cast("Table", OutcomeSum.__table__)
_OF_PATIENTS = select(_ROWS).where(_ROWS.c.patient_id.in_(bindparam("ids", expanding=True)))
_NAMES = ("patient_id", "course_number", "instrument")
_DELETE = delete(_ROWS).where(*(_ROWS.c[name] == bindparam(f"old_{name}") for name in _NAMES))
_INSERT = insert(_ROWS)
_AMOUNTS = ("x", "xx", "y", "yy", "xy")
_WITH_AMOUNTS = (sums.PAIR, sums.ENTERED_PAIR, sums.BY_SESSION, sums.BY_WEEK)
_ALWAYS = [one for one in sums.PARTS if one not in (*_WITH_AMOUNTS, sums.WAITING)]
_WANTED = and_(
    _SUMS.c.clinic_id == bindparam("clinic_id"),
    _SUMS.c.instrument.in_(bindparam("scales", expanding=True)),
)
_PLACES, _COUNTS = (
    func.aggregate_strings(cast_to(one, Text), " ") for one in (_SUMS.c.place, _SUMS.c.n)
)
_ONLY_COUNT = (
    select(
        _SUMS.c.instrument, _SUMS.c.part, literal(0), literal(0),
        _PLACES, _COUNTS, *(literal("") for _ in _AMOUNTS[2:]),
    )
    .where(_WANTED)
    .group_by(_SUMS.c.instrument, _SUMS.c.part)
)  # fmt: skip
# Most only count, one for each of some hundred days: those of a part come as one text, which is
# read in a tenth of the time that as many rows take.
_OF_SCALES = union_all(
    select(
        _SUMS.c.instrument, _SUMS.c.part, _SUMS.c.place, _SUMS.c.n,
        *(_SUMS.c[name] for name in _AMOUNTS),
    ).where(_WANTED, _SUMS.c.part.in_(_WITH_AMOUNTS)),
    _ONLY_COUNT.where(_SUMS.c.part.in_(_ALWAYS)),
    _ONLY_COUNT.where(
        _SUMS.c.part == sums.WAITING, _SUMS.c.place >= bindparam("open_from")
    ),
)  # fmt: skip
_SUM_NAMES = ("clinic_id", "instrument", "part", "place")
_THIS_SUM = [_SUMS.c[name] == bindparam(f"old_{name}") for name in _SUM_NAMES]
_SUM_INSERT = insert(_SUMS)
_SUM_UPDATE = (
    update(_SUMS).where(*_THIS_SUM).values({name: bindparam(name) for name in ("n", *_AMOUNTS)})
)
_SUM_DELETE = delete(_SUMS).where(*_THIS_SUM)

_only_count = lru_cache(maxsize=4096)(Sum)  # many days have as many, and a value is one for all
SumsByScale = Mapping[str, Mapping[Key, Sum]]


def of_patients(ids: Sequence[int]) -> dict[int, list[CourseOutcome]]:
    """Read the stored rows of some patients."""
    found: dict[int, list[CourseOutcome]] = {}
    for row in plain_rows(_OF_PATIENTS, {"ids": ids}):
        found.setdefault(row.patient_id, []).append(outcome_of(row))
    return found


def patients_of(clinic_id: int) -> set[int]:
    """Name the patients of a clinic who have rows."""
    query = select(_ROWS.c.patient_id).where(_ROWS.c.clinic_id == clinic_id).distinct()
    return set(plain_rows(query).scalars())


def outcome_of(row: Any) -> CourseOutcome:
    """Read a row of the table."""
    return from_row(
        CourseOutcome, row, by_session=_points(row.by_session), by_week=_points(row.by_week)
    )


def _points(stored: Iterable[Sequence[Any]]) -> tuple[tuple[int, Decimal], ...]:
    return tuple((place, Decimal(total)) for place, total in stored)


def replace(
    clinic_id: int,
    patient_id: int,
    old: Iterable[CourseOutcome],
    new: Iterable[CourseOutcome],
) -> None:
    """Store the rows of a patient in place of others; those that stay alike are left alone."""
    gone, come = ({(one.course_number, one.instrument): one for one in some} for some in (old, new))
    changed = {key for key in {**gone, **come} if gone.get(key) != come.get(key)}
    taken = connection()
    if old_keys := [key for key in changed if key in gone]:
        values = [
            {"old_patient_id": patient_id, "old_course_number": number, "old_instrument": scale}
            for number, scale in old_keys
        ]
        taken.execute(_DELETE, values)
    if new_keys := [key for key in changed if key in come]:
        taken.execute(_INSERT, [_to_values(clinic_id, patient_id, come[key]) for key in new_keys])


def _to_values(clinic_id: int, patient_id: int, outcome: CourseOutcome) -> dict[str, Any]:
    stored = asdict(outcome) | {"clinic_id": clinic_id, "patient_id": patient_id}
    for name in ("by_session", "by_week"):
        stored[name] = [[place, str(total)] for place, total in stored[name]]
    return stored


def delete_sums(clinic_id: int) -> None:
    """Forget the sums of a clinic."""
    taken = connection()
    taken.execute(delete(_SUMS).where(_SUMS.c.clinic_id == clinic_id))


def delete_untreated(clinic_id: int) -> None:
    """Forget the rows of those of a clinic to whom nothing was given, after all."""
    given = (
        select(TreatmentSession.id)
        .where(
            TreatmentSession.patient_id == _ROWS.c.patient_id,
            TreatmentSession.started_at.is_not(None),
        )
        .exists()
    )
    taken = connection()
    taken.execute(delete(_ROWS).where(_ROWS.c.clinic_id == clinic_id, ~given))


def sums_of(
    clinic_id: int, scales: Iterable[str], open_from: date = date.min
) -> dict[str, dict[Key, Sum]]:
    """Read the sums of some scales of a clinic.

    Windows that closed before `open_from` are left out: they wait for nothing any more.
    """
    found: dict[str, dict[Key, Sum]] = {scale: {} for scale in scales}
    values = {"clinic_id": clinic_id, "scales": [*found], "open_from": open_from.toordinal()}
    for scale, part, place, n, *amounts in plain_rows(_OF_SCALES, values):
        if part in _WITH_AMOUNTS:
            found[scale][part, place] = Sum(n, *map(Decimal, amounts))
        else:
            places, counts = (map(int, amounts[at].split()) for at in (0, 1))
            told = zip(zip(repeat(part), places), map(_only_count, counts), strict=True)
            found[scale].update(told)
    return found


def add_sums(clinic_id: int, added: SumsByScale) -> None:
    """Add to the sums of a clinic; whoever does holds the lock of the trail, or of all writes."""
    wanted = {scale: some for scale, some in added.items() if some}
    if not wanted:
        return
    stored = sums_of(clinic_id, wanted)
    came, changed, gone = [], [], []
    for scale, some in wanted.items():
        for (part, place), one in some.items():
            before = stored[scale].get((part, place))
            total = (before or Sum()).plus(one)
            key = dict(zip(_SUM_NAMES, (clinic_id, scale, part, place), strict=True))
            old = {f"old_{name}": value for name, value in key.items()}
            amounts = {"n": total.n} | {name: str(getattr(total, name)) for name in _AMOUNTS}
            if before is None:
                came.append(key | amounts)
            elif total == Sum():
                gone.append(old)
            else:
                changed.append(old | amounts)
    for statement, values in ((_SUM_INSERT, came), (_SUM_UPDATE, changed), (_SUM_DELETE, gone)):
        if values:
            taken = connection()
            taken.execute(statement, values)
