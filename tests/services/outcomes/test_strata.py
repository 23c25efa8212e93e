"""Strata and claims are what a count in Python over the rows and the records gives."""

from collections import Counter

import pytest

from tests.builders.outcomes import cohort, sittings
from tracker.domain.outcomes.claims import SCALES
from tracker.domain.outcomes.proportion import Proportion
from tracker.domain.outcomes.selection import ALL, Selection
from tracker.domain.outcomes.strata import Dimension
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.clinics import Clinic
from tracker.models.outcomes import CourseOutcomeRow
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.outcomes import claims, keeping, queries, selection, strata
from tracker.services.outcomes import commands as outcome_commands


@pytest.fixture
def filled(cast):
    cohort.fill(cast.clinic_id, 50)
    sittings.fill(cast.clinic_id)
    outcome_commands.count_anew(by=cast.anna)
    return cast


def rows_on(scale):
    query = db.select(CourseOutcomeRow).where(CourseOutcomeRow.instrument == scale)
    return list(db.session.scalars(query))


def part_of(row, dimension, first):
    return {
        Dimension.INDICATION: row.indication, Dimension.ROUTE: row.route,
        Dimension.DRUG: row.drug, Dimension.PHASE: row.phase,
        Dimension.DOSE: "usual", Dimension.TRIED: "unknown",
        Dimension.YEAR: str(row.first_dose_on.year),
        Dimension.CLINICIAN: first.get((row.patient_id, row.course_number)),
    }[dimension]  # fmt: skip


def first_recorders():
    """Name who recorded the first session of each course; each series of a cohort is one."""
    found, series = {}, {}
    query = db.select(TreatmentSession).where(TreatmentSession.state == "completed")
    for one in db.session.scalars(query.order_by(TreatmentSession.started_at)):
        mine = series.setdefault(one.patient_id, [])
        if one.series_id not in mine:
            mine.append(one.series_id)
            found[one.patient_id, len(mine)] = one.recorded_by
    return found


@pytest.mark.both_databases
def test_each_stratum_is_what_its_rows_say(filled):
    basis = keeping.of_clinic(filled.clinic_id)
    today, first = clock.today(basis.zone), first_recorders()
    rows = selection.rows_of(filled.clinic_id, "phq9", ALL, basis.definitions)
    for dimension in Dimension:
        found = strata.strata(rows, dimension, today)
        parts = {}
        for row in rows_on("phq9"):
            parts.setdefault(part_of(row, dimension, first), []).append(row)
        assert len(found) == len(parts)
        told = Counter((one.on_scale, one.entered, one.response.observed, one.response.of_all,
                        one.remission.observed, one.worse) for one in found)  # fmt: skip
        assert told == Counter(counted(some, today) for some in parts.values()), dimension


def counted(rows, today):
    entered = [row for row in rows if row.is_entered]
    due = [row for row in entered if row.outcome is not None or row.window_closes_on < today]
    seen = [row for row in due if row.outcome is not None]
    response = sum(row.has_response for row in seen)
    judged = [row for row in rows if row.is_worse is not None]
    return (
        len(rows), len(entered), Proportion(response, len(seen)), Proportion(response, len(due)),
        Proportion(sum(row.has_remission for row in seen), len(seen)),
        Proportion(sum(row.is_worse for row in judged), len(judged)),
    )  # fmt: skip


def test_strata_of_a_selection_add_up_to_its_report(filled):
    chosen = Selection(whole_induction=True)
    report = queries.show("phq9", chosen, by=filled.anna, part_by=Dimension.ROUTE)
    assert sum(one.entered for one in report.strata) == report.figures.flow.entered
    assert sum(one.response.of_all.count for one in report.strata) == report.figures.flow.response


def test_courses_are_parted_by_clinician_only_where_the_clinic_says_so(filled):
    report = queries.show("phq9", by=filled.anna, part_by=Dimension.CLINICIAN)
    assert Dimension.CLINICIAN not in report.dimensions
    assert report.strata == ()
    clinic = db.session.get(Clinic, filled.clinic_id)
    clinic.settings = {**clinic.settings, "outcomes": {"by_clinician": True}}
    db.session.commit()
    report = queries.show("phq9", by=filled.anna, part_by=Dimension.CLINICIAN)
    assert report.is_counted  # the same people count as before
    assert {one.label for one in report.strata} == {
        "Anna Clinician", "Otto Clinician", "Not recorded",
    }  # fmt: skip


@pytest.mark.both_databases
def test_each_claim_has_what_was_counted(filled):
    held = [one for one in db.session.scalars(db.select(TreatmentSession))
            if one.state == "completed"]  # fmt: skip
    firsts = {}
    for one in sorted(held, key=lambda one: one.started_at):
        firsts.setdefault(one.patient_id, one)
    right = Counter()
    for place, (patient_id, one) in enumerate(sorted(firsts.items())):
        one.mood_before = None if place % 7 == 0 else 4
        for hours, total in ((4, 2), (24, 3 + place % 4), (48, 9)):
            if place % 5:
                add_mood(filled, patient_id, one, hours, total)
        if place % 5 and place % 7:
            right["asked"] += 1
            right["higher"] += 3 + place % 4 > 4
    db.session.commit()
    works, lasts, mild, tried, by_indication = claims.report(by=filled.anna).claims
    (answer,) = works.answers
    assert answer.observed == Proportion(right["higher"], right["asked"])
    assert answer.of_all == Proportion(right["higher"], len(firsts))
    kept = [row for row in rows_on("phq9") if row.kept_days is not None]
    long = sum(row.kept_days >= 28 for row in kept)
    known = sum(row.kept_days >= 28 or bool(row.is_lost) for row in kept)
    (answer,) = lasts.answers
    assert (answer.observed, answer.of_all) == (
        Proportion(long, known),
        Proportion(long, len(kept)),
    )
    worst = [set(one.side_effects.values()) - {None} for one in held if one.side_effects]
    assert mild.answers[0].observed == Proportion(
        sum(one == {"mild"} for one in worst), sum(bool(one) for one in worst)
    )
    left = [one for one in held
            if one.dissociation_resolved is not None and one.dissociation_peak != 0]  # fmt: skip
    assert mild.answers[1].observed == Proportion(
        sum(one.dissociation_resolved for one in left), len(left)
    )
    assert tried.answers[0].observed.of == 0  # nobody was assessed
    report = queries.report("phq9", by=filled.anna)
    assert len(by_indication.answers) == len(SCALES)
    assert by_indication.answers[0].observed == report.figures.response.observed
    assert by_indication.answers[0].of_all == report.figures.response.of_all


def add_mood(cast, patient_id, one, hours, total):
    db.session.add(
        Assessment(
            clinic_id=cast.clinic_id, patient_id=patient_id, session_id=one.id,
            instrument="mood-nrs", instrument_version="1", total=total, hours_after=hours,
            occasion="hours-after", taken_at=one.started_at, recorded_at=one.started_at,
            recorded_by="Anna",
        )
    )  # fmt: skip
