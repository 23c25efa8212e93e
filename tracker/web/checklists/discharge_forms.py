"""The form of the checks before somebody leaves."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from wtforms import BooleanField

from tracker.domain.checklists import discharge as discharge_rules
from tracker.domain.checklists.discharge import (
    CRITERIA,
    Criterion,
    CriterionResult,
    Discharge,
    Instruction,
)
from tracker.domain.problems import Problem
from tracker.web.checklists import forms as checklist_forms
from tracker.web.checklists.forms import ChecklistForm
from tracker.web.forms import DateText, IntegerText, LineText, TimeText, WordRadio, ZeroToTen

_COPIED = ("ready_minute", "mood_after", "pain_after")
_TEXTS = ("escort_name", "escort_relation", "escort_phone", "handed_out")
_NAME = {"autocomplete": "off"}


def met_name(code: str) -> str:
    """Name the field of one criterion."""
    return f"met_{code}"


def instruction_field(instruction: Instruction) -> str:
    """Name the field of one instruction."""
    return f"told_{instruction.value.replace('-', '_')}"


class DischargeForm(ChecklistForm):
    """Everything asked before somebody leaves."""

    places: ClassVar[Mapping[str, str]] = {"left_at": "left_time"}

    mood_after = ZeroToTen("Mood now")
    pain_after = ZeroToTen("Pain now")
    escort_name = LineText("Leaves with", render_kw=_NAME)
    escort_relation = LineText("Who that is", description="Such as: sister", render_kw=_NAME)
    escort_phone = LineText("Telephone", render_kw=_NAME | {"inputmode": "tel"})
    handed_out = LineText("Given to take home", description="Such as: leaflet, prescription")
    ready_minute = IntegerText(
        "Would have been ready at", unit="min", description="From the first device; the REMS asks"
    )
    left_time = TimeText("Left at")
    left_on = DateText("Day, if not today")

    @classmethod
    def start(cls, discharge: Discharge, zone: ZoneInfo, now: datetime, version: int) -> Self:
        """Make the form that a page opens with."""
        return cls(formdata=None, data=_form_data(discharge, zone, now) | {"version": version})

    def discharge(
        self, criteria: Iterable[Criterion], zone: ZoneInfo, now: datetime, stored: Discharge
    ) -> Discharge:
        """Say what was typed; a time that `stored` shows just so is left untouched."""
        plain: dict[str, Any] = {name: self[name].data for name in _COPIED}
        plain |= {name: self[name].data or "" for name in _TEXTS}
        answers = {one.code: self[met_name(one.code)].data for one in criteria}
        return Discharge(
            **plain,
            met={code: met for code, met in answers.items() if met is not None},
            instructions=tuple(one for one in Instruction if self[instruction_field(one)].data),
            left_at=self._left_at(zone, now, stored),
            comments=self.comments(discharge_rules.TITLES),
        )

    def clock_problems(self, zone: ZoneInfo, now: datetime) -> Iterator[Problem]:
        """Yield the times that the clocks never showed."""
        found = self._left_at(zone, now, Discharge())
        yield from checklist_forms.check_clock("left_at", self.left_time.data, found)

    def _left_at(self, zone: ZoneInfo, now: datetime, stored: Discharge) -> datetime | None:
        wall = self.left_time.data, self.left_on.data
        return checklist_forms.instant(*wall, zone, now, stored=stored.left_at)


for _code, _one in CRITERIA.items():
    _met = WordRadio(_one.title, words=CriterionResult)
    setattr(DischargeForm, met_name(_code), _met)
for _instruction in Instruction:
    setattr(DischargeForm, instruction_field(_instruction), BooleanField(_instruction.label))
checklist_forms.add_comments(DischargeForm, discharge_rules.TITLES)


def _form_data(discharge: Discharge, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """Say a discharge as the form would have been typed."""
    data: dict[str, Any] = {name: getattr(discharge, name) for name in (*_COPIED, *_TEXTS)}
    at, day = checklist_forms.typed_instant(discharge.left_at, zone, now)
    data |= {"left_time": at, "left_on": day}
    data |= {met_name(code): met for code, met in discharge.met.items()}
    data |= {instruction_field(one): True for one in discharge.instructions}
    return data | checklist_forms.typed_comments(discharge.comments)
