"""What every form is made of: fields that read text strictly and never lose what was typed."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any, ClassVar

from flask import g, request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import NumberInput, TextInput

from tracker.domain import date_format, parsing, weights
from tracker.domain.codes import WeightUnit, Word
from tracker.domain.date_format import HourFormat
from tracker.domain.problems import Finding, InvalidError, Problem, UnseenError
from tracker.domain.sessions.findings import UncommentedError
from tracker.services import clock, disk
from tracker.services.drafts import NEVER_KEPT
from tracker.services.unit_of_work import (
    UNAVAILABLE,
    AlreadySavedError,
    OtherContentError,
)
from tracker.web.drafts.one_time_key import RESENT, OneTimeKey

NO_VERSION = -1  # a log without entries has 0, and nothing has less
OPENED = "opened"
# What a page puts into a form itself. Whatever else comes back was typed or chosen by somebody.
NOT_TYPED = NEVER_KEPT | {
    "version", OPENED, "answered", "seen", "shown", "choice", "theirs", "act",
    "preview", "proposed", "shown_doses", "stands",
}  # fmt: skip
UNUSUAL_MARK = "data-unusual"  # of a field: tracker/web/filters.py opens what it stands in
UNUSUAL = "Something is unusual. Check it, say why in the comment, and save again."


class NounForm(FlaskForm):
    """A form that answers a second click with the first result, and shows problems at their fields.

    `places` names the form's field for a draft's field that is called otherwise.
    """

    places: ClassVar[Mapping[str, str]] = {}
    _findings: tuple[Finding, ...] = ()
    status = 422  # of the page that shows the form again

    once = OneTimeKey()

    def process(self, formdata: Any = None, *args: Any, **kwargs: Any) -> None:
        """Read what was sent, and tie its one-time key to it: other content is another form."""
        sent = self.meta.wrap_formdata(self, formdata)
        if not sent and (late := g.get("late")) and self._fields.keys() & late.keys():
            formdata = MultiDict(late)  # what came after the idle limit: web/login.py
        elif sent is None and formdata is _Auto and self.is_submitted():
            formdata = (
                MultiDict()
            )  # without one field it is a form all the same, with nothing in it
        super().process(formdata, *args, **kwargs)
        if sent:
            self.once.tie_to(sent, NOT_TYPED)

    def send(self, action: Callable[[], int]) -> int | None:
        """Do what the form asks for and return the id; None when it must be shown again.

        Everything wrong is put beside its field. A second click gets what the first one made.
        Whoever puts two versions together (conflicts.py) wants the form, and nothing saved.
        """
        if request.form.get("choice") == "both":
            self.status, g.theirs = 200, request.form.getlist("theirs")
            return None
        try:
            return action()
        except AlreadySavedError as error:
            return error.result_id
        except OtherContentError:
            self.form_errors.append(RESENT)
            self.status = 409
            self.once.renew()  # sent again, it is another form
        except UncommentedError as error:  # the page shows the findings themselves
            self.show([Problem("comment", UNUSUAL)])
            self.findings = error.findings
        except UnseenError as error:  # the page shows them, and sends back what it has shown
            self.findings = error.findings
        except InvalidError as error:
            self.show(error.problems)
            self.findings = ()
        except UNAVAILABLE as error:
            self.form_errors.append(disk.say_unsaved(error))
            self.status = 503
        return None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is unusual about what was typed."""
        return self._findings

    @findings.setter
    def findings(self, found: tuple[Finding, ...]) -> None:
        """Mark the fields that they are about, so that no part that holds one is folded away."""
        self._findings = found
        unusual = {self.place(finding.field) for finding in found}
        for name, field in self._fields.items():
            marks = {k: one for k, one in (field.render_kw or {}).items() if k != UNUSUAL_MARK}
            field.render_kw = marks | ({UNUSUAL_MARK: ""} if name in unusual else {})

    def place(self, field: str) -> str:
        """Name the form's field for a draft's field."""
        return self.places.get(field, field)

    def show(self, problems: Iterable[Problem]) -> None:
        """Put problems beside their fields; those of no field go to the summary of the form.

        A field that could not be read says so already: what follows from that is left out.
        """
        unread = {name for name, field in self._fields.items() if field.process_errors}
        for problem in problems:
            name = self.place(problem.field)
            if name in unread:
                continue
            if name in self._fields:
                field = self._fields[name]
                field.errors = [*field.errors, problem.message]
            else:
                self.form_errors.append(problem.message)


