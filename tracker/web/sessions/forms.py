"""The forms of a session. They read text into a draft; what cannot be, the domain says."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from wtforms import BooleanField, HiddenField, RadioField, SelectMultipleField
from wtforms.fields import Field
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from tracker.domain import wall_time, weights
from tracker.domain.codes import NONE_OF_THESE, SessionState, Severity, Word, YesNo
from tracker.domain.formatting import full_day, time_of_day
from tracker.domain.measures import SIGN_NAMES, VITAL_SIGNS, VitalSigns
from tracker.domain.problems import Finding, Problem
from tracker.domain.series.placing import SessionPlan
from tracker.domain.series.planned_dose import PlannedDose
from tracker.domain.sessions import comments
from tracker.domain.sessions import fields as session_fields
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.effects import Graded
from tracker.domain.sessions.fields import FieldKind, SessionField
from tracker.domain.wall_time import Clock
from tracker.services.sessions.planning import planned_values
from tracker.web import local_time
from tracker.web.drafts.stamped import StampedForm
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
    typed_weight,
)
from tracker.web.local_time import TakenForm
from tracker.web.series.planning_fields import ChairSelect
from tracker.web.sessions import answers


def effect_name(prefix: str, effect: Word) -> str:
    """Name the field of one effect."""
    return f"{prefix}_{effect.value.replace('-', '_')}"


def effect_names(one: SessionField) -> dict[Any, str]:
    """Name the field of each effect that a graded field may hold."""
    stem = one.name.removesuffix("s")
    return {word: effect_name(stem, word) for word in one.words or () if word != NONE_OF_THESE}


def none_name(one: SessionField) -> str:
    """Name the field that says that there was no effect of a graded field."""
    return f"{one.name.removesuffix('s')}_{NONE_OF_THESE}"


def text_input(one: SessionField) -> Any:
    """Make what a text of a session is typed into."""
    typed = LineText if one.kind is FieldKind.LINE else LongText
    return typed(one.label, description=one.hint)


def graded_inputs(one: SessionField) -> Iterator[tuple[str, Any]]:
    """Make, by name, what the severity of each effect is chosen with; last, that there was none."""
    for word, name in effect_names(one).items():
        yield name, WordRadio(word.label, words=Severity)
    yield none_name(one), BooleanField("None of these")


def read_grades(form: NounForm, one: SessionField) -> dict[Any, Severity | None]:
    """Read what was chosen of a graded field; nothing chosen is nothing said."""
    marks = {word: form[name].data for word, name in effect_names(one).items()}
    found: dict[Any, Severity | None] = {word: how for word, how in marks.items() if how}
    if form[none_name(one)].data and one.words is not None:
        found[one.words(NONE_OF_THESE)] = None
    return found


def typed_grades(one: SessionField, effects: Graded) -> dict[str, Any]:
    """Say stored effects as the form would have been typed."""
    names = effect_names(one) | {NONE_OF_THESE: none_name(one)}
    return {names[word]: how or True for word, how in effects.items()}


def _time_inputs(one: SessionField) -> Iterator[tuple[str, Any]]:
    label, day = _TIMES[one.name]
    name = _stem(one.name)
    yield f"{name}_on", DateText(day)
    yield f"{name}_time", TimeText(label)
    yield f"{name}_clock", WordSelect("Which of the two", words=Clock)


def _sign_inputs(one: SessionField) -> Iterator[tuple[str, Any]]:
    for sign in VITAL_SIGNS:
        label = f"{sign.label} {one.label.lower()}"
        yield f"{one.name}_{sign.name}", IntegerText(label, unit=sign.unit)


def _inputs(one: SessionField) -> Iterator[tuple[str, Any]]:
    """Make, by name, what a field of a session is typed into."""
    match one.kind:
        case FieldKind.TIME:
            yield from _time_inputs(one)
        case FieldKind.GRADED:
            yield from graded_inputs(one)
        case FieldKind.SIGNS:
            yield from _sign_inputs(one)
        case kind:
            yield one.name, _MADE[kind](one)


def _stem(name: str) -> str:
    """Say what the inputs of a time begin with."""
    return name.removesuffix("_at")


# The labels of the hour and of the day: what a time is, the two say together.
_TIMES = {
    "started_at": ("Start", "Day"),
    "discharged_at": ("Left at", "Day, if not the same"),
}
_MADE: Mapping[FieldKind, Callable[[SessionField], Any]] = {
    FieldKind.CODE: lambda one: WordSelect(one.label, words=one.words or Word),
    FieldKind.NUMBER: lambda one: DecimalText(
        # The unit of a weight is chosen beside it.
        one.label,
        unit="" if one.name == "weight_kg" else one.unit,
        description=one.hint,
    ),
    FieldKind.WHOLE: lambda one: IntegerText(one.label, unit=one.unit, description=one.hint),
    FieldKind.SCALE: lambda one: ZeroToTen(one.label),
    FieldKind.YES_NO: lambda one: WordRadio(one.label, words=YesNo),
    FieldKind.LINE: text_input,
    FieldKind.TEXT: text_input,
}
_COPIED = session_fields.names(FieldKind.CODE, FieldKind.NUMBER, FieldKind.WHOLE, FieldKind.SCALE)
_TEXTS = session_fields.names(FieldKind.LINE, FieldKind.TEXT)
_ANSWERED = session_fields.names(FieldKind.YES_NO)
_SIGNED = session_fields.names(FieldKind.SIGNS)
_GRADED = session_fields.names(FieldKind.GRADED)


class SessionForm(NounForm):
    """Everything recorded of one session, in the order in which it happens."""

    places: ClassVar[Mapping[str, str]] = {name: f"{_stem(name)}_time" for name in _TIMES} | {
        name: none_name(session_fields.BY_NAME[name]) for name in _GRADED
    }

    @classmethod
    def start(cls, draft: SessionDraft, zone: ZoneInfo, day: date | None = None) -> Self:
        """Make the form that a page opens with; `day` stands while there is no hour."""
        return cls(formdata=None, data={"started_on": day} | _form_data(draft, zone))

    def draft(self, zone: ZoneInfo, stored: SessionDraft | None = None) -> SessionDraft:
        """Say what was typed as a draft; times that `stored` shows just so are left untouched."""
        told: dict[str, Any] = {name: self[name].data for name in _COPIED}
        told |= typed_weight(self)
        told |= {name: self[name].data or "" for name in _TEXTS}
        told |= {name: _YES_NO[self[name].data] for name in _ANSWERED}
        told |= {name: read_grades(self, session_fields.BY_NAME[name]) for name in _GRADED}
        told |= {name: self._signs(name) for name in _SIGNED}
        told["comment"] = comments.compose(told["comment"], answers.by_message(self))
        for name in _TIMES:
            told[name] = self._instant(name, zone, getattr(stored, name, None))
        return SessionDraft(**told)

    def clock_problems(self, zone: ZoneInfo) -> Iterator[Problem]:
        """Yield what is wrong with times that the clocks of the zone never showed, or twice."""
        for name in _TIMES:
            yield from local_time.problems(_stem(name), *self._wall(name), zone)

    def fields_of(self, name: str) -> list[Field]:
        """List what a field is typed into that takes several: effects, vital signs."""
        return [self[one] for one, _ in _inputs(session_fields.BY_NAME[name])]

    def answer_to(self, finding: Finding) -> str:
        """Say what was typed to a finding, or what the comment says to it."""
        typed = answers.by_message(self).get(finding.message, "")
        return typed or comments.answer_to(self["comment"].data or "", finding.message)

    def notes(self) -> list[Field]:
        """List the texts of several lines, that on the dose last, without the comment."""
        names = (name for name in session_fields.names(FieldKind.TEXT) if name != "comment")
        return [self[name] for name in sorted(names, key="dose_notes".__eq__)]

    def _wall(self, name: str) -> tuple[date | None, time | None, Clock | None]:
        day, at, clock = (self[f"{_stem(name)}_{part}"] for part in ("on", "time", "clock"))
        on = day.data
        if name == "discharged_at" and on is None and not day.process_errors:
            on = self["started_on"].data
        return on, at.data, clock.data

    def _instant(self, name: str, zone: ZoneInfo, stored: datetime | None) -> datetime | None:
        shown = self._wall(name)
        if stored is not None and _wall_of(stored, zone) == shown:
            return stored
        return local_time.instant(*shown, zone)

    def _signs(self, moment: str) -> VitalSigns:
        return VitalSigns(**{name: self[f"{moment}_{name}"].data for name in SIGN_NAMES})


_YES_NO = {YesNo.YES: True, YesNo.NO: False, None: None}
for _one in session_fields.DRAFTED:
    for _name, _input in _inputs(_one):
        setattr(SessionForm, _name, _input)
SessionForm.answered = HiddenField()
SessionForm.said = answers.FindingAnswers()


def _wall_of(instant: datetime, zone: ZoneInfo) -> tuple[date, time, Clock | None]:
    here = instant.astimezone(zone)
    return here.date(), here.time().replace(second=0, microsecond=0), wall_time.which(instant, zone)


def _form_data(draft: SessionDraft, zone: ZoneInfo) -> dict[str, Any]:
    """Say a draft as the form would have been typed."""
    data: dict[str, Any] = {name: getattr(draft, name) for name in (*_COPIED, *_TEXTS)}
    data["weight_kg"] = weights.in_unit(draft.weight_kg, draft.weight_unit)
    for name in _TIMES:
        instant = getattr(draft, name)
        if instant is not None:
            day, at, clock = _wall_of(instant, zone)
            parts = {"on": day, "time": at, "clock": clock}
            data |= {f"{_stem(name)}_{part}": told for part, told in parts.items()}
    answers = {yes: answer for answer, yes in _YES_NO.items()}
    data |= {name: answers[getattr(draft, name)] for name in _ANSWERED}
    for name in _GRADED:
        data |= typed_grades(session_fields.BY_NAME[name], getattr(draft, name))
    for moment in _SIGNED:
        signs = getattr(draft, moment)
        data |= {f"{moment}_{name}": getattr(signs, name) for name in SIGN_NAMES}
    return data


class AmendForm(SessionForm, OpenedForm):
    """A session's record, opened to be changed."""

    reason = LongText("Reason for the change", description="Kept with the earlier version")


