"""The page of what a clinic sets for planning: chairs, days it is closed, what patients prepare."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec.structs import asdict
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice

from tracker.domain.clinic import planning as planning_rules
from tracker.domain.clinic.planning import CalendarName, PlanningSettings
from tracker.domain.problems import StaleError
from tracker.services.clinic import planning
from tracker.web.clinic.forms import MEANWHILE
from tracker.web.forms import LongText, OpenedForm
from tracker.web.guard import actor

_NAMES = {
    CalendarName.INITIALS: "Initials",
    CalendarName.RECORD_NUMBER: "Record number",
}


class PlanningForm(OpenedForm):
    """What the clinic sets for planning."""

    chairs_text = LongText(
        "Chairs", description="One a line, in the order in which they are listed."
    )
    holidays_text = LongText("Days the clinic is closed")
    preparation = LongText(
        "What patients prepare",
        description="In your own words: food and drink, who comes along, no driving. Patients "
        "read it beside their next session.",
    )
    day_before = BooleanField("E-mail patients on the day before a session")
    calendar_name = RadioField(
        "In calendars outside the tracker a patient is called by",
        choices=[SelectChoice(name.value, words) for name, words in _NAMES.items()],
        validate_choice=False,  # the domain says it, together with everything else
    )

    def __init__(self, **kwargs: Any) -> None:
        """Show by an example how this clinic types a day."""
        super().__init__(**kwargs)
        self.holidays_text.description = (
            f"One a line, such as: {planning_rules.example()} Christmas. Sessions that would fall "
            "on them are planned for the next chosen weekday."
        )

    def settings(self) -> PlanningSettings:
        """Hand over what was typed."""
        return PlanningSettings(
            chairs_text=self.chairs_text.data,
            holidays_text=planning_rules.write_iso_days(self.holidays_text.data or ""),
            preparation=self.preparation.data,
            day_before=bool(self.day_before.data),
            calendar_name=self.calendar_name.data or "",
        )


def page() -> ResponseReturnValue:
    """Show the settings, and change them."""
    if request.method == "GET":
        stored, version = planning.draft(by=actor())
        typed = {"holidays_text": planning_rules.write_typed_days(stored.holidays_text)}
        return _page(PlanningForm(data=asdict(stored) | typed | {"version": version}))
    form = PlanningForm()

    def action() -> int:
        planning.change(form.settings(), version=form.version.data, by=actor())
        return 1

    try:
        if not form.validate():
            form.show(planning_rules.check(form.settings()))
        elif form.send(action) is not None:
            flash("The settings for planning are saved.", "success")
            return redirect(url_for("clinic.planning"), 303)
    except StaleError:
        return _stale(form)
    return _page(form), form.status


def _stale(form: PlanningForm) -> ResponseReturnValue:
    """Show what was saved meanwhile beside what was typed; saving again decides."""
    stored, version = planning.draft(by=actor())
    typed = form.settings()
    theirs = [
        (form[name].label.text, str(value))
        for name, value in asdict(stored).items()
        if value != getattr(typed, name)
    ]
    form.reopen(version, MEANWHILE)
    return _page(form, theirs), form.status


def _page(form: PlanningForm, theirs: Sequence[tuple[str, str]] = ()) -> str:
    return render_template("clinic/planning.html", form=form, theirs=theirs)
