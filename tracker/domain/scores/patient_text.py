"""What one score says to its patient, in plain words."""

from collections.abc import Iterator
from datetime import datetime

from tracker.domain.formatting import day_for, full_day, number, time_of_day
from tracker.domain.instruments.model import Instrument
from tracker.domain.scores import text as score_text
from tracker.domain.scores.interpretation import ScoreChange, Verdict


def sentence_for_patient(verdict: Verdict, *, now: datetime | None = None) -> str:
    """Say plainly what a score says; days are written without the year of `now`."""
    return " ".join(_for_patient(verdict, now))


def _for_patient(verdict: Verdict, now: datetime | None) -> Iterator[str]:
    name, total = _scale_for_patient(verdict.instrument), number(verdict.score.total)
    word = f": {verdict.band.label.lower()}" if verdict.band else ""
    yield f"Your {name} was {total} on {_day(verdict.score.at, now)}{_time(verdict)}{word}."
    if parts := [*_differences(verdict, now)]:
        yield f"That is {' and '.join(parts)}."
    elif not verdict.instrument.neither_is_better:
        yield f"{'Lower' if verdict.instrument.higher_is_worse else 'Higher'} is better."
    change, course = verdict.since_baseline, verdict.course
    if change is not None and course is not None and course.number > 1:
        yield f"This course began on {full_day(course.first_at)}."
    last = score_text.last_change(verdict)
    if change is None:
        yield _no_comparison(verdict)
    judged = change or last
    if judged is not None and (words := score_text.worth(judged)):
        yield words
    if change is not None and last is not None:
        yield from _worse_than_before(last)
    yield from _marks_for_patient(verdict)


def _worse_than_before(last: ScoreChange) -> Iterator[str]:
    if last.better is False and last.reliable is not None:
        sure = "is usually real" if last.reliable else "can be chance"
        yield f"The {score_text.noun(last)} since the score before {sure}."


def _scale_for_patient(instrument: Instrument) -> str:
    """Name a scale by what it tells of, `depression score (PHQ-9)`, or by its own name alone."""
    title = instrument.short_title
    if title.istitle():
        return f"{title.lower()} score"
    if len(instrument.indications) != 1:
        return f"{title} score"
    label = instrument.indications[0].label
    return f"{label if label.isupper() else label.lower()} score ({instrument.short_title})"


def _differences(verdict: Verdict, now: datetime | None) -> Iterator[str]:
    """Compare with the start, and with the score before where that says more."""
    if verdict.since_baseline is not None:
        yield _difference(verdict.since_baseline, _start(verdict))
    if (last := score_text.last_change(verdict)) is not None:
        yield _difference(last, _when_before(last, now))


def _when_before(last: ScoreChange, now: datetime | None) -> str:
    """Name the score before by its day, or within the day of the later one by its time."""
    if not _is_of_one_day(last):
        return f"on {_day(last.earlier.at, now)}"
    if _has_times(last):
        return f"at {time_of_day(last.earlier.at)}"
    return "on the form before it, of the same day"


def _time(verdict: Verdict) -> str:
    """Write the time of a score, where another of its day stands beside it."""
    last = score_text.last_change(verdict)
    is_told = last is not None and _is_of_one_day(last) and _has_times(last)
    return f" at {time_of_day(verdict.score.at)}" if is_told else ""


def _is_of_one_day(change: ScoreChange) -> bool:
    return change.earlier.at.date() == change.later.at.date()


def _has_times(change: ScoreChange) -> bool:
    """Say whether times tell two scores of a day apart."""
    scores = (change.earlier, change.later)
    return all(one.time_known for one in scores) and len({f"{one.at:%H:%M}" for one in scores}) == 2


def _difference(change: ScoreChange, when: str) -> str:
    """Write a change as a patient reads it: `11 better than at the start`."""
    if not change.points:
        return f"the same as {when}"
    more = "more" if change.points > 0 else "less"
    word = more if change.better is None else "better" if change.better else "worse"
    return f"{number(change.size)} {word} than {when}"


def _start(verdict: Verdict) -> str:
    """Name the start that is meant."""
    is_later = verdict.course is not None and verdict.course.number > 1
    return "at the start of this course" if is_later else "at the start"


def _day(at: datetime, now: datetime | None) -> str:
    return full_day(at) if now is None else day_for(at, now)


def _no_comparison(verdict: Verdict) -> str:
    if verdict.is_baseline:
        return "Later scores will be compared with this one."
    if verdict.baseline is not None:
        place, start = score_text.place(verdict)[0], number(verdict.baseline.total)
        return f"{place} your score at the start, {start}."
    if verdict.course is None:
        return "You have had no session yet."
    since = "your first session"
    if verdict.course.number > 1:
        since = f"your session of {full_day(verdict.course.first_at)}, when this course began,"
    return f"There is no score from just before {since} to compare it with."


def _marks_for_patient(verdict: Verdict) -> Iterator[str]:
    change = verdict.since_baseline
    if verdict.score.prorated:
        yield "Some answers were missing, so this score is an estimate."
    if change is not None and change.earlier.prorated:
        yield "Some answers were missing at the start, so that score is an estimate."
    if change is not None and change.other_version:
        yield "The form has changed since the start."
