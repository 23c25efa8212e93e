"""The forms of scores: a total on a scale, the answers of a paper form, why a score is void."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar, cast
from zoneinfo import ZoneInfo

from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from tracker.domain.codes import Mode, Occasion
from tracker.domain.instruments import scoring
from tracker.domain.instruments.model import Instrument, Item
from tracker.domain.problems import Problem
from tracker.domain.scores.draft import AssessmentDraft
from tracker.instruments import library
from tracker.services.scores.session_links import SessionLink
from tracker.web.filters import day
from tracker.web.forms import (
    DecimalText,
    LongText,
    NounForm,
    WordSelect,
)
from tracker.web.local_time import TakenForm

_VALUE = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,4})?")


def code_of(link: SessionLink) -> str:
    """Name what a score belongs to by the ids of its series and session."""
    return f"{link.series_id}-{link.session_id or ''}"


def label_of(link: SessionLink) -> str:
    """Say what a score belongs to."""
    series = f"Series {link.series_number}, {link.indication.within}"
    return series if link.at is None else f"{series}: session {link.session_number}, {day(link.at)}"


class AnyScoreForm(TakenForm):
    """What every score says besides its content: when, on what occasion, what it belongs to.

    `seen` are the questions about scores of that day that the page has shown.
    """

    seen = HiddenField()
    occasion = WordSelect("Occasion", words=Occasion, blank=Occasion.UNSCHEDULED.label)
    tie = SelectField("Series and session", invalid_choice_message="Choose one of the list.")
    note = LongText("Note")

    def offer(self, ties: Iterable[SessionLink], *, blank: str) -> None:
        """Offer the series and sessions of the patient; `blank` is what stands for none of them."""
        if self.occasion.data is Occasion.UNSCHEDULED:
            self.occasion.data = None  # the blank choice says the same
        unscheduled = Occasion.UNSCHEDULED.value
        self.occasion.choices = [one for one in self.occasion.choices if one.value != unscheduled]
        self.tie.choices = [
            SelectChoice("", blank),
            *(SelectChoice(code_of(link), label_of(link)) for link in ties),
        ]

    def tied_to(self, ties: Iterable[SessionLink]) -> SessionLink | None:
        """Say which of the ties was chosen."""
        return next((link for link in ties if code_of(link) == self.tie.data), None)

    def draft(self, zone: ZoneInfo) -> AssessmentDraft:
        """Say what was typed as a draft."""
        return AssessmentDraft(
            taken_at=self.taken_at(zone),
            time_known=self.taken_time.data is not None,
            occasion=self.occasion.data or Occasion.UNSCHEDULED,
            note=self.note.data or "",
            **self.content(),
        )

    def content(self) -> dict[str, Any]:
        """Give the fields of the draft that hold the score itself."""
        raise NotImplementedError

    def left_out_problems(self) -> list[Problem]:
        """Ask about questions without an answer; a total has none."""
        return []


class ScoreForm(AnyScoreForm):
    """A total on a named scale."""

    instrument = SelectField("Scale", validate_choice=False)
    total = DecimalText("Total")

    def offer(self, ties: Iterable[SessionLink], *, blank: str) -> None:
        """Offer every scale of the library, too."""
        super().offer(ties, blank=blank)
        scales = sorted(library().values(), key=lambda scale: scale.title)
        self.instrument.choices = [
            SelectChoice("", "Choose"),
            *(SelectChoice(scale.code, scale.title) for scale in scales),
        ]

    def content(self) -> dict[str, Any]:
        """Give the scale and its total."""
        return {"instrument": self.instrument.data or "", "total": self.total.data}


class AnswerRadio(RadioField):
    """The answer to one question, unanswered until touched: None, never 0.

    Whether it is one of the choices, the domain says, beside this field.
    """

    def __init__(self, item: Item, **kwargs: Any) -> None:
        """Offer the choices of the question."""
        super().__init__(
            f"Question {item.number}",
            coerce=Decimal,
            choices=[SelectChoice(f"{one.value:f}", one.label) for one in item.choices],
            validate_choice=False,
            **kwargs,
        )

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the answer; none given is None."""
        text = next((text.strip() for text in valuelist if text.strip()), "")
        self.data = None
        if text and not _VALUE.fullmatch(text):
            raise ValueError("Choose one of the answers shown.")
        if text:
            self.data = Decimal(text)


class AnswersForm(AnyScoreForm):
    """The answers on a paper form; `scale` is the instrument whose questions it has."""

    scale: ClassVar[Instrument]

    total = DecimalText(
        "Total written on the form",
        description="Only if there is one: it is compared with the answers.",
    )
    left_out = BooleanField("Left blank on the paper")

    @property
    def questions(self) -> list[tuple[Item, AnswerRadio]]:
        """The questions with their fields, in the order of the form."""
        return [(item, self[name_of(item.code)]) for item in self.scale.items]

    def place(self, field: str) -> str:
        """Put what is wrong with an answer beside its question."""
        return name_of(field) if self.scale.item(field) else super().place(field)

    def content(self) -> dict[str, Any]:
        """Give the answers, and the total that the form states."""
        return {
            "instrument": self.scale.code,
            "total": self.total.data,
            "answers": {item.code: field.data for item, field in self.questions},
            "mode": Mode.STAFF,
        }

    def left_out_problems(self) -> list[Problem]:
        """Ask once about questions without an answer: a slip of the keys leaves the same gap."""
        answers = self.content()["answers"]
        nothing = all(answer is None for answer in answers.values())
        if nothing or self.left_out.data or scoring.check_answers(self.scale, answers):
            return []
        missing = scoring.score(self.scale, answers).missing
        numbers = [str(item.number) for item in self.scale.items if item.code in missing]
        if not numbers:
            return []
        which = (
            f"Question {numbers[0]} has" if len(numbers) == 1 else f"{_numbers_text(numbers)} have"
        )
        message = f"{which} no answer. Answer, or tick that the paper has none either."
        return [Problem("left_out", message)]


def _numbers_text(numbers: list[str]) -> str:
    return f"Questions {', '.join(numbers[:-1])} and {numbers[-1]}"


def name_of(code: str) -> str:
    """Name the field of a question."""
    return f"answer-{code}"


def answers_form(instrument: Instrument) -> type[AnswersForm]:
    """Make the form of an instrument: a field for every question."""
    fields = {name_of(item.code): AnswerRadio(item) for item in instrument.items}
    made = type("AnswersForm", (AnswersForm,), {"scale": instrument} | fields)
    return cast("type[AnswersForm]", made)


class VoidForm(NounForm):
    """Why a score does not stand."""

    reason = LongText("Reason")
