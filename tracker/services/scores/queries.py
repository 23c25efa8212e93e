"""The page of one score: what was asked and answered, what it comes to, and what it says."""

from dataclasses import dataclass, replace

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.instruments.model import Band, Instrument
from tracker.domain.progress.trend import Audience
from tracker.domain.scores import changes, scoring
from tracker.domain.scores import diff as score_diff
from tracker.domain.scores.diff import Answer
from tracker.domain.scores.interpretation import Verdict
from tracker.domain.scores.scoring import Result
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.scoping import fetch, subject
from tracker.services.progress import pictures as progress_pictures
from tracker.services.progress import points as course_points
from tracker.services.scores import lines as score_lines
from tracker.services.scores.lines import ScoreLine
from tracker.services.unit_of_work import note


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreView:
    """One score whole, read with the instrument in the words that were answered.

    `instrument` and `result` are None where they are not known: an instrument taken out of the
    library before editions were kept, a total without answers. `verdict` is None for a score that
    does not stand or has no total.
    """

    patient_id: int
    line: ScoreLine
    instrument: Instrument | None
    answers: tuple[Answer, ...] = ()
    result: Result | None = None
    proration: str = ""
    verdict: Verdict | None = None

    @property
    def sentences(self) -> tuple[str, str] | None:
        """What it says, as its patient reads it and as clinicians do."""
        if self.verdict is None:
            return None
        told = changes.sentence_for_patient(self.verdict)
        return told, changes.sentence_for_clinician(self.verdict)

    @property
    def band(self) -> Band | None:
        """The named range that the total falls in."""
        total = self.line.record.total
        return None if total is None or self.instrument is None else self.instrument.band(total)


def find(score_id: int, *, by: Actor) -> ScoreView:
    """Look one score up: whose it is, what was answered, and what that comes to."""
    row = fetch(by, Assessment, score_id)
    authorize(by, Permission.PATIENT_VIEW, subject(row))
    edition_id, patient_id = row.edition_id, row.patient_id
    [line] = score_lines.read(Assessment.id == score_id, patient_id, by=by)
    current = library().get(line.record.instrument)
    instrument = score_lines.answered_with([edition_id]).get(edition_id, current)
    verdict = None if instrument is None else _verdict(patient_id, line, instrument, by)
    note(by, "score.viewed", f"score:{score_id}", patient_id=patient_id)
    view = ScoreView(patient_id=patient_id, line=line, instrument=instrument, verdict=verdict)
    if instrument is None or not line.record.answers:
        return view
    return replace(
        view,
        answers=score_diff.answers(line.record, instrument),
        result=scoring.score(instrument, line.record.answers),
        proration=score_diff.proration(line.record, instrument),
    )


def _verdict(patient_id: int, line: ScoreLine, instrument: Instrument, by: Actor) -> Verdict | None:
    """Judge a score among those of its scale; one that has a twin in time and total is as good."""
    record = line.record
    if line.voided_at is not None or record.total is None:
        return None
    course = progress_pictures.load(patient_id, by=by, audience=Audience.CLINICIAN)
    sittings = (course_points.session_point(row, course.zone) for row in course.sessions)
    given = [point for point in sittings if point is not None and point.given]
    points = [
        course_points.score_point(row, course.zone)
        for row in course.scores
        if row.total is not None and row.instrument == record.instrument
    ]
    first_dose = min(given, key=lambda point: point.at, default=None)
    return next(
        verdict
        for verdict in changes.verdicts(points, instrument, first_dose)
        if (verdict.score.at, verdict.score.total) == (record.taken_at, record.total)
    )
