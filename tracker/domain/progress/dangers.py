"""What is a danger by the last form of a scale: its total, or an answer about suicide."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from tracker.domain.formatting import number
from tracker.domain.instruments import scoring
from tracker.domain.instruments.model import Instrument
from tracker.domain.scores import glance
from tracker.domain.scores.points import IncompletePoint, ScorePoint


class Danger(Struct, frozen=True):
    """A form that is a danger until a later one of its scale is none; `answer` says why."""

    instrument: Instrument
    point: ScorePoint | IncompletePoint
    answer: str


def dangers(
    forms: Sequence[ScorePoint | IncompletePoint], instruments: Mapping[str, Instrument]
) -> tuple[Danger, ...]:
    """Find them among all forms of a person, which run in time; the newest first."""
    found = []
    for code, last in {form.instrument: form for form in forms}.items():
        instrument = instruments.get(code)
        if instrument is not None and (answer := ", ".join(_answers(last, instrument))):
            found.append(Danger(instrument, last, answer))
    return tuple(sorted(found, key=lambda danger: danger.point.at, reverse=True))


def _answers(form: ScorePoint | IncompletePoint, instrument: Instrument) -> Iterator[str]:
    if isinstance(form, ScorePoint) and scoring.is_danger(instrument, form.total):
        yield glance.total(instrument, form.total)
    given = dict(form.safety)
    numbers = {item.code: item.number for item in instrument.items if item.number in given}
    answers: dict[str, Decimal] = {
        code: value for code, place in numbers.items() if (value := given[place]) is not None
    }
    for alarm, value in scoring.alarms_reached(instrument, answers):
        yield f"question {numbers[alarm.item]}: {number(value)}"
