"""What the pages of a check-in show, made of its values."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from tracker.domain.check_ins import answers as check_in_answers
from tracker.domain.check_ins.status import CheckInStatus
from tracker.domain.instruments.model import Choice, Item
from tracker.instruments import library
from tracker.services.check_ins.answer_page import ReplyView
from tracker.services.check_ins.commands import CheckInView

ROW_FROM = 7  # so many answers that are numbers stand side by side, not one below the other


class Question(Struct, frozen=True):
    """A question as a page puts it. `number` counts those that count; None for one to skip."""

    item: Item
    number: int | None
    chosen: Choice | None
    in_rows: bool
    crisis: frozenset[object]


class Lists(Struct, frozen=True):
    """A patient's check-ins: to answer now, to come, and over, the latest first."""

    waiting: tuple[CheckInView, ...]
    coming: tuple[CheckInView, ...]
    over: tuple[CheckInView, ...]


def questions(part: ReplyView) -> list[Question]:
    """List the questions of an instrument in their order, those one may skip last."""
    items = part.instrument.items
    ordered = [*(i for i in items if not i.optional), *(i for i in items if i.optional)]
    return [_question(part, item, number) for number, item in enumerate(ordered, 1)]


def _question(part: ReplyView, item: Item, number: int) -> Question:
    value = part.answers.get(item.code)
    return Question(
        item=item,
        number=None if item.optional else number,
        chosen=None if value is None else item.choice(value),
        # Only the ends of such a scale have words.
        in_rows=len(item.choices) >= ROW_FROM
        and all(choice.label.isdigit() for choice in item.choices[1:-1]),
        crisis=frozenset(check_in_answers.crisis_values(part.instrument, item)),
    )


def count(parts: Iterable[ReplyView]) -> int:
    """Count the questions that are put, without those one may skip."""
    return sum(
        len(check_in_answers.required_items(part.instrument, part.answers)) for part in parts
    )


def minutes(parts: Iterable[ReplyView]) -> int:
    """Estimate the minutes that these take."""
    return check_in_answers.minutes_needed(count(parts))


def titles(codes: Iterable[str]) -> str:
    """Name instruments by their short titles."""
    known = library()
    return ", ".join(known[code].short_title if code in known else code for code in codes)


def sorted_out(lines: Sequence[CheckInView]) -> Lists:
    """Sort a patient's check-ins by what there is to do; what was taken back is left out."""
    remaining = [line for line in lines if line.status is not CheckInStatus.WITHDRAWN]
    waiting = tuple(
        sorted((line for line in remaining if line.can_be_answered), key=lambda o: o.due_at)
    )
    coming = tuple(line for line in remaining if line.status is CheckInStatus.SCHEDULED)
    over = tuple(line for line in remaining if line not in waiting and line not in coming)
    return Lists(waiting, coming, over[::-1])


def offer() -> dict[str, object]:
    """Give the templates these functions."""
    return {"questions_of": questions, "count": count, "minutes": minutes, "titles": titles}
