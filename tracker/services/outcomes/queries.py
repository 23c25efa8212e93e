"""The outcome report of a clinic, and the people behind each of its counts."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.codes import Indication
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes import figures as outcome_figures
from tracker.domain.outcomes import sums as sums_of
from tracker.domain.outcomes.course_outcome import NO_SCALE
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.figures import OutcomeFigures
from tracker.domain.outcomes.selection import ALL, Selection
from tracker.domain.outcomes.sums import Key, Sum
from tracker.domain.problems import NotFoundError
from tracker.services import clock
from tracker.services.outcomes import keeping, selection
from tracker.services.outcomes import rows as outcome_rows
from tracker.services.outcomes.keeping import Basis
from tracker.services.unit_of_work import audit


class OutcomeReport(Struct, frozen=True, kw_only=True):
    """What is shown of one scale, as of a day in the clinic, and by which definitions.

    It is not `counted` where the definitions changed and the courses were not counted again yet:
    then there are no figures.
    """

    scale: Instrument
    scales: tuple[Instrument, ...]
    definitions: OutcomeDefinitions
    chosen: Selection
    today: date
    figures: OutcomeFigures | None

    @property
    def counted(self) -> bool:
        """Say whether the figures are those of the definitions."""
        return self.figures is not None


def report(
    code: str, chosen: Selection = ALL, *, by: Actor, with_places: bool = False
) -> OutcomeReport:
    """Work out the figures of a scale; NotFoundError for one that tells nothing of a course.

    `with_places` adds the totals by session and by week to what was picked out; of all courses they
    are there anyway.
    """
    authorize(by, Permission.OUTCOMES_VIEW, Subject(by.clinic_id))
    basis = keeping.of_clinic(by.clinic_id)
    scale = next((one for one in basis.scales if one.code == code), None)
    if scale is None:
        raise NotFoundError
    today, figures = clock.today(basis.zone), None
    if keeping.is_counted(basis):
        treated, sums = _sums(basis, code, chosen, with_places=with_places)
        figures = outcome_figures.figures(treated, sums, indications(scale, chosen), today)
    return OutcomeReport(
        scale=basis.definitions.instrument(scale),
        scales=basis.scales,
        definitions=basis.definitions,
        chosen=chosen,
        today=today,
        figures=figures,
    )


def show(code: str, chosen: Selection = ALL, *, by: Actor) -> OutcomeReport:
    """Work out the figures of a scale for a page, and leave a line that they were seen."""
    found = report(code, chosen, by=by, with_places=True)
    audit(by, "outcomes.viewed", f"outcomes:{code}")
    return found


def indications(scale: Instrument, chosen: Selection) -> tuple[Indication | None, ...]:
    """Name what the courses treat that count as treated."""
    if chosen.everything or not scale.indications:
        return (None, *Indication)
    return (None, Indication.OTHER, *scale.indications)


def _sums(
    basis: Basis, code: str, chosen: Selection, *, with_places: bool
) -> tuple[Mapping[Key, Sum], Mapping[Key, Sum]]:
    if chosen.is_all:
        kept = outcome_rows.sums_of(basis.clinic_id, (NO_SCALE, code))
        return kept[NO_SCALE], kept[code]
    today = clock.today(basis.zone)
    treated, rows = (
        selection.wanted(basis.clinic_id, one, chosen, basis.definitions)
        for one in (NO_SCALE, code)
    )
    sums = selection.sums_of_scale(rows, basis.definitions, today)
    if with_places:
        for part in (sums_of.BY_SESSION, sums_of.BY_WEEK):
            sums |= selection.sums_by_place(rows, part)
    return selection.sums_of_courses(treated, basis.definitions), sums
