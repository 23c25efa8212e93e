"""Rows and sums of outcomes, kept true in the transaction that changes what they rest on.

A file of very many people is the exception: all are counted anew after it, and not with it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, cast
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Table, bindparam, delete, distinct, func, insert, select, update

from tracker.domain.clinic.course_rules import CourseRules
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.instruments.model import ChangeRules, Instrument
from tracker.domain.outcomes import sums as sums_of
from tracker.domain.outcomes.course_outcome import NO_SCALE, CourseOutcome, course_outcomes
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.selection import ALL
from tracker.domain.outcomes.sums import Key, Sum
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.clinics import Clinic
from tracker.models.database import among, connection, plain_rows
from tracker.models.eligibility import Eligibility
from tracker.models.outcomes import CourseOutcomeRow as OutcomeRow
from tracker.models.outcomes import OutcomeBasis
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.outcomes import people, selection
from tracker.services.outcomes import rows as outcome_rows

RULES_VERSION = 1  # grows when a course is counted in another way, so that all are counted anew
AT_ONCE = 500
# A clinic of so few is counted anew with the save of its settings; a larger one when it is asked.
SMALL_CLINIC = 200
# What is saved about more people than that, by an import or its undo, would take the longer half of
# its time for this: all are counted anew afterwards.
COUNTED_WITH_A_SAVE = 500
IDS_AT_ONCE = 20_000

_RESTS_ON: Mapping[str, type[Any]] = {
    cast("str", model.__tablename__): model
    for model in (Assessment, Eligibility, Patient, Series, TreatmentSession)
}
_BASES = cast("Table", OutcomeBasis.__table__)
_CLINICS = select(Clinic.id, Clinic.time_zone, Clinic.settings).where(
    Clinic.id.in_(bindparam("ids", expanding=True))
)
_BASIS = select(_BASES.c.digest).where(_BASES.c.clinic_id == bindparam("clinic_id"))
_TREATED = (
    select(TreatmentSession.patient_id)
    .distinct()
    .where(
        TreatmentSession.clinic_id == bindparam("clinic_id"),
        TreatmentSession.started_at.is_not(None),
        TreatmentSession.patient_id > bindparam("after"),
    )
    .order_by(TreatmentSession.patient_id)
    .limit(bindparam("limit"))
)
_HOW_MANY = select(func.count(distinct(TreatmentSession.patient_id))).where(
    TreatmentSession.clinic_id == bindparam("clinic_id"),
    TreatmentSession.started_at.is_not(None),
)


class Basis(Struct, frozen=True, kw_only=True):
    """By what the courses of a clinic are counted."""

    clinic_id: int
    zone: ZoneInfo
    rules: CourseRules
    definitions: OutcomeDefinitions
    scales: tuple[Instrument, ...]

    @property
    def digest(self) -> str:
        """Tell it from any other by which something would be counted otherwise."""
        counted = self.definitions.store()
        for printed in ("version", "people_min", "small_cell_min", "by_clinician"):
            del counted[printed]
        told = (RULES_VERSION, self.zone.key, repr(self.rules), sorted(counted.items()))
        return sha256(repr((told, _rules_of_scales())).encode()).hexdigest()


@cache
def _rules_of_scales() -> str:
    return repr([(one.code, one.change, one.minimum, one.maximum) for one in scales()])


@cache
def scales() -> tuple[Instrument, ...]:
    """List the scales that tell what became of a course, by code."""
    return tuple(
        one
        for _code, one in sorted(library().items())
        if not one.neither_is_better and (one.indications or one.change != ChangeRules())
    )


def basis_of(row: Any) -> Basis:
    """Read by what a clinic counts, of its row."""
    return Basis(
        clinic_id=row.id,
        zone=ZoneInfo(row.time_zone),
        rules=TreatmentSettings.read(row.settings).course_rules,
        definitions=OutcomeDefinitions.read(row.settings),
        scales=scales(),
    )


def of_clinic(clinic_id: int) -> Basis:
    """Read by what a clinic counts."""
    return basis_of(plain_rows(_CLINICS, {"ids": [clinic_id]}).one())


def is_counted(basis: Basis) -> bool:
    """Say whether the rows and sums of a clinic were counted on this basis."""
    return _stored_digest(basis) == basis.digest


def keep(changed: Mapping[str, Set[int]]) -> None:
    """Make the rows and sums true again of whom the changed rows of tables are about.

    Called in the unit of work, once all else is stored, and when nobody else may write.
    """
    about = _about(changed)
    clinics = changed.get(cast("str", Clinic.__tablename__), set()) | about.keys()
    for row in plain_rows(_CLINICS, {"ids": sorted(clinics)}) if clinics else ():
        basis, whom = basis_of(row), about.get(row.id, set())
        if len(whom) > COUNTED_WITH_A_SAVE:
            whom = _counted_among(whom)
        if len(whom) > COUNTED_WITH_A_SAVE:
            forget_basis(basis)
        else:
            _keep_clinic(basis, whom)


def _keep_clinic(basis: Basis, whom: Iterable[int]) -> None:
    stored = _stored_digest(basis)
    for some in _at_once(whom):
        _keep(basis, some, with_sums=stored == basis.digest)
    if stored == basis.digest:
        return
    if how_many(basis.clinic_id) <= SMALL_CLINIC:
        for ids in treated_ids(basis.clinic_id):
            _keep(basis, ids, with_sums=False)
        add_up(basis)
    elif stored and not stored.startswith(_start_of_mark(basis)):
        # The sums lack this save, should the definitions be again what they were.
        forget_basis(basis)


def _about(changed: Mapping[str, Set[int]]) -> dict[int, set[int]]:
    """Find the patients whom changed rows are about, by clinic."""
    about: dict[int, set[int]] = {}
    for table, ids in changed.items():
        if table in _RESTS_ON:
            for clinic_id, patient_id in _whose(_RESTS_ON[table], ids):
                about.setdefault(clinic_id, set()).add(patient_id)
    return about


def _whose(model: type[Any], ids: Set[int]) -> Iterator[tuple[int, int]]:
    patient_id = model.id if model is Patient else model.patient_id
    query = select(model.clinic_id, patient_id).distinct()
    for some in _at_once(ids, IDS_AT_ONCE):
        one_of = among(model.id, some) if len(some) > AT_ONCE else model.id.in_(some)
        yield from (tuple(row) for row in plain_rows(query.where(one_of)))


def _counted_among(ids: Iterable[int]) -> set[int]:
    """Leave out those of very many patients to whom nothing was given: they have no outcomes."""
    found: set[int] = set()
    for some in _at_once(ids, IDS_AT_ONCE):
        given = select(TreatmentSession.patient_id).where(
            among(TreatmentSession.patient_id, some), TreatmentSession.started_at.is_not(None)
        )
        rows = select(OutcomeRow.patient_id).where(among(OutcomeRow.patient_id, some))
        found.update(plain_rows(given.union(rows)).scalars())
    return found


def _at_once(ids: Iterable[int], most: int = AT_ONCE) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for at in range(0, len(ordered), most):
        yield ordered[at : at + most]


def forget(clinic_id: int, patient_ids: Iterable[int]) -> None:
    """Forget what became of patients whose whole records are about to go."""
    basis, whom = of_clinic(clinic_id), set(patient_ids)
    if len(whom) > COUNTED_WITH_A_SAVE:
        whom = _counted_among(whom)
    if len(whom) > COUNTED_WITH_A_SAVE:
        forget_basis(basis)
        for some in _at_once(whom, IDS_AT_ONCE):
            plain_rows(delete(OutcomeRow).where(among(OutcomeRow.patient_id, some)))
        return
    counted = is_counted(basis)
    for some in _at_once(whom):
        _store(basis, some, {}, with_sums=counted)


def _keep(basis: Basis, ids: Sequence[int], *, with_sums: bool) -> None:
    """Store what became of the courses of some patients as it is now, and add what changed.

    Without sums where these wait to be added up anew, from rows that are all of this basis then.
    """
    _store(basis, ids, work_out(basis, ids), with_sums=with_sums)


def _store(
    basis: Basis, ids: Sequence[int], new: Mapping[int, list[CourseOutcome]], *, with_sums: bool
) -> None:
    old = outcome_rows.of_patients(ids)
    added: dict[str, dict[Key, Sum]] = {}
    for patient_id in ids:
        before, after = _in_order(old.get(patient_id, [])), new.get(patient_id, [])
        if before != after:
            outcome_rows.replace(basis.clinic_id, patient_id, before, after)
            for times, some in ((-1, before), (1, after)):
                _add(added, some, basis, times)
    if with_sums:
        outcome_rows.add_sums(basis.clinic_id, added)


def work_out(basis: Basis, ids: Sequence[int]) -> dict[int, list[CourseOutcome]]:
    """Work out what became of the courses of some patients, from what is recorded."""
    return {
        patient_id: sorted(
            course_outcomes(person, basis.scales, basis.definitions),
            key=lambda one: (one.course_number, one.instrument),
        )
        for patient_id, person in people.read_people(ids, basis.zone, basis.rules)
    }


def _add(
    added: dict[str, dict[Key, Sum]], some: Iterable[CourseOutcome], basis: Basis, times: int = 1
) -> None:
    for outcome in some:
        of_scale = added.setdefault(outcome.instrument, {})
        for key, one in sums_of.added_by(outcome, basis.definitions):
            total = of_scale.get(key, Sum()).plus(one, times)
            if total == Sum():
                of_scale.pop(key, None)
            else:
                of_scale[key] = total


def count_rows(basis: Basis, ids: Sequence[int]) -> None:
    """Store what became of the courses of some patients, in a transaction of its own."""
    _keep(basis, ids, with_sums=False)


def add_up(basis: Basis) -> None:
    """Make the sums of a clinic anew of its rows, all of which are of this basis."""
    outcome_rows.delete_untreated(basis.clinic_id)
    outcome_rows.delete_sums(basis.clinic_id)
    for scale in (NO_SCALE, *(one.code for one in basis.scales)):
        rows = selection.rows_of(basis.clinic_id, scale, ALL, basis.definitions)
        if scale == NO_SCALE:
            sums = selection.sums_of_courses(rows, basis.definitions)
        else:
            sums = selection.sums_of_scale(rows, basis.definitions)
            for part in (sums_of.BY_SESSION, sums_of.BY_WEEK):
                sums |= selection.sums_by_place(rows, part)
        outcome_rows.add_sums(basis.clinic_id, {scale: sums})
    _mark(basis, basis.digest)


def begin(basis: Basis) -> str:
    """Give the mark by which to tell, once all are counted, that nobody has to be counted again.

    Whoever counts meanwhile has the same. The lock of the trail, or of all writes, is held.
    """
    found = _stored_digest(basis)
    if not found.startswith(_start_of_mark(basis)):
        found = f"{_start_of_mark(basis)}{token_urlsafe(16)}"
        _mark(basis, found)
    return found


def is_begun(basis: Basis, mark: str) -> bool:
    """Say whether the mark of a count still stands: no file of very many people came since."""
    return _stored_digest(basis) == mark


def _stored_digest(basis: Basis) -> str:
    """Read by what a clinic was counted, or the mark of a count; empty where it was not."""
    return plain_rows(_BASIS, {"clinic_id": basis.clinic_id}).scalar() or ""


def _start_of_mark(basis: Basis) -> str:
    return f"{basis.digest[:40]}:"


def _mark(basis: Basis, digest: str) -> None:
    values = {"clinic_id": basis.clinic_id, "digest": digest, "counted_at": clock.now()}
    taken = connection()
    written = taken.execute(
        update(_BASES).where(_BASES.c.clinic_id == basis.clinic_id).values(values)
    )
    if not written.rowcount:
        taken.execute(insert(_BASES), values)


def forget_basis(basis: Basis) -> None:
    """Have the rows and sums of a clinic made anew before they count."""
    taken = connection()
    taken.execute(delete(_BASES).where(_BASES.c.clinic_id == basis.clinic_id))


def treated_ids(clinic_id: int) -> Iterator[list[int]]:
    """Give the ids of those who were treated, so many at once."""
    last = 0
    while True:
        values = {"clinic_id": clinic_id, "after": last, "limit": AT_ONCE}
        ids = list(plain_rows(_TREATED, values).scalars())
        if not ids:
            return
        yield ids
        last = ids[-1]


def how_many(clinic_id: int) -> int:
    """Count those who were treated in a clinic."""
    found: int = plain_rows(_HOW_MANY, {"clinic_id": clinic_id}).scalar_one()
    return found


def differences(basis: Basis) -> Iterator[str]:
    """Hold every row and sum to what is recorded, and name what differs; nothing is changed."""
    added: dict[str, dict[Key, Sum]] = {}
    seen: set[int] = set()
    for ids in treated_ids(basis.clinic_id):
        seen.update(ids)
        stored, right = outcome_rows.of_patients(ids), work_out(basis, ids)
        for patient_id in ids:
            if _in_order(stored.get(patient_id, [])) != right.get(patient_id, []):
                yield f"patient:{patient_id}"
        for some in right.values():
            _add(added, some, basis)
    for patient_id in outcome_rows.patients_of(basis.clinic_id) - seen:
        yield f"patient:{patient_id}"
    scales = {NO_SCALE, *added, *(one.code for one in basis.scales)}
    if outcome_rows.sums_of(basis.clinic_id, scales) != {
        scale: added.get(scale, {}) for scale in scales
    }:
        yield "sums"


def _in_order(some: Iterable[CourseOutcome]) -> list[CourseOutcome]:
    return sorted(some, key=lambda one: (one.course_number, one.instrument))
