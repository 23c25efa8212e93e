"""Invent believable answers for the demonstration that add up to a given total."""

from decimal import Decimal
from random import Random

from tracker.domain.instruments.model import Instrument, Item, Method


def spread(
    instrument: Instrument, total: Decimal, random: Random, *, suicide: int = 0
) -> dict[str, Decimal]:
    """Spread a total over the scored items of a sum or a mean; the rest is answered alike.

    A suicide item gets `suicide`, and more only where the other items cannot hold the total.
    """
    scored = instrument.scored_items
    total_wanted = (
        int(total * len(scored)) if instrument.scoring.method is Method.MEAN else int(total)
    )
    answers = {item.code: item.choices[0].value for item in scored}
    careful = [item for item in scored if item.code in instrument.safety_items]
    for item in careful:
        answers[item.code] = min(Decimal(suicide), _most(item), Decimal(total_wanted))
    _fill(answers, [item for item in scored if item not in careful], total_wanted, random)
    _fill(answers, careful, total_wanted, random)
    share = (total - instrument.minimum) / (instrument.maximum - instrument.minimum)
    for item in instrument.items:
        if item.code not in answers:
            place = round(share * (len(item.choices) - 1))
            answers[item.code] = item.choices[place].value
    return answers


def _fill(answers: dict[str, Decimal], items: list[Item], total: int, random: Random) -> None:
    """Raise answers one by one until they add up."""
    room = [item for item in items if answers[item.code] < _most(item)]
    while room and sum(answers.values()) < total:
        item = random.choice(room)
        answers[item.code] += 1
        if answers[item.code] >= _most(item):
            room.remove(item)


def _most(item: Item) -> Decimal:
    return max(choice.value for choice in item.choices)
