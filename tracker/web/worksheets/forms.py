"""The forms of a worksheet. Only what somebody changed is handed over; the rest follows."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from wtforms import Field, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from tracker.domain.codes import YesNo
from tracker.domain.problems import Problem
from tracker.domain.wall_time import Clock
from tracker.domain.worksheets.editions import FORM_VERSIONS, FormField, Kind, by_code, fields_of
from tracker.domain.worksheets.form import Channel
from tracker.services.worksheets.queries import WorksheetView
from tracker.web import local_time
from tracker.web.forms import (
    DateText,
    LineText,
    LongText,
    OpenedForm,
    TimeText,
    WordRadio,
    WordSelect,
)


class CompleteForm(OpenedForm):
    """Why fields stay empty."""

    reason = LongText("Why fields stay empty", description="Printed on the worksheet")


class ReopenForm(OpenedForm):
    """Why a worksheet is opened again."""

    reason = LongText("Reason")


class SubmitForm(OpenedForm):
    """How and when a form was submitted."""

    places: ClassVar[Mapping[str, str]] = {"submitted_at": "submitted_on"}

    channel = WordSelect("How", words=Channel)
    confirmation = LineText(
        "Confirmation", description="The number or the words that came back, if any"
    )
    submitted_on = DateText("Day")
    submitted_time = TimeText("Time")
    submitted_clock = WordSelect("Which of the two", words=Clock)

    def submitted_at(self, zone: ZoneInfo) -> datetime | None:
        """Say when."""
        return local_time.instant(*self._wall(), zone)

    def clock_problems(self, zone: ZoneInfo) -> list[Problem]:
        """List what is wrong with a time that the clocks never showed, or twice."""
        return list(local_time.problems("submitted", *self._wall(), zone))

    def _wall(self) -> tuple[Any, Any, Any]:
        return self.submitted_on.data, self.submitted_time.data, self.submitted_clock.data


class WorksheetForm(OpenedForm):
    """The fields of a version of the form. `shown` keeps what each showed when it was opened."""

    form_version = SelectField(
        "Version of the form",
        choices=[SelectChoice(one.code, one.label) for one in FORM_VERSIONS.values()],
        validate_choice=False,  # the service says it
    )
    shown = HiddenField()
    codes: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def start(cls, view: WorksheetView) -> Self:
        """Make the form that a page opens with."""
        form = cls(formdata=None, data={"form_version": view.form.code} | _data(view))
        form.version.data = view.version
        form.shown.data = json.dumps(view.values)
        return form

    def changes(self) -> dict[str, str]:
        """Say which fields somebody changed, of those that the chosen version asks."""
        shown = self._values_shown()
        asked = by_code(self.form_version.data) if self.form_version.data in FORM_VERSIONS else ()
        return {
            code: typed
            for code in self.codes
            if (typed := self.text(code)) != shown.get(code, "") and code in asked
        }

    def text(self, code: str) -> str:
        """Say what a field holds, as an answer is stored."""
        data = self[code].data
        if isinstance(data, date):
            return data.isoformat()
        return "" if data is None else str(data).strip()

    def rebase(self, view: WorksheetView) -> list[tuple[str, str]]:
        """Stand on what somebody else saved: their values where nothing was typed here.

        List their values that differ from what is typed, as (label, value).
        """
        shown, data = self._values_shown(), _data(view)
        for code in self.codes:
            if self.text(code) == shown.get(code, ""):
                self[code].raw_data, self[code].data = None, data.get(code)
        self.shown.raw_data, self.shown.data = None, json.dumps(view.values)
        return [
            (line.field.label, line.words or "nothing")
            for line in view.lines
            if line.value != shown.get(line.field.code, "")
        ]

    def _values_shown(self) -> dict[str, str]:
        try:
            values = json.loads(self.shown.data or "{}")
        except ValueError:
            return {}
        known = isinstance(values, dict)
        return {code: str(value) for code, value in values.items()} if known else {}


def _data(view: WorksheetView) -> dict[str, Any]:
    days = {one.code for one in fields_of(view.form.code) if one.kind is Kind.DATE}
    return {
        code: date.fromisoformat(value) if code in days else value
        for code, value in view.values.items()
    }


@cache
def form_class(form_version: str) -> type[WorksheetForm]:
    """Make the form of a version."""
    asked = fields_of(form_version)
    made = {one.code: _field(one) for one in asked}
    return type("VersionedForm", (WorksheetForm,), made | {"codes": tuple(made)})


def _field(one: FormField) -> Field:
    words = {"autocomplete": "off"} | ({"data-unit": one.unit} if one.unit else {})
    match one.kind:
        case Kind.YES_NO:
            return WordRadio(one.label, words=YesNo)
        case Kind.CHOICE if one.choices:
            return WordSelect(one.label, words=one.choices, blank="Not answered")
        case Kind.DATE:
            return DateText(one.label)
        case Kind.LONG:
            return LongText(one.label)
        case Kind.NUMBER:
            return LineText(one.label, render_kw=words | {"inputmode": "numeric"})
    return LineText(one.label, render_kw=words)
