"""The domain's rules for rows of our own tables, and a sieve that passes most sessions at a glance.

A file may say what no form lets anybody type: a state without its reason, a number already given
away. Everything else is checked by the same rules as a form.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from operator import attrgetter, itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from tracker.domain import measures
from tracker.domain.codes import Drug, Effect, Route, SeriesState, SessionState
from tracker.domain.measures import SIGN_NAMES, VITAL_SIGNS
from tracker.domain.parsing import REASON_MAX
from tracker.domain.patients import draft as patient_rules
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.patients.record import PatientRecord
from tracker.domain.problems import Finding, Problem
from tracker.domain.series import plan as series_plan
from tracker.domain.series.plan import SeriesDraft
from tracker.domain.series.record import SeriesRecord
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions import fields as session_fields
from tracker.domain.sessions import findings as session_findings
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.fields import Kind
from tracker.domain.sessions.record import SessionRecord
from tracker.exchange.columns import Table
from tracker.models.database import ID_MAX
from tracker.services.sessions import rows as session_rows

NUMBER_MAX = 9_999
HELD = frozenset({SessionState.UNDER_WAY, SessionState.COMPLETED})
_SET_ASIDE = frozenset({SessionState.CANCELLED, SessionState.MISSED})
# The longest dose, and the longest stay that check() lets pass.
_SETTLED = timedelta(days=3)


def differing(table: Table, stored: object, told: object) -> list[str]:
    """Name the columns in which two records of a table differ; a file keeps whole seconds."""
    return [
        column.name
        for column in table.columns
        if not column.computed
        and _whole(attrgetter(column.path)(stored)) != _whole(attrgetter(column.path)(told))
    ]


def _whole(value: Any) -> Any:
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


def check_patient(told: PatientRecord, *, today: date) -> list[Problem]:
    """List everything that cannot be of a patient."""
    problems = patient_rules.check(patient_draft(told), today=today)
    if told.archived_on is not None and not date(1970, 1, 1) <= told.archived_on <= today:
        problems.append(Problem("archived_on", "Give a day from 1970 to today."))
    return problems


def patient_draft(told: PatientRecord) -> PatientDraft:
    """Take from a record what a draft can say."""
    names = PatientDraft.__dataclass_fields__
    return PatientDraft(**{name: getattr(told, name) for name in names})


def check_series(told: SeriesRecord) -> list[Problem]:
    """List everything that cannot be of a series."""
    # How many sessions it has, and how far apart, is for the file of sessions to say.
    draft = SeriesDraft(
        **{
            name: getattr(told, name)
            for name in SeriesDraft.__dataclass_fields__
            if name not in {"session_count", "days_apart"}
        },
        session_count=1,
    )
    problems = series_plan.check(draft)
    problems += check_number("number", told.number, NUMBER_MAX)
    if told.state is SeriesState.STOPPED and not told.state_reason.strip():
        problems.append(Problem("state_reason", "Say why the series is stopped."))
    problems += _check_reason(told.state_reason)
    return problems


def check_session(told: SessionRecord, *, now: datetime) -> list[Problem]:
    """List everything that cannot be of a session, held or not."""
    draft = session_rows.draft_of(told)
    over = told.state is SessionState.COMPLETED
    return [
        *check_number("session_id", told.session_id, ID_MAX),
        *check_number("number", told.number, NUMBER_MAX),
        *(
            problem
            for problem in session_draft.check(draft, now=now)
            # What was not held has not started; one under way may wait for its first dose.
            if over or problem.field != "started_at" or draft.started_at is not None
        ),
        *check_year("started_at", told.started_at),
        *check_year("planned_on", told.planned_on),
        *_check_state(told),
    ]


def findings_of(draft: SessionDraft, last: SessionDraft | None = None) -> list[Finding]:
    """List what is unusual about a session and was not commented on."""
    return [] if draft.comment.strip() else session_findings.review(draft, last=last)


def check_year(field: str, at: date | None) -> Iterator[Problem]:
    """Yield a problem where a year is a slip: ketamine was licensed in 1970."""
    if at is not None and at.year not in series_plan.STARTS_IN_YEARS:
        yield Problem(field, "Give a day between the years 1970 and 2199.")


def _check_state(told: SessionRecord) -> Iterator[Problem]:
    if told.state is SessionState.PLANNED and told.planned_on is None:
        yield Problem("planned_on", "Give the day it is planned for.")
    if told.state in _SET_ASIDE and not told.state_reason.strip():
        yield Problem("state_reason", f"Say why it was {told.state.label.lower()}.")
    yield from _check_reason(told.state_reason)


def _check_reason(reason: str) -> Iterator[Problem]:
    if len(reason) > REASON_MAX:
        yield Problem("state_reason", f"Give at most {REASON_MAX} characters.")


def check_number(field: str, number: int, highest: int) -> Iterator[Problem]:
    """Yield a problem where a number cannot be one of ours."""
    if not 1 <= number <= highest:
        yield Problem(field, f"Give a whole number from 1 to {highest}.")


# Fields that the rules look at together; the rules of one group never look into another.
_TOGETHER: tuple[tuple[str, ...], ...] = (
    ("drug", "route", "dose_mg", "weight_kg"),
    ("mood_before", "mood_after"),
    ("pain_before", "pain_after"),
    ("dissociation_peak", "dissociation_onset_minute", "dissociation_end_minute"),
)
# What is looked at with the time of the start.
_OF_THE_STAY = ("discharged_at", "duration_minutes", "dissociation_resolved")
_PRESSURES = tuple(sign.name for sign in VITAL_SIGNS if sign.is_pressure)
_TEXTS = tuple(one for one in session_fields.DRAFTED if one.longest is not None)
_GRADED = session_fields.names(Kind.GRADED)
_OTHER = Effect.OTHER.value  # of every kind of effect: it wants words


def _groups() -> Iterator[tuple[str, ...]]:
    """Yield every field of a session that has no look of its own, with those it goes with."""
    yield from _TOGETHER
    asked = {"started_at", *_OF_THE_STAY, *(name for group in _TOGETHER for name in group)}
    asked |= {one.name for one in _TEXTS} | {*_GRADED}
    for one in session_fields.DRAFTED:
        if one.kind is Kind.SIGNS:
            yield tuple(f"{one.name}_{name}" for name in _PRESSURES)
            others = (name for name in SIGN_NAMES if name not in _PRESSURES)
            yield from ((f"{one.name}_{name}",) for name in others)
        elif one.name not in asked:
            yield (one.name,)


_START = datetime.fromisoformat("2020-01-01T12:00:00+00:00")
_PLAIN = SessionDraft(started_at=_START, drug=Drug.KETAMINE, route=Route.IV)


class _Verdicts(dict[Any, bool]):
    """What the domain said of values that stand alone in a session, asked once for each."""

    def __init__(self, make: Callable[[Any], SessionDraft]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, values: Any) -> bool:
        draft = self._make(values)
        clear = not session_draft.check(
            draft, now=_START + _SETTLED
        ) and not session_findings.review(draft)
        self[values] = clear
        return clear


class Sieve:
    """Says at a glance that a held session has neither problem nor finding.

    The same few values come again and again, so the domain is asked once for each group of values
    that belong together. A session that does not pass has to be looked at whole; one that passes
    would have passed that as well.
    """

    def __init__(self, *, now: datetime, zone: ZoneInfo) -> None:
        """Take the time after which nothing can have ended."""
        self._latest = now - _SETTLED
        self._earliest = datetime(series_plan.STARTS_IN_YEARS[0], 1, 2, tzinfo=zone)
        self._groups = tuple(
            (itemgetter(*names), _Verdicts(_maker(names)).__getitem__) for names in _groups()
        )
        self._stays = _Verdicts(_stay)
        self._rest_of_stay = itemgetter(*_OF_THE_STAY[1:])
        self._longest = tuple((one.name, one.longest or 0) for one in _TEXTS)

    def sift(self, rows: Sequence[Mapping[str, Any]]) -> list[bool]:
        """Say of each row of the table of sessions whether it is certainly in order."""
        # Group by group down the rows: the loops run in C, where row by row they would not.
        verdicts = [map(verdict, map(take, rows)) for take, verdict in self._groups]
        clear = map(all, zip(*verdicts, strict=True))
        return [yes and self._is_plain(values) for yes, values in zip(clear, rows, strict=True)]

    def _is_plain(self, values: Mapping[str, Any]) -> bool:
        start = values["started_at"]
        return (
            values["state"] is SessionState.COMPLETED
            and not values["state_reason"]
            and start is not None
            and self._earliest <= start <= self._latest
            and self._is_usual_stay(values, start)
            and all(len(values[name]) <= longest for name, longest in self._longest)
            and not any(_OTHER in values[name] for name in _GRADED)
            and self._are_usual_numbers(values)
        )

    def _is_usual_stay(self, values: Mapping[str, Any], start: datetime) -> bool:
        left = values["discharged_at"]
        stay = None if left is None else left - start
        return self._stays[stay, *self._rest_of_stay(values)]

    def _are_usual_numbers(self, values: Mapping[str, Any]) -> bool:
        planned_on = values["planned_on"]
        return (
            1 <= values["session_id"] <= ID_MAX
            and 1 <= values["number"] <= NUMBER_MAX
            and (planned_on is None or planned_on.year in series_plan.STARTS_IN_YEARS)
        )


def _maker(names: tuple[str, ...]) -> Callable[[Any], SessionDraft]:
    """Make a session out of one group of values, the rest being in order."""
    moment = names[0].partition("_")[0]

    def make(values: Any) -> SessionDraft:
        given = dict(zip(names, values if len(names) > 1 else (values,), strict=True))
        if moment not in ("before", "after"):
            return replace(_PLAIN, **given)
        signs = {name.removeprefix(f"{moment}_"): value for name, value in given.items()}
        taken = measures.VitalSigns(**signs)
        return replace(_PLAIN, before=taken) if moment == "before" else replace(_PLAIN, after=taken)

    return make


def _stay(values: tuple[Any, ...]) -> SessionDraft:
    stay, *rest = values
    left = None if stay is None else _START + stay
    return replace(_PLAIN, **dict(zip(_OF_THE_STAY, (left, *rest), strict=True)))
