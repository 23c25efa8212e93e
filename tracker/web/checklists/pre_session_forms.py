"""The form of the checks before a session."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from wtforms import BooleanField

from tracker.domain import weights
from tracker.domain.checklists import pre_session_review
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.checklists.pre_session import Pregnancy, PreSession, SinceLast
from tracker.domain.measures import SIGN_NAMES, VITAL_SIGNS, VitalSigns
from tracker.domain.problems import Problem
from tracker.web.checklists import forms as checklist_forms
from tracker.web.checklists.forms import ChecklistForm
from tracker.web.forms import (
    DateText,
    DecimalText,
    IntegerText,
    LineText,
    TimeText,
    WordRadio,
    WordSelect,
    ZeroToTen,
    typed_weight,
    weight_inputs,
)
from tracker.web.people.second_person import SecondPersonFields

_COPIED = (
    "dose_mg_per_kg", "dose_mg", "concentration_mg_per_ml", "nasal_spray", "suicide",
    "pregnancy", "enrolled", "enrolment_verified_on", "mood_before", "pain_before",
)  # fmt: skip
_TEXTS = (
    "dose_checked_by", "escort_name", "escort_phone", "consent_version", "consent_by",
    "suicide_asked",
    "prescriber", "monitor",
)  # fmt: skip
_TICKS = ("escort_confirmed", "consent_confirmed")
# A reading is of the same visit; a meal may be of the evening before.
_TIMES = {
    "measured": timedelta(hours=12),
    "last_food": timedelta(hours=24),
    "last_drink": timedelta(hours=24),
    "nasal_spray": timedelta(hours=24),
}
_NAME = {"autocomplete": "off"}


class PreSessionForm(ChecklistForm, SecondPersonFields):
    """Everything asked and measured before a session, in the order in which it is done."""

    places: ClassVar[Mapping[str, str]] = {f"{name}_at": f"{name}_time" for name in _TIMES}

    measured_time = TimeText("Measured at", description="If left empty: now")
    weight_kg, weight_unit = weight_inputs()
    dose_mg_per_kg = DecimalText("Planned", unit="mg/kg")
    dose_mg = DecimalText("Dose", unit="mg")
    concentration_mg_per_ml = DecimalText("Concentration", unit="mg/mL")
    dose_checked_by = LineText("Checked by", description="A second person", render_kw=_NAME)
    last_food_time = TimeText("Last food")
    last_drink_time = TimeText("Last drink")
    nasal_spray = WordRadio("Nasal steroid or decongestant today", words=YesNoUnknown)
    nasal_spray_time = TimeText("Used at")
    escort_name = LineText("Who comes", render_kw=_NAME)
    escort_phone = LineText("Telephone", render_kw=_NAME | {"inputmode": "tel"})
    escort_confirmed = BooleanField("The ride is confirmed today")
    consent_version = LineText("Version of the consent", render_kw=_NAME)
    consent_by = LineText(
        "Who consents", description="For a patient under 18: name and capacity", render_kw=_NAME
    )
    consent_confirmed = BooleanField("Consent is confirmed today")
    enrolled = WordRadio("Enrolled in the REMS", words=YesNoUnknown)
    enrolment_verified_on = DateText("Verified on")
    prescriber = LineText("Prescriber on site", render_kw=_NAME)
    monitor = LineText("Monitored by", render_kw=_NAME)
    pregnancy = WordSelect("Pregnancy", words=Pregnancy, blank="Not asked")
    suicide_asked = LineText(
        "How it was asked", description="Such as: in words, PHQ-9 item 9", render_kw=_NAME
    )
    suicide = WordRadio("Thoughts of suicide since the last visit", words=YesNoUnknown)
    mood_before = ZeroToTen("Mood now")
    pain_before = ZeroToTen("Pain now")

    @classmethod
    def start(cls, checks: PreSession, zone: ZoneInfo, now: datetime, version: int) -> Self:
        """Make the form that a page opens with."""
        return cls(formdata=None, data=_form_data(checks, zone, now) | {"version": version})

    def checks(self, zone: ZoneInfo, now: datetime, stored: PreSession) -> PreSession:
        """Say what was typed; times that `stored` shows just so are left untouched."""
        plain: dict[str, Any] = {name: self[name].data for name in _COPIED}
        plain |= typed_weight(self)
        plain |= {name: self[name].data or "" for name in _TEXTS}
        plain |= {name: bool(self[name].data) for name in _TICKS}
        plain |= {f"{name}_at": self._instant(name, zone, now, stored) for name in _TIMES}
        answers = {what: self[f"since_{what.value}"].data for what in SinceLast}
        return PreSession(
            **plain,
            baseline=VitalSigns(**{name: self[f"before_{name}"].data for name in SIGN_NAMES}),
            changes={what: answer for what, answer in answers.items() if answer is not None},
            comments=self.comments(pre_session_review.TITLES),
        )

    def clock_problems(self, zone: ZoneInfo, now: datetime) -> Iterator[Problem]:
        """Yield the times that the clocks never showed."""
        for name in _TIMES:
            at, found = self[f"{name}_time"].data, self._instant(name, zone, now, PreSession())
            yield from checklist_forms.check_clock(f"{name}_at", at, found)

    def _instant(
        self, name: str, zone: ZoneInfo, now: datetime, stored: PreSession
    ) -> datetime | None:
        at, held = self[f"{name}_time"].data, getattr(stored, f"{name}_at")
        return checklist_forms.instant(at, None, zone, now, stored=held, within=_TIMES[name])


for _sign in VITAL_SIGNS:
    _typed_sign = IntegerText(_sign.everyday, unit=_sign.short_unit)
    setattr(PreSessionForm, f"before_{_sign.name}", _typed_sign)
for _what in SinceLast:
    _told = WordRadio(_what.label, words=YesNoUnknown)
    setattr(PreSessionForm, f"since_{_what.value}", _told)
checklist_forms.add_comments(PreSessionForm, pre_session_review.TITLES)


def _form_data(checks: PreSession, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """Say a gate as the form would have been typed."""
    data = {name: getattr(checks, name) for name in (*_COPIED, *_TEXTS, *_TICKS)}
    data["weight_kg"] = weights.in_unit(checks.weight_kg, checks.weight_unit)
    data["weight_unit"] = checks.weight_unit
    for name in _TIMES:
        at, _ = checklist_forms.typed_instant(getattr(checks, f"{name}_at"), zone, now)
        data[f"{name}_time"] = at
    data |= {f"before_{name}": getattr(checks.baseline, name) for name in SIGN_NAMES}
    data |= {f"since_{what.value}": answer for what, answer in checks.changes.items()}
    return data | checklist_forms.typed_comments(checks.comments)
