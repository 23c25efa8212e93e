"""Count what became of the courses of a clinic anew, so many people at once."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from sqlalchemy import select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.models.clinics import Clinic
from tracker.models.database import plain_rows
from tracker.services.clinic import clinics
from tracker.services.outcomes import keeping
from tracker.services.unit_of_work import hold_trail, housekeeping, unit_of_work

Progress = Callable[[Iterable[int]], Iterable[int]]


def count_anew(*, by: Actor, progress: Progress = iter) -> int:
    """Make all rows and sums of a clinic anew; give how many people were treated.

    Saves go on meanwhile: some people at once are counted in a transaction of their own, and what
    is saved in between counts by the same definitions. Broken off, it can be begun again; where a
    file of very many people comes meanwhile, it begins again by itself.
    `progress` is given how many people each step counts.
    """
    authorize(by, Permission.OUTCOMES_VIEW, Subject(by.clinic_id))
    while True:
        basis = keeping.of_clinic(by.clinic_id)
        with housekeeping():
            hold_trail()
            mark = keeping.begin(basis)
        done = sum(progress(_steps(basis)))
        with suppress(_OvertakenError):
            _add_up(basis, mark, done, by)
            return done
        if keeping.is_counted(basis):  # by whoever counted at the same time
            return done


class _OvertakenError(Exception):
    """Somebody else has finished the count, or people came who are not in it."""


def _add_up(basis: keeping.Basis, mark: str, done: int, by: Actor) -> None:
    with unit_of_work(by) as unit:
        hold_trail()
        if not keeping.is_begun(basis, mark):
            raise _OvertakenError
        keeping.add_up(basis)
        unit.audit("outcomes.counted", f"clinic:{by.clinic_id}", detail=f"{done} patients")


def _steps(basis: keeping.Basis) -> Iterator[int]:
    for ids in keeping.treated_ids(basis.clinic_id):
        with housekeeping():
            keeping.count_rows(basis, ids)
        yield len(ids)


def count_where_needed(*, by: Actor, people_max: int | None = None) -> bool:
    """Count anew where the definitions, or the program's own rules, are no longer the same.

    Give whether all is counted now: no more than `people_max` are, where somebody waits for it.
    """
    if keeping.is_counted(keeping.of_clinic(by.clinic_id)):
        return True
    if people_max is not None and keeping.how_many(by.clinic_id) > people_max:
        return False
    count_anew(by=by)
    return True


def count_everywhere() -> None:
    """Count anew in each clinic where that is needed: for a timer."""
    for clinic_id in plain_rows(select(Clinic.id)).scalars().all():
        count_where_needed(by=clinics.console(clinic_id, "tracker remind"))
