"""What somebody has answered so far: put answers of several devices together, see what is left."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from tracker.domain.instruments import scoring
from tracker.domain.instruments.model import AlarmKind, Instrument, Item
from tracker.domain.parsing import visible_text
from tracker.domain.problems import Problem
from tracker.domain.stored_content import read_stored, to_stored

SECONDS_MAX = 30 * 60  # for one answer: whoever takes longer has put the phone away
SECONDS_A_QUESTION = 10  # what the page expects when it says how long it takes

WANTS_TO_TALK = "in-person"  # the reason that raises an alert
# Why somebody may not want to answer, by the code that a form sends; the words are stored.
REASONS = {
    "not-now": "This is not a good time",
    "too-hard": "These questions are hard for me",
    "too-many": "I get too many of these",
    WANTS_TO_TALK: "I would rather talk to somebody",
    "other": "Another reason",
}

Values = Mapping[str, Decimal]


class DeclineReason(Struct, frozen=True):
    """Why somebody does not answer: the code chosen from the list, and words of their own."""

    listed: str = ""
    words: str = ""

    @property
    def text(self) -> str:
        """The reason as it is stored: what was chosen from the list, then one's own words."""
        return ". ".join(filter(None, (REASONS.get(self.listed, ""), visible_text(self.words))))

    @property
    def wants_to_talk(self) -> bool:
        """Whether somebody of the clinic must call them."""
        return self.listed == WANTS_TO_TALK


class SentAnswer(Struct, frozen=True):
    """An answer as its device sent it: the text of its value, '' for one taken back, and when."""

    value: str
    at: datetime


def read(stored: Mapping[str, Mapping[str, str]]) -> dict[str, SentAnswer]:
    """Read answers as they are stored."""
    return read_stored(stored, dict[str, SentAnswer])


def write(answers: Mapping[str, SentAnswer]) -> dict[str, dict[str, str]]:
    """Write answers as they are stored."""
    stored: dict[str, dict[str, str]] = to_stored(answers)
    return stored


def merge(
    stored: Mapping[str, SentAnswer], sent: Mapping[str, SentAnswer], *, now: datetime
) -> dict[str, SentAnswer]:
    """Put what was sent beside what is kept: of two answers to a question the later one stands.

    A device whose clock runs ahead said it now. Of two answers of the same instant the higher value
    stands, whichever came first: a question about safety must not depend on the network.
    """
    merged = dict(stored)
    for code, given in sent.items():
        answer = SentAnswer(given.value, min(given.at, now))
        earlier = merged.get(code)
        if earlier is None or _rank(answer) > _rank(earlier):
            merged[code] = answer
    return merged


def _rank(given: SentAnswer) -> tuple[datetime, Decimal]:
    return given.at, Decimal(given.value) if given.value else Decimal(-1)


def values(answers: Mapping[str, SentAnswer]) -> dict[str, Decimal]:
    """Tell the values of what is answered; a question left out is not there."""
    return {code: Decimal(given.value) for code, given in answers.items() if given.value}


def check(instrument: Instrument, sent: Mapping[str, SentAnswer]) -> list[Problem]:
    """List every answer that cannot be, beside the code of its question."""
    found: list[Problem] = []
    read_values: dict[str, Decimal | None] = {}
    for code, given in sent.items():
        try:
            read_values[code] = Decimal(given.value) if given.value else None
        except InvalidOperation:
            found.append(Problem(code, "This is no answer to the question."))
    return [*found, *scoring.check_answers(instrument, read_values)]


def items_to_ask(instrument: Instrument, answered: Values) -> tuple[Item, ...]:
    """List the questions that are put: some only after a yes to an earlier one."""
    return tuple(item for item in instrument.items if scoring.is_asked(item, dict(answered)))


def required_items(instrument: Instrument, answered: Values) -> tuple[Item, ...]:
    """List the questions that count as the questionnaire's own; those one may skip come last."""
    return tuple(item for item in items_to_ask(instrument, answered) if not item.optional)


def left_out(instrument: Instrument, answered: Values) -> tuple[Item, ...]:
    """List the questions that were put, may not be skipped lightly, and have no answer."""
    return tuple(i for i in required_items(instrument, answered) if i.code not in answered)


def is_whole(instrument: Instrument, answered: Values) -> bool:
    """Say whether something is answered and no question that must not be skipped is open."""
    return bool(answered) and not left_out(instrument, answered)


def relevant(instrument: Instrument, answered: Values) -> dict[str, Decimal]:
    """Keep the answers to questions that are put: one whose ground is gone counts no more."""
    codes = {item.code for item in items_to_ask(instrument, answered)}
    return {code: value for code, value in answered.items() if code in codes}


def is_crisis(instrument: Instrument, answered: Values) -> bool:
    """Say whether an answer to a suicide item calls for the crisis line on the screen."""
    reached = scoring.alarms_reached(instrument, answered)
    return any(alarm.kind is AlarmKind.SUICIDE for alarm, _value in reached)


class FormAnswers(Struct, frozen=True):
    """What was answered of an instrument, sent or not; `at` is in the clinic's zone."""

    instrument: Instrument
    answers: Values
    at: datetime


def is_last_crisis(newest_first: Iterable[FormAnswers]) -> bool:
    """Say whether the last forms that asked about suicide hold an answer that calls for help.

    Those of one day count together: a second form does not take back what the first one said. No
    more forms are taken than that needs.
    """
    last: date | None = None
    for form in newest_first:
        day = form.at.date()
        if last is not None and day < last:
            return False
        if form.instrument.safety_items & form.answers.keys():
            last = day
            if is_crisis(form.instrument, form.answers):
                return True
    return False


def crisis_values(instrument: Instrument, item: Item) -> frozenset[Decimal]:
    """List the answers of a question at which the page itself shows the crisis line."""
    values = (choice.value for choice in item.choices)
    return frozenset(value for value in values if is_crisis(instrument, {item.code: value}))


def last_at(answers: Mapping[str, SentAnswer], *, since: datetime, now: datetime) -> datetime:
    """Tell when the last answer was given, by its device, within what the server knows."""
    last = max((given.at for given in answers.values() if given.value), default=now)
    return min(max(last, since), now)


def clamp_seconds(seconds: float) -> int:
    """Bring the time that one answer took into what can be."""
    return round(min(max(seconds, 0), SECONDS_MAX))


def minutes_needed(questions: int) -> int:
    """Estimate the minutes that so many questions take, at least one."""
    seconds = timedelta(seconds=SECONDS_A_QUESTION * questions).total_seconds()
    return max(1, -(-int(seconds) // 60))
