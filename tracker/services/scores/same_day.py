"""What is asked of the day of a score before it is stored: is it a second one, or long ago?"""

from collections.abc import Collection
from datetime import datetime, time, timedelta

from tracker.domain.access import Actor
from tracker.domain.problems import Finding, UnseenError
from tracker.domain.scores import far_back, same_day
from tracker.domain.scores.draft import AssessmentDraft
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.services.clinic import clinics
from tracker.services.patients import births
from tracker.services.scores import queries as score_queries


def ask(
    patient_id: int, draft: AssessmentDraft, seen: Collection[str] | None, *, by: Actor
) -> None:
    """Raise UnseenError while a score repeats one of its day that its writer was not shown.

    One dated years before all else that is known of the patient is asked about, too. `seen` holds
    the questions of the page; None where nobody looks at one. The patient is held by the caller, so
    that of two who enter the same form at once the second is asked.
    """
    if seen is None or draft.taken_at is None:
        return
    instrument, zone = library()[draft.instrument], clinics.view(by.clinic_id).zone
    day = draft.taken_at.astimezone(zone).date()
    first = datetime.combine(day, time.min, zone)
    last = datetime.combine(day + timedelta(days=1), time.min, zone)
    of_day = (
        (Assessment.patient_id == patient_id)
        & (Assessment.instrument == draft.instrument)
        & Assessment.voided_at.is_(None)
        & (Assessment.taken_at >= first)
        & (Assessment.taken_at < last)
    )
    there = [line.record for line in score_queries.read(of_day, patient_id, by=by)]
    found: list[Finding] = [
        same_day.finding(one, instrument, zone)
        for one in same_day.find_twins(draft, there, instrument, zone)
    ]
    earliest = births.earliest_day(patient_id, by=by)
    if odd := far_back.finding(day, earliest, instrument.short_title):
        found.append(odd)
    if any(one.message not in seen for one in found):
        raise UnseenError(found)