class MoveSessionForm(StampedForm):
    """What is planned of a session: day, time, chair, and a dose of its own."""

    seen = HiddenField()

    planned_on = DateText("Day")
    planned_time = TimeText("Time of day")
    chair = ChairSelect()
    place_onwards = BooleanField("Time and chair also for the sessions that follow")
    planned_dose_mg = DecimalText("Dose of its own", unit="mg")
    planned_dose_mg_per_kg = DecimalText("or by weight", unit="mg/kg")
    dose_onwards = BooleanField("Dose also for the sessions that follow")

    @classmethod
    def of(cls, stands: SessionPlan, chairs: Iterable[str]) -> Self:
        """Make the form of what stands."""
        form = cls(
            data={
                "planned_on": stands.planned_on,
                "planned_time": stands.planned_time,
                "chair": stands.chair,
                "planned_dose_mg": stands.planned.mg,
                "planned_dose_mg_per_kg": stands.planned.mg_per_kg,
            }
        )
        form.chair.offer(chairs, stands.chair)
        form.stand_on(
            planned_values(stands),
            {
                "Day": stands.planned_on and full_day(stands.planned_on),
                "Time of day": stands.planned_time and time_of_day(stands.planned_time),
                "Chair": stands.chair,
                "Dose of its own": stands.planned.words,
            },
        )
        return form

    def plan(self, stands: SessionPlan) -> SessionPlan:
        """Say what was typed; what the page did not ask stays as it stands."""
        doses = [self._or_stands(name, getattr(stands.planned, short)) for name, short in _DOSES]
        return SessionPlan(
            planned_on=self.planned_on.data,
            planned_time=self._or_stands("planned_time", stands.planned_time),
            chair=self._or_stands("chair", stands.chair) or "",
            planned=PlannedDose(*doses),
            dose_onwards=bool(self.dose_onwards.data),
            place_onwards=bool(self.place_onwards.data),
        )

    def _or_stands(self, name: str, stands: Any) -> Any:
        return self[name].data if self[name].raw_data else stands