class Version(HiddenField):
    """Which version, or which last entry of a log, a page was made of; NO_VERSION if not said."""

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Read it; pages and drafts from before an upgrade may call it `opened`."""
        if formdata is not None and self.name not in formdata and OPENED in formdata:
            formdata = MultiDict({self.name: formdata[OPENED]})
        super().process(formdata, *args, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a number; any other text is no version."""
        number = parsing.row_id(valuelist[0]) if valuelist else None
        self.data = NO_VERSION if number is None else number


class OpenedForm(NounForm):
    """A form about what others may change meanwhile: it carries the version that was opened."""

    version = Version()

    def reopen(self, version: int, why: str) -> None:
        """Stand on a newer version than was sent, and say so: sending it again decides."""
        self.version.data = version
        self.form_errors.append(why)
        self.status = 409


class _TypedField(Field):
    """A field whose text is read strictly and shown again as it was typed."""

    def __init__(self, label: str = "", *, unit: str = "", **kwargs: Any) -> None:
        """Keep the unit that the page writes beside the field."""
        super().__init__(label, **kwargs)
        self.unit = unit

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.write(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; nothing typed is None."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            self.data = self.read(text)

    def read(self, text: str) -> Any:
        """Read a text or raise ValueError with words for people."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        """Write a value as it is typed."""
        return str(value)


class DecimalText(_TypedField):
    """A number with a decimal point or comma; text it cannot read stays on the page."""

    widget = NumberInput()  # the field macro turns it into text with a numeric keypad

    def read(self, text: str) -> Decimal:
        """Read `35`, `35.5` or `35,5`."""
        return parsing.read_decimal(text)

    def write(self, value: Decimal) -> str:
        """Write without an exponent and without trailing zeros, as it will be read again."""
        return parsing.write_decimal(value)


class IntegerText(_TypedField):
    """A whole number; text it cannot read stays on the page."""

    widget = NumberInput()

    def read(self, text: str) -> int:
        """Read `40`."""
        return parsing.read_whole(text)


class DateText(_TypedField):
    """A day, typed and shown in the clinic's order; a script adds the browser's own calendar."""

    widget = TextInput()
    typed_kind = "date"

    @property
    def typed_as(self) -> dict[str, str]:
        """Tell the script of the page in which order the day stands."""
        return {"data-typed": date_format.current().days.value}

    @property
    def typed_how(self) -> str:
        """Say in which order the day is typed."""
        return date_format.current().typed_order

    def read(self, text: str) -> date:
        """Read a day between the years 1900 and 2200: in the clinic's order, in words, or ISO."""
        return date_format.current().read_day(text, near=clock.now().date())

    def write(self, value: date) -> str:
        """Write the day as it would be typed."""
        return date_format.current().typed_day(value)


class TypedDate(DateText):
    """The day of a birth: never to come, two digits of its year will do, and no calendar."""

    typed_as: ClassVar[Mapping[str, str]] = {}  # type: ignore[assignment]

    @property
    def typed_how(self) -> str:
        """Show how the clinic types a day."""
        return f"For example {date_format.current().example}"

    def read(self, text: str) -> date:
        """Read a day that is not to come, two digits of its year too."""
        return date_format.current().read_day(text, latest=clock.now().date())


class TimeText(_TypedField):
    """A time of day by the clinic's clock; a script adds the browser's own picker."""

    widget = TextInput()
    typed_kind = "time"

    @property
    def typed_as(self) -> dict[str, str]:
        """Tell the script of the page how the clock counts; digits do where it has no AM and PM."""
        hours = date_format.current().hours
        digits = {"inputmode": "numeric"} if hours is HourFormat.TO_24 else {}
        return {"data-typed": hours.value, **digits}

    @property
    def typed_how(self) -> str:
        """Show how a time is typed."""
        return f"Such as {date_format.current().time_of_day(time(14, 30))}"

    def read(self, text: str) -> time:
        """Read hours and minutes, with seconds where a stored time has them."""
        return date_format.current().read_time(text)

    def write(self, value: time) -> str:
        """Write hours and minutes, and seconds only where there are any."""
        return date_format.current().typed_time(value)


def _choices(words: type[Word]) -> list[SelectChoice]:
    return [SelectChoice(word.value, word.label) for word in words]


def _reader(words: type[Word]) -> Callable[[str], Word | None]:
    by_code = {word.value: word for word in words}

    def read(text: str) -> Word | None:
        if text and text not in by_code:
            raise ValueError
        return by_code.get(text)

    return read


class ZeroToTen(RadioField):
    """A rating from 0 to 10 that is unanswered until touched: None, never 0."""

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        """Offer the eleven answers."""
        numbers = [SelectChoice(str(number), str(number)) for number in range(11)]
        wrong = "Choose a whole number from 0 to 10."
        super().__init__(
            label,
            coerce=int,
            choices=numbers,
            invalid_value_message=wrong,
            invalid_choice_message=wrong,
            **kwargs,
        )

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the answer; none given is None, whatever stood there before."""
        self.data = None
        super().process_formdata([text for text in valuelist if text])

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not on the scale; no answer is allowed."""
        if self.data in (None, *range(11)):
            return
        raise ValidationError(self.invalid_choice_message)


class WordSelect(SelectField):
    """A choice of one word, with a blank option first: `blank` is its text."""

    def __init__(
        self, label: str = "", *, words: type[Word], blank: str = "Choose", **kwargs: Any
    ) -> None:
        """Offer the words by their labels."""
        super().__init__(
            label,
            coerce=_reader(words),
            choices=[SelectChoice("", blank), *_choices(words)],
            invalid_value_message="Choose one of the list.",
            **kwargs,
        )


def weight_inputs(label: str = "Weight") -> tuple[DecimalText, WordSelect]:
    """Make what a weight is typed into: the number, and its unit."""
    return DecimalText(label), WordSelect(f"{label} in", words=WeightUnit, blank="Not said")


def typed_weight(form: NounForm) -> dict[str, Any]:
    """Read a weight from its two fields: in kilograms, with what it was typed in."""
    typed, unit = form["weight_kg"].data, form["weight_unit"].data
    return {
        "weight_kg": weights.in_kg(typed, unit),
        "weight_unit": None if typed is None else unit,
    }


class WordRadio(RadioField):
    """A choice of one word by radio buttons; none is chosen until somebody chooses."""

    data: Any

    def __init__(self, label: str = "", *, words: type[Word], **kwargs: Any) -> None:
        """Offer the words by their labels."""
        super().__init__(
            label,
            coerce=_reader(words),
            choices=_choices(words),
            invalid_value_message="Choose one of the list.",
            **kwargs,
        )

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the answer; none given is None, whatever stood there before."""
        self.data = None
        super().process_formdata([text for text in valuelist if text])

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not among the words; no answer is allowed."""
        if self.data is not None:
            super().pre_validate(form)


class LineText(StringField):
    """One line of text, without the spaces around it; what shows nothing is no text."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the line."""
        self.data = valuelist[0].strip() if valuelist else ""
        parsing.refuse_unstorable(self.data)
        self.data = parsing.visible_text(self.data)


class LongText(TextAreaField):
    """Several lines of text, with line ends as they are stored."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the text; browsers send CRLF whatever was there before."""
        self.data = (valuelist[0] if valuelist else "").replace("\r\n", "\n")
        parsing.refuse_unstorable(self.data)
        if parsing.is_blank(self.data):
            self.data = ""
