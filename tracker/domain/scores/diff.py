"""What can be said of a stored score: how much was answered, and where its form disagrees."""

from decimal import Decimal

from msgspec import Struct

from tracker.domain import formatting
from tracker.domain.codes import Completeness
from tracker.domain.instruments import scoring
from tracker.domain.instruments.model import Choice, Instrument, Item, Method
from tracker.domain.instruments.scoring import Answers
from tracker.domain.scores.record import ScoreRecord

_COME_TO = {
    Method.SUM: "the answers add up to",
    Method.MEAN: "the mean of the answers is",
    Method.LEVEL: "the answers lead to",
}


class Answer(Struct, frozen=True):
    """A question with the answer that was given; `value` is None where there is none."""

    item: Item
    value: Decimal | None

    @property
    def choice(self) -> Choice | None:
        """The words of the answer."""
        return None if self.value is None else self.item.choice(self.value)


def answers(record: ScoreRecord, instrument: Instrument) -> tuple[Answer, ...]:
    """Put every question beside its answer; none where only a total is known."""
    if not record.answers:
        return ()
    return tuple(Answer(item, record.answers.get(item.code)) for item in instrument.items)


def count_answers(given: Answers, instrument: Instrument) -> tuple[int, int]:
    """Count the questions answered among those that the total needs, and all of these."""
    needed = [
        item.code
        for item in instrument.scored_items
        if not item.optional and scoring.is_asked(item, given)
    ]
    return sum(given.get(code) is not None for code in needed), len(needed)


def completeness_text(
    completeness: Completeness, given: Answers, instrument: Instrument | None
) -> str:
    """Say that a score is incomplete or prorated, and how many were answered; '' if whole."""
    if completeness is Completeness.COMPLETE:
        return ""
    if instrument is None:
        return completeness.label
    answered, needed = count_answers(given, instrument)
    return f"{completeness.label}: {answered} of {needed} answered"


def proration(record: ScoreRecord, instrument: Instrument) -> str:
    """Say how a total was made up for questions left out; '' where it was not."""
    if record.completeness is not Completeness.PRORATED:
        return ""
    answered, needed = count_answers(record.answers, instrument)
    left_out = formatting.times(needed - answered, "question")
    verb = "was" if needed - answered == 1 else "were"
    return (
        f"{left_out} of {needed} {verb} not answered. The total is prorated: each one left out "
        "counts as the mean of the others."
    )


def disagreement(record: ScoreRecord, instrument: Instrument) -> str:
    """Say that the total written on the form is not what its answers come to; '' if they agree."""
    stated = record.stated_total
    if stated is None or stated == record.total:
        return ""
    says = f"The form states a total of {formatting.number(stated)}"
    if record.total is None:
        return f"{says}. It cannot be checked, for too few questions are answered."
    summed = instrument.scoring.method is Method.SUM
    come_to = _COME_TO[instrument.scoring.method]
    if summed and not instrument.plain_sum:
        come_to = "the answers come to"
    found = f"{come_to} {formatting.number(record.total)}"
    prorated = ", prorated" if record.completeness is Completeness.PRORATED else ""
    return f"{says}, but {found}{prorated}. The total recorded is the one from the answers."
