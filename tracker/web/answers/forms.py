"""Read answers and reasons as pages and scripts send them."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from werkzeug.datastructures import MultiDict
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice

from tracker.domain.check_ins import answers as check_in_answers
from tracker.domain.check_ins.answers import DeclineReason
from tracker.domain.instruments.model import Instrument
from tracker.domain.problems import InvalidError, Problem
from tracker.web.forms import LongText, NounForm

PREFIX = (
    "answer-"  # before the code of a question, so that no code can be the name of another field
)
VALUE_MAX = 40  # characters

Answers = dict[str, tuple[str, datetime]]


def one_answer(form: MultiDict[str, str]) -> tuple[Answers, float]:
    """Read one answer that a script sends, and the seconds it took; raise InvalidError."""
    try:
        at = datetime.fromisoformat(form["at"].replace("Z", "+00:00"))
        seconds = float(form.get("seconds", "0"))
        code, value = form["code"], form["value"]
    except (KeyError, ValueError) as error:
        raise InvalidError([Problem("", "This answer could not be read.")]) from error
    # A NaN is not equal to itself; what is not a number of seconds counts as none.
    if at.tzinfo is None or len(value) > VALUE_MAX or seconds != seconds:  # noqa: PLR0124
        raise InvalidError([Problem("", "This answer could not be read.")])
    return {code: (value, at)}, seconds


def whole_page(form: MultiDict[str, str], instrument: Instrument, now: datetime) -> Answers:
    """Read every answer of a page that was sent without a script; an empty one is not sent."""
    return {
        item.code: (form[name][:VALUE_MAX], now)
        for item in instrument.items
        if (name := PREFIX + item.code) in form
    }


class DeclineForm(NounForm):
    """Why somebody does not want to answer: a list, and words of their own for who wants."""

    places: ClassVar[Mapping[str, str]] = {"reason": "listed"}

    listed = RadioField(
        "What is the reason?",
        choices=[SelectChoice(code, words) for code, words in check_in_answers.REASONS.items()],
        validate_choice=False,
    )
    words = LongText("Anything you want to add", description="You may leave this empty.")

    @property
    def reason(self) -> DeclineReason:
        """The reason, its code beside the words: the code calls somebody, the words are read."""
        return DeclineReason(self.listed.data or "", self.words.data or "")
