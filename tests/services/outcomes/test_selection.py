"""Whatever is picked out is summed as the rows themselves say."""

import random
from datetime import date, timedelta

import pytest

from tests.builders.outcomes import cohort
from tracker.domain.codes import Indication, Route
from tracker.domain.outcomes import sums as sums_of
from tracker.domain.outcomes.selection import ALL, DoseBand, FailedTrials, Selection
from tracker.models import db
from tracker.models.outcomes import CourseOutcomeRow
from tracker.services.outcomes import commands as outcome_commands
from tracker.services.outcomes import keeping, selection
from tracker.services.outcomes import rows as outcome_rows

PLACES = (sums_of.BY_SESSION, sums_of.BY_WEEK)


@pytest.fixture
def basis(cast):
    cohort.fill(cast.clinic_id, 120)
    outcome_commands.count_anew(by=cast.anna)
    return keeping.of_clinic(cast.clinic_id)


def summed(basis, scale, chosen):
    rows = selection.rows_of(basis.clinic_id, scale, chosen, basis.definitions)
    if not scale:
        return selection.sums_of_courses(rows, basis.definitions)
    found = selection.sums_of_scale(rows, basis.definitions)
    for part in PLACES:
        found |= selection.sums_by_place(rows, part)
    return found


@pytest.mark.both_databases
def test_everything_is_what_is_kept(basis):
    kept = outcome_rows.sums_of(basis.clinic_id, ["", "phq9"])
    assert summed(basis, "", ALL) == kept[""]
    assert summed(basis, "phq9", ALL) == kept["phq9"]
    assert {part for part, _place in kept["phq9"]} >= {sums_of.COUNT, sums_of.PAIR, *PLACES}


@pytest.mark.both_databases
def test_what_is_picked_out_is_summed_as_its_rows_are(basis):
    draw = random.Random(5)
    rows = list(db.session.scalars(db.select(CourseOutcomeRow)))
    told = [(row, outcome_rows.outcome_of(row)) for row in rows]
    for _ in range(12):
        since = cohort.FIRST_DAY + timedelta(days=draw.randrange(600))
        chosen = Selection(
            route=draw.choice((None, Route.IV, Route.IM)),
            indication=draw.choice((None, Indication.DEPRESSION, Indication.PTSD)),
            dose=draw.choice((None, None, DoseBand.USUAL, DoseBand.ABOVE)),
            tried=draw.choice((None, None, FailedTrials.UNKNOWN, FailedTrials.TWO)),
            since=draw.choice((None, since)),
            until=draw.choice((None, since + timedelta(days=400))),
            whole_induction=draw.random() < 0.3,
        )
        for scale in ("", "phq9"):
            picked = [
                one
                for row, one in told
                if row.instrument == scale and is_picked(one, chosen, basis)
            ]
            told_sums = sums_of.sums(picked, basis.definitions)
            assert summed(basis, scale, chosen) == told_sums, chosen


def is_picked(one, chosen, basis):
    return (
        chosen.route in (None, one.route)
        and chosen.indication in (None, one.indication)
        and chosen.dose in (None, DoseBand.USUAL)  # all have 0.5 mg/kg
        and chosen.tried in (None, FailedTrials.UNKNOWN)
        and (chosen.since or date.min) <= one.first_dose_on <= (chosen.until or date.max)
        and (not chosen.whole_induction or one.has_whole_induction(basis.definitions))
    )
