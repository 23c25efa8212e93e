"""What is typed about the schedule of a series."""

import re
from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, FieldList, Form, FormField, SelectMultipleField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from tracker.domain.check_ins.schedule import RANGES, Anchor, ScheduleLine
from tracker.domain.problems import Problem
from tracker.services.check_ins.schedules import ScheduleView, answerable
from tracker.web.forms import IntegerText, OpenedForm, WordSelect

_OF_A_LINE = re.compile(r"lines-(\d+)-(\w+)")


class LineForm(Form):
    """One line of a schedule; one without a questionnaire and a time is not there."""

    anchor = WordSelect("When", words=Anchor)
    number = IntegerText(
        "Number",
        description="Of the session, or of hours, days or weeks; every nth: 2 is every second. "
        "None before treatment begins.",
    )
    instruments = SelectMultipleField(
        "Questionnaires",
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    remove = BooleanField("Remove this line")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer what patients can answer, and what the line asks for already."""
        super().__init__(*args, **kwargs)
        titles = answerable()
        asked = self.instruments.data or []
        self.instruments.choices = [*titles.items(), *((c, c) for c in asked if c not in titles)]

    @property
    def is_filled(self) -> bool:
        """Whether the line is meant to be in the schedule."""
        filled = (
            self.anchor.data or self.instruments.data or self.number.raw_data not in ([""], None)
        )
        return bool(filled) and not self.remove.data

    @property
    def heading(self) -> str:
        """Say when, as far as it is said."""
        line = self.line()
        return "New line" if line is None else line.label

    def validate_anchor(self, field: Any) -> None:
        """Ask for the time of a line that counts."""
        if self.is_filled and field.data is None:
            raise ValidationError("Choose when.")

    def line(self) -> ScheduleLine | None:
        """Turn what was typed into a line; None while it does not say when."""
        anchor = self.anchor.data
        if anchor is None:
            return None
        typed = -1 if self.number.data is None else self.number.data
        number = 0 if RANGES[anchor] is None else typed
        return ScheduleLine(
            instruments=tuple(self.instruments.data or ()), anchor=anchor, number=number
        )


class ScheduleForm(OpenedForm):
    """A schedule, line by line."""

    lines = FieldList(FormField(LineForm))

    @classmethod
    def of(cls, schedule: ScheduleView) -> "ScheduleForm":
        """Fill the form from what stands."""
        lines = [
            {
                "anchor": line.anchor,
                "number": line.number if RANGES[line.anchor] else None,
                "instruments": list(line.instruments),
            }
            for line in schedule.lines
        ]
        return cls(data={"lines": lines, "version": schedule.version})

    @property
    def filled_lines(self) -> list[LineForm]:
        """The lines that are to stay and say when."""
        forms = [entry.form for entry in self.lines]
        return [form for form in forms if form.is_filled and form.line() is not None]

    def draft(self) -> list[ScheduleLine]:
        """Turn what was typed into lines."""
        return [line for form in self.filled_lines if (line := form.line()) is not None]

    def show(self, problems: Iterable[Problem]) -> None:
        """Put problems beside the fields of their lines; the others go to the summary."""
        kept, others = self.filled_lines, []
        for problem in problems:
            found = _OF_A_LINE.fullmatch(problem.field)
            if found is None:
                others.append(problem)
                continue
            field = kept[int(found[1])][found[2]]
            if not field.process_errors:
                field.errors = [*field.errors, problem.message]
        super().show(others)