_DOSES = (("planned_dose_mg", "mg"), ("planned_dose_mg_per_kg", "mg_per_kg"))


class NotHeldForm(NounForm):
    """Why a planned session is not held."""

    # Which of the words may be chosen, the service says, together with everything else.
    state = WordRadio("What happened", words=SessionState, validate_choice=False)
    reason = LongText(
        "Reason", description="The patient finds it in their own copy", render_kw={"rows": 2}
    )
    another = BooleanField("Plan another session of the series in its place")
    another_on = DateText("On")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer only the two ways of not being held."""
        super().__init__(*args, **kwargs)
        self.state.choices = [
            SelectChoice(SessionState.CANCELLED.value, "Cancelled, known before"),
            SelectChoice(SessionState.MISSED.value, "Missed, did not come"),
        ]


class AddSessionForm(NounForm):
    """The day of one more session of a series."""

    planned_on = DateText("Day")


class TiedScoresField(SelectMultipleField):
    """The scores of a session, of which those that are ticked go with it."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        """Offer none until the page knows them."""
        super().__init__(label, coerce=int, choices=[], validate_choice=False, **kwargs)

    def offer(self, scores: Iterable[tuple[int, str, bool]], *, opens: bool) -> None:
        """Offer scores by id and words; a page that opens ticks those that are of the sitting."""
        known = list(scores)
        of_sitting = [score_id for score_id, _, ticked in known if ticked]
        self.choices = [SelectChoice(score_id, words) for score_id, words, _ in known]
        taken = "Those ticked were" if of_sitting else "None was"
        self.description = f"{taken} taken by staff on its day. What is not ticked stays"
        if opens:
            self.data = of_sitting


class VoidSessionForm(OpenedForm):
    """Why a session is struck out, and whether one is to be held in its place."""

    reason = LongText(
        "Reason", description="For colleagues: the patient does not see it", render_kw={"rows": 2}
    )
    plan_again = BooleanField("It was not held: plan it again for its day")
    scores = TiedScoresField("Scores of this session that are voided with it")


class RestoreForm(OpenedForm):
    """Why a session stands after all."""

    reason = LongText("Reason", render_kw={"rows": 2})


class TransferForm(OpenedForm):
    """Where a session belongs, and what is said to what is unusual there."""

    answered = HiddenField()
    target = RadioField("It was", validators=[InputRequired("Choose which session it was.")])
    scores = TiedScoresField("Scores of this session that go along")
    plan_again = BooleanField()
    reason = LongText(
        "Why it is moved",
        description="For colleagues: neither patient sees it",
        render_kw={"rows": 2},
    )
    comment = LongText("Comment", render_kw={"rows": 2})


class FollowUpForm(TakenForm):
    """Mood and pain some hours or a day after a session."""

    mood = ZeroToTen("Mood then")
    pain = ZeroToTen("Pain then")
