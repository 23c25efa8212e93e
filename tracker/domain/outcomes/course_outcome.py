"""What became of one course on one scale: a row of its own, from which all figures are summed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from msgspec import Struct

from tracker.domain.codes import Drug, Indication, Phase, Route, SeriesState, Word
from tracker.domain.courses.course import Course, Courses
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.definitions import OutcomeDefinitions, Worse
from tracker.domain.scores.interpretation import Certainty, ScoreChange, Verdict, verdicts
from tracker.domain.scores.points import ScorePoint
from tracker.domain.scores.response import responses
from tracker.domain.sessions.point import SessionPoint

INDUCTION = (Phase.INDUCTION, None)  # nobody said otherwise of a series without a phase
NO_SCALE = ""  # of the row that every course has, whatever was asked in it
WEEKS_MAX = 26
WEEK_REACH_DAYS = 3  # a score tells of a week when it is no further from its day
MEAN_DOSE_PLACES = Decimal("0.0001")


class ChangeKind(Word):
    """What a change from the baseline is called, from best to worst."""

    RELIABLY_BETTER = "reliably-better", "Better by a reliable change"
    IMPORTANTLY_BETTER = "importantly-better", "Better by an important change, not a reliable one"
    ALIKE = "alike", "Within what may be chance, or no change"
    UNKNOWN = "unknown", "No published size to judge it by"
    IMPORTANTLY_WORSE = "importantly-worse", "Worse by an important change, not a reliable one"
    RELIABLY_WORSE = "reliably-worse", "Worse by a reliable change"


class SeriesEnd(Struct, frozen=True):
    """How a series stands, and why where somebody said so."""

    number: int
    state: SeriesState


class TreatedPerson(Struct, frozen=True, kw_only=True):
    """What is known of one person who was treated; times are aware and in the clinic's zone.

    `failed_treatments` are those of the first assessment for treatment, None where nobody asked.
    """

    courses: Courses
    sessions: Sequence[SessionPoint]
    scores: Sequence[ScorePoint]
    series: Sequence[SeriesEnd] = ()
    failed_treatments: int | None = None


class CourseOutcome(Struct, frozen=True, kw_only=True):
    """One course of one person on one scale. What is not known is None, never 0.

    Each course has a row without a scale too, so that all who were treated are counted. A scale
    that was made for something else than the course treats has `is_made_for` False.

    Days are of the calendar. `induction_ended_on` is the last dose of an induction, None where the
    course had none; `induction_days` are those from its first dose to that. `window_closes_on` is
    the last day on which a score may be its outcome.

    What rests on a baseline that is ill enough (`is_entered`) is None without one: `has_response`,
    `has_remission`, `response_day` (from the first dose to the first score in response, else None)
    and `followed_days` (from the first dose to the last score). `kept_days` runs from the score to
    reach response to the one that lost it (`is_lost`), else to the last score.
    `by_session` holds the last total after so many doses and before the next, 0 the baseline;
    `by_week` the total nearest to so many weeks after the first dose.
    """

    course_number: int
    instrument: str
    indication: Indication | None
    drug: Drug
    route: Route
    phase: Phase | None
    first_dose_on: date
    last_dose_on: date
    induction_ended_on: date | None
    doses: int
    induction_doses: int
    induction_days: int | None
    total_mg: Decimal | None
    mean_mg_per_kg: Decimal | None
    state: SeriesState | None
    failed_treatments: int | None
    is_made_for: bool = True
    baseline: Decimal | None = None
    baseline_prorated: bool = False
    is_entered: bool | None = None
    window_closes_on: date | None = None
    outcome: Decimal | None = None
    outcome_on: date | None = None
    change: ChangeKind | None = None
    is_worse: bool | None = None
    has_response: bool | None = None
    has_remission: bool | None = None
    response_day: int | None = None
    followed_days: int | None = None
    kept_days: int | None = None
    is_lost: bool | None = None
    suicide_before: Decimal | None = None
    suicide_after: Decimal | None = None
    by_session: tuple[tuple[int, Decimal], ...] = ()
    by_week: tuple[tuple[int, Decimal], ...] = ()

    def has_whole_induction(self, definitions: OutcomeDefinitions) -> bool:
        """Say whether its induction had as many doses, in as many days, as the definitions ask."""
        days = self.induction_days
        if days is None:
            return False
        doses = range(definitions.induction_doses_min, definitions.induction_doses_max + 1)
        within = range(definitions.induction_days_min, definitions.induction_days_max + 1)
        return self.induction_doses in doses and days in within


def course_outcomes(
    person: TreatedPerson, instruments: Iterable[Instrument], definitions: OutcomeDefinitions
) -> list[CourseOutcome]:
    """Tell what became of each course: a row without a scale, and one a scale answered in it."""
    given = {course: _doses_of(course, person) for course in person.courses.in_time}
    treatments = {course: _treatment(course, given[course], person) for course in given}
    made = [CourseOutcome(instrument=NO_SCALE, **told) for told in treatments.values()]
    for instrument in map(definitions.instrument, instruments):
        counted = person.courses.of_scale(instrument.indications)
        judged = verdicts(person.scores, instrument, person.courses)
        for course, found in groupby(judged, key=lambda verdict: verdict.course):
            if course is None:  # before any dose
                continue
            after = next((one for one in counted if one.first_at > course.first_at), None)
            made.append(
                CourseOutcome(
                    instrument=instrument.code,
                    is_made_for=course.is_for(instrument.indications),
                    **treatments[course],
                    **_on_scale(tuple(found), course, after, given[course], definitions),
                )
            )
    return made


def _doses_of(course: Course, person: TreatedPerson) -> list[SessionPoint]:
    return sorted(
        (one for one in person.sessions if one.was_given and one.series_number in course.series),
        key=lambda one: one.at,
    )


def _on_scale(
    found: Sequence[Verdict],
    course: Course,
    after: Course | None,
    given: Sequence[SessionPoint],
    definitions: OutcomeDefinitions,
) -> dict[str, Any]:
    """Tell what the scores of one scale say of a course."""
    induction = [one for one in given if one.phase in INDUCTION]
    ended = induction[-1].at.date() if induction else None
    return {
        **_at_window(found, ended, definitions),
        **_in_time(found, course, after),
        "by_session": tuple(_by_session(found, given)),
        "by_week": tuple(_by_week(found, course)),
    }


def _treatment(
    course: Course, given: Sequence[SessionPoint], person: TreatedPerson
) -> dict[str, Any]:
    """Tell what was given in a course, and for what."""
    first = given[0]
    induction = [one for one in given if one.phase in INDUCTION]
    mg = [one.dose_mg for one in given if one.dose_mg is not None]
    per_kg = [one.dose_mg_per_kg for one in given if one.dose_mg_per_kg is not None]
    states = {one.number: one.state for one in person.series}
    return {
        "course_number": course.number,
        "indication": course.indication,
        "drug": first.drug,
        "route": first.route,
        "phase": first.phase,
        "first_dose_on": course.first_at.date(),
        "last_dose_on": course.last_at.date(),
        "induction_ended_on": induction[-1].at.date() if induction else None,
        "doses": len(given),
        "induction_doses": len(induction),
        "induction_days": (induction[-1].at.date() - course.first_at.date()).days
        if induction
        else None,
        # A dose that nobody wrote down is no dose of 0: then there is no total.
        "total_mg": sum(mg, Decimal(0)) if len(mg) == len(given) else None,
        "mean_mg_per_kg": (sum(per_kg, Decimal(0)) / len(per_kg)).quantize(MEAN_DOSE_PLACES)
        if per_kg
        else None,
        "state": states.get(course.series[0]),
        "failed_treatments": person.failed_treatments,
    }


def _at_window(
    found: Sequence[Verdict], ended: date | None, definitions: OutcomeDefinitions
) -> dict[str, Any]:
    """Compare the baseline with the score of the window after the induction."""
    start = found[0].baseline
    told: dict[str, Any] = {
        "baseline": start.total if start else None,
        "baseline_prorated": bool(start and start.prorated),
        "is_entered": None if start is None else not found[0].below_entry,
        "suicide_before": suicide_answer(start),
    }
    if ended is None:
        return told
    told["window_closes_on"] = ended + timedelta(days=definitions.window_until_days)
    verdict = _window_score(found, ended, definitions)
    if verdict is None:
        return told
    change = verdict.since_baseline
    told |= {
        "outcome": verdict.score.total,
        "outcome_on": verdict.score.at.date(),
        "suicide_after": suicide_answer(verdict.score),
        "change": None if change is None else change_kind(change),
        "is_worse": None if change is None else is_worse(change, definitions.worse),
    }
    if told["is_entered"]:
        told |= {"has_response": verdict.response, "has_remission": verdict.remission}
    return told


def _window_score(
    found: Sequence[Verdict], ended: date, definitions: OutcomeDefinitions
) -> Verdict | None:
    """Pick the score nearest to the day; of two as near the complete one, then the earlier day.

    Of several of one day the last counts, as for a baseline.
    """
    window = range(definitions.window_from_days, definitions.window_until_days + 1)
    days = [((one.score.at.date() - ended).days, place) for place, one in enumerate(found)]
    near = [
        (abs(day - definitions.window_nearest_days), found[place].score.prorated, day, -place)
        for day, place in days
        if day in window
    ]
    return found[-min(near)[-1]] if near else None


def change_kind(change: ScoreChange) -> ChangeKind:
    """Name a change: the one place where better, worse, reliable and important become one word."""
    certainty, better = change.certainty, change.better
    if better is None or certainty is Certainty.WITHIN_ERROR:
        return ChangeKind.ALIKE
    if certainty is Certainty.UNKNOWN:
        return ChangeKind.ALIKE if change.important is False else ChangeKind.UNKNOWN
    if certainty is Certainty.RELIABLE:
        return ChangeKind.RELIABLY_BETTER if better else ChangeKind.RELIABLY_WORSE
    return ChangeKind.IMPORTANTLY_BETTER if better else ChangeKind.IMPORTANTLY_WORSE


def is_worse(change: ScoreChange, rule: Worse) -> bool | None:
    """Say whether somebody counts as worse; None where the scale has no such size."""
    if change.better is not False:
        return False
    match rule:
        case Worse.RELIABLE:
            return change.reliable
        case Worse.IMPORTANT:
            return change.important
    return True


def suicide_answer(score: ScorePoint | None) -> Decimal | None:
    """Give the gravest answer to what a scale asks about suicide; None where none is known."""
    answers = [] if score is None else [said for _item, said in score.safety if said is not None]
    return max(answers, default=None)


def _in_time(found: Sequence[Verdict], course: Course, after: Course | None) -> dict[str, Any]:
    """Tell when response was reached and how long it was kept, of those ill enough to count.

    A new course ends it, as a rescue does in SUSTAIN-1: it had not lasted.
    """
    if found[0].baseline is None or found[0].below_entry:
        return {}
    began = course.first_at.date()
    last = max((one.score.at.date() for one in found if one.since_baseline), default=None)
    told: dict[str, Any] = {"followed_days": None if last is None else (last - began).days}
    reached = next(iter(responses(found)), None)
    if reached is None:
        return told
    on = reached.reached.at.date()
    told["response_day"] = (on - began).days
    ends = [one for one in (reached.lost and reached.lost.at, after and after.first_at) if one]
    end = min(ends).date() if ends else None
    last_known = max(reached.held.at.date(), last or on) if end is None else end
    return told | {"kept_days": (last_known - on).days, "is_lost": end is not None}


def _by_session(
    found: Sequence[Verdict], given: Sequence[SessionPoint]
) -> Iterator[tuple[int, Decimal]]:
    """Give the last total after each dose and before the next, and the baseline as 0."""
    latest: dict[int, Decimal] = {}
    start = found[0].baseline
    if start is not None:
        latest[0] = start.total
    for verdict in found:
        if verdict.since_baseline is not None:
            doses = sum(one.at < verdict.score.at for one in given)
            latest[max(doses, 1)] = verdict.score.total
    return iter(sorted(latest.items()))


def _by_week(found: Sequence[Verdict], course: Course) -> Iterator[tuple[int, Decimal]]:
    """Give the total nearest to each week after the first dose, and the baseline as 0."""
    began = course.first_at.date()
    nearest: dict[int, tuple[int, Decimal]] = {}
    start = found[0].baseline
    if start is not None:
        nearest[0] = (0, start.total)
    for verdict in found:
        if verdict.since_baseline is None:
            continue
        day = (verdict.score.at.date() - began).days
        week = (day + WEEK_REACH_DAYS) // 7
        apart = abs(day - 7 * week)
        if 1 <= week <= WEEKS_MAX and apart <= nearest.get(week, (WEEK_REACH_DAYS,))[0]:
            nearest[week] = (apart, verdict.score.total)
    return ((week, total) for week, (_apart, total) in sorted(nearest.items()))
