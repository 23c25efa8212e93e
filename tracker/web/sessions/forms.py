"""The forms of a session. They read text into a draft; what cannot be, the domain says."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from wtforms import HiddenField
from wtforms.fields import Field
from wtforms.fields.choices import SelectChoice

from tracker.domain import wall_time
from tracker.domain.codes import (
    Drug,
    Effect,
    Route,
    SessionState,
    Severity,
    SideEffect,
    Word,
    YesNo,
)
from tracker.domain.measures import VitalSigns
from tracker.domain.problems import Problem
from tracker.domain.sessions.diff import VITALS
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.wall_time import Clock
from tracker.web import local_time
from tracker.web.forms import (
    DateText,
    DecimalText,
    IntegerText,
    LineText,
    LongText,
    NounForm,
    OpenedForm,
    TimeText,
    WordRadio,
    WordSelect,
    ZeroToTen,
)
from tracker.web.local_time import TakenForm

_COPIED = (
    "drug", "route", "dose_mg", "weight_kg", "duration_minutes", "mood_before", "mood_after",
    "pain_before", "pain_after", "dissociation_peak", "dissociation_onset_minute",
    "dissociation_end_minute",
)  # fmt: skip
_TEXTS = (
    "dose_notes", "effects_other", "side_effects_other", "escort", "private_notes",
    "patient_notes", "comment",
)  # fmt: skip


def effect_name(prefix: str, effect: Word) -> str:
    """Name the field of one effect."""
    return f"{prefix}_{effect.value.replace('-', '_')}"


class SessionForm(NounForm):
    """Everything recorded of one session, in the order in which it happens."""

    places: ClassVar[Mapping[str, str]] = {
        "started_at": "started_time",
        "discharged_at": "discharged_time",
    }

    started_on = DateText("Day")
    started_time = TimeText("Start")
    started_clock = WordSelect("Which of the two", words=Clock)
    route = WordSelect("Route", words=Route)
    drug = WordSelect("Drug", words=Drug)
    dose_mg = DecimalText("Dose", unit="mg")
    weight_kg = DecimalText("Weight", unit="kg")
    duration_minutes = IntegerText("Duration", unit="min", description="0 for an injection")
    dose_notes = LongText("Dose notes")
    mood_before = ZeroToTen("Mood before")
    mood_after = ZeroToTen("Mood after")
    pain_before = ZeroToTen("Pain before")
    pain_after = ZeroToTen("Pain after")
    dissociation_peak = ZeroToTen("Dissociation at its peak")
    dissociation_onset_minute = IntegerText("Began", unit="min", description="From the start")
    dissociation_end_minute = IntegerText("Ended", unit="min", description="From the start")
    dissociation_resolved = WordRadio("Gone before leaving", words=YesNo, blank="Not recorded")
    effects_other = LineText("What the other effect was")
    side_effects_other = LineText("What the other side effect was")
    discharged_time = TimeText("Left at")
    discharged_on = DateText("Day, if not the same")
    discharged_clock = WordSelect("Which of the two", words=Clock)
    escort = LineText("Escort", description="Who took the patient home")
    private_notes = LongText("Private notes", description="For clinicians only")
    patient_notes = LongText("Notes for the patient", description="The patient may read these")
    comment = LongText("Comment on what is unusual")
    answered = HiddenField()

    @classmethod
    def start(cls, draft: SessionDraft, zone: ZoneInfo, day: date | None = None) -> Self:
        """Make the form that a page opens with; `day` stands while there is no hour."""
        return cls(formdata=None, data={"started_on": day} | _typed(draft, zone))

    def draft(self, zone: ZoneInfo, stored: SessionDraft | None = None) -> SessionDraft:
        """Say what was typed as a draft; times that `stored` shows just so are left untouched."""
        plain: dict[str, Any] = {name: self[name].data for name in _COPIED}
        plain |= {name: self[name].data or "" for name in _TEXTS}
        return SessionDraft(
            **plain,
            started_at=self._instant("started", zone, stored.started_at if stored else None),
            discharged_at=self._instant(
                "discharged", zone, stored.discharged_at if stored else None
            ),
            dissociation_resolved=_YES_NO[self.dissociation_resolved.data],
            effects=self._graded("effect", Effect),
            side_effects=self._graded("side_effect", SideEffect),
            before=self._signs("before"),
            after=self._signs("after"),
        )

    def clock_problems(self, zone: ZoneInfo) -> Iterator[Problem]:
        """Yield what is wrong with times that the clocks of the zone never showed, or twice."""
        for name in ("started", "discharged"):
            yield from local_time.problems(name, *self._wall(name), zone)

    def fields_of(self, prefix: str) -> list[Field]:
        """List the fields of a group: the effects, the side effects, the vital signs."""
        return [field for name, field in self._fields.items() if name in _GROUPS[prefix]]

    def _wall(self, name: str) -> tuple[date | None, time | None, Clock | None]:
        day, at = self[f"{name}_on"].data, self[f"{name}_time"].data
        if name == "discharged" and day is None and not self.discharged_on.process_errors:
            day = self.started_on.data
        return day, at, self[f"{name}_clock"].data

    def _instant(self, name: str, zone: ZoneInfo, stored: datetime | None) -> datetime | None:
        shown = self._wall(name)
        if stored is not None and _wall_of(stored, zone) == shown:
            return stored
        return local_time.instant(*shown, zone)

    def _graded(self, prefix: str, words: type[Any]) -> dict[Any, Severity]:
        marks = {word: self[effect_name(prefix, word)].data for word in words}
        return {word: severity for word, severity in marks.items() if severity is not None}

    def _signs(self, moment: str) -> VitalSigns:
        return VitalSigns(**{name: self[f"{moment}_{name}"].data for name in VITALS})


_YES_NO = {YesNo.YES: True, YesNo.NO: False, None: None}
_GROUPS = {
    "effect": {effect_name("effect", word) for word in Effect},
    "side_effect": {effect_name("side_effect", word) for word in SideEffect},
    "before": {f"before_{name}" for name in VITALS},
    "after": {f"after_{name}" for name in VITALS},
}
for _prefix, _words in (("effect", Effect), ("side_effect", SideEffect)):
    for _word in _words:
        _marks = WordRadio(_word.label, words=Severity, blank="None")
        setattr(SessionForm, effect_name(_prefix, _word), _marks)
for _moment in ("before", "after"):
    for _name, (_label, _unit) in VITALS.items():
        setattr(SessionForm, f"{_moment}_{_name}", IntegerText(f"{_label} {_moment}", unit=_unit))


def _wall_of(instant: datetime, zone: ZoneInfo) -> tuple[date, time, Clock | None]:
    here = instant.astimezone(zone)
    return here.date(), here.time().replace(second=0, microsecond=0), wall_time.which(instant, zone)


def _typed(draft: SessionDraft, zone: ZoneInfo) -> dict[str, Any]:
    """Say a draft as the form would have been typed."""
    data: dict[str, Any] = {name: getattr(draft, name) for name in (*_COPIED, *_TEXTS)}
    for name, instant in (("started", draft.started_at), ("discharged", draft.discharged_at)):
        if instant is not None:
            data |= dict(
                zip(
                    (f"{name}_on", f"{name}_time", f"{name}_clock"),
                    _wall_of(instant, zone),
                    strict=True,
                )
            )
    answers = {yes: answer for answer, yes in _YES_NO.items()}
    data["dissociation_resolved"] = answers[draft.dissociation_resolved]
    data |= {effect_name("effect", word): how for word, how in draft.effects.items()}
    data |= {effect_name("side_effect", word): how for word, how in draft.side_effects.items()}
    for moment, signs in (("before", draft.before), ("after", draft.after)):
        data |= {f"{moment}_{name}": getattr(signs, name) for name in VITALS}
    return data


class AmendForm(SessionForm, OpenedForm):
    """A session's record, opened to be changed."""

    reason = LongText("Reason for the change", description="Kept with the earlier version")


class MoveForm(NounForm):
    """Another day for a planned session."""

    planned_on = DateText("New day")


class SetAsideForm(NounForm):
    """Why a planned session is not held."""

    # Which of the words may be chosen, the service says, together with everything else.
    state = WordRadio("What happened", words=SessionState, blank="", validate_choice=False)
    reason = LongText("Reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer only the two ways of not being held."""
        super().__init__(*args, **kwargs)
        self.state.choices = [
            SelectChoice(SessionState.CANCELLED.value, "Cancelled, known before"),
            SelectChoice(SessionState.MISSED.value, "Missed, did not come"),
        ]


class FollowUpForm(TakenForm):
    """Mood and pain some hours or a day after a session."""

    mood = ZeroToTen("Mood then")
    pain = ZeroToTen("Pain then")
