"""What is typed about a series."""

from collections.abc import Iterable, Iterator
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice

from tracker.domain import parsing
from tracker.domain.codes import CourseRole, Drug, Indication, Phase, Route
from tracker.domain.problems import Problem
from tracker.domain.series import plan as series_plan
from tracker.domain.series.plan import SESSIONS_MAX, SeriesChange, SeriesDraft, SeriesTemplate
from tracker.domain.series.rescheduling import SeriesPattern
from tracker.services.series.queries import SeriesView
from tracker.web.filters import label, number
from tracker.web.forms import (
    DateText,
    DecimalText,
    IntegerText,
    LongText,
    NounForm,
    OpenedForm,
    TimeText,
    WordSelect,
)
from tracker.web.series.planning_fields import ChairSelect, SessionDoses, WeekdayChoice

_LEFT_TO_TEMPLATE = ("indication", "drug", "route", "phase")
_BY_RULE = "As phase and pause say"


def _said_by(template: SeriesTemplate) -> dict[str, str]:
    """Name what a template says of each field that may be left to it: a first option, a dose."""
    words = {name: getattr(template, name) for name in _LEFT_TO_TEMPLATE}
    options = {
        name: f"As the template says: {word.label}" if word else "Choose"
        for name, word in words.items()
    }
    return options | {"planned_dose_mg": number(template.planned_dose_mg, "")}


class SeriesForm(NounForm):
    """A new series. What the template says need not be chosen."""

    seen = HiddenField()

    template = RadioField(
        "Template",
        choices=[SelectChoice(made.code, made.title) for made in series_plan.TEMPLATES.values()],
        default=next(iter(series_plan.TEMPLATES)),
    )
    session_count = IntegerText("Number of sessions", description="Only for a custom series")
    days_apart = IntegerText("Days between", description="Only for a custom series")
    weekdays = WeekdayChoice(
        "Weekdays", description="Choose none for any but Sunday. A session of another day, or of "
        "one on which the clinic is closed, moves to the next one",
    )  # fmt: skip
    planned_time = TimeText("Time of day", description="May be left empty")
    chair = ChairSelect()
    starts_on = DateText("First session on")
    indication = WordSelect("Indication", words=Indication)
    drug = WordSelect("Drug", words=Drug)
    route = WordSelect("Route", words=Route)
    phase = WordSelect("Phase", words=Phase)
    course_role = WordSelect("Course of treatment", words=CourseRole, blank=_BY_RULE)
    planned_dose_mg = DecimalText("Planned dose", unit="mg", description="In mg or in mg/kg")
    planned_dose_mg_per_kg = DecimalText(
        "or by weight", unit="mg/kg", description="Leave one of them empty"
    )
    first_dose = DecimalText(
        "Another dose at first", description="In the same unit, where it starts lower"
    )
    first_dose_count = IntegerText("for so many sessions", description="Empty is one")
    doses = SessionDoses(DecimalText("Dose"), max_entries=SESSIONS_MAX)
    shown_doses = HiddenField()
    eligibility_reason = LongText(
        "Why it starts without an eligibility assessment",
        description="Needed where no signed assessment says eligible for the drug. It may wait: "
        "it is asked for when the series starts",
        render_kw={"rows": 2},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name what the chosen template says in the fields that may be left to it."""
        super().__init__(*args, **kwargs)
        template = series_plan.TEMPLATES.get(self.template.data or "")
        said = _said_by(template) if template else {}
        for name in _LEFT_TO_TEMPLATE if said else ():
            _, *rest = self[name].choices
            self[name].choices = [SelectChoice("", said[name]), *rest]
        dose = self.planned_dose_mg
        dose.render_kw = {**(dose.render_kw or {}), "placeholder": said.get(dose.name, "")}

    def said_by_templates(self) -> dict[str, dict[str, str]]:
        """Name what each template says, for the script that names it once another is chosen."""
        return {code: _said_by(template) for code, template in series_plan.TEMPLATES.items()}

    def draft(self) -> SeriesDraft:
        """Turn what was typed into a draft."""
        return series_plan.fill(
            SeriesDraft(
                indication=self.indication.data,
                drug=self.drug.data,
                route=self.route.data,
                phase=self.phase.data,
                course_role=self.course_role.data,
                starts_on=self.starts_on.data,
                template=self.template.data or "",
                planned_dose_mg=self.planned_dose_mg.data,
                planned_dose_mg_per_kg=self.planned_dose_mg_per_kg.data,
                session_count=self.session_count.data,
                days_apart=self.days_apart.data,
                first_dose=self.first_dose.data,
                first_dose_count=self.first_dose_count.data,
                planned_time=self.planned_time.data,
                chair=self.chair.data or "",
                weekdays=tuple(sorted(self.weekdays.data or ())),
                doses=self.doses.typed_doses(self.shown_doses.data or ""),
            )
        )

    def show_doses(self, draft: SeriesDraft) -> None:
        """Fill in the dose of each session that follows the plan; what was typed for one stays."""
        self.shown_doses.raw_data, self.shown_doses.data = None, self.doses.fill(draft)

    def show(self, problems: Iterable[Problem]) -> None:
        """Put problems beside their fields, those of one session's dose too."""
        rest = [one for one in problems if not self.doses.shows(one)]
        super().show(rest)


class SeriesChangeForm(OpenedForm):
    """What may still change of a series."""

    seen = HiddenField()

    indication = WordSelect("Indication", words=Indication)
    phase = WordSelect("Phase", words=Phase)
    course_role = WordSelect("Course of treatment", words=CourseRole, blank=_BY_RULE)
    drug = WordSelect("Drug", words=Drug)
    route = WordSelect("Route", words=Route)
    planned_dose_mg = DecimalText("Planned dose", unit="mg", description="In mg or in mg/kg")
    planned_dose_mg_per_kg = DecimalText(
        "or by weight", unit="mg/kg", description="Leave one of them empty"
    )

    keep_own_doses = BooleanField("Keep them for these sessions")

    def draft(self) -> SeriesChange:
        """Turn what was typed into a draft."""
        return SeriesChange(**{name: self[name].data for name in SeriesChange.__struct_fields__})

    def differences(self, theirs: SeriesView) -> Iterator[dict[str, str]]:
        """Set beside each other what somebody else saved and what was typed here."""
        for name in SeriesChange.__struct_fields__:
            stored, typed = getattr(theirs.record, name), self[name].data
            if stored != typed:
                show = number if "dose" in name else label
                words = "Planned dose, mg/kg" if name.endswith("_kg") else self[name].label.text
                yield {"label": words, "theirs": show(stored, ""), "mine": show(typed, "")}


class MovingForm(NounForm):
    """Other weekdays, a time and a chair for the sessions of a series that are still to come."""

    weekdays = WeekdayChoice(
        "Weekdays", description="Choose none for any but Sunday. A session stays in its week where "
        "there is a day for it",
    )  # fmt: skip
    planned_time = TimeText("Time of day", description="May be left empty")
    chair = ChairSelect()
    chosen = SelectMultipleField(coerce=parsing.row_id, validate_choice=False)
    shown = HiddenField()

    def pattern(self) -> SeriesPattern:
        """Say what was typed."""
        return SeriesPattern(
            weekdays=tuple(sorted(self.weekdays.data or ())),
            planned_time=self.planned_time.data,
            chair=self.chair.data or "",
        )


class StateForm(OpenedForm):
    """A step in the life of a series."""

    reason = LongText("Reason", render_kw={"rows": 3})
    eligibility_reason = LongText(
        "Why it starts without an eligibility assessment that says eligible",
        render_kw={"rows": 3},
    )
