"""The page of what a clinic sets for its sessions: limits, fasting, readings, stock, address."""

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec.structs import asdict
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from tracker.domain.checklists.sources import FASTING
from tracker.domain.clinic import treatment_settings as clinic_settings
from tracker.domain.clinic.labels import Label, Labels
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.clinic.treatment_settings import LINES, MEASURES, TreatmentSettings
from tracker.domain.problems import StaleError
from tracker.domain.worksheets.editions import CHOICES
from tracker.services.clinic import treatment_settings
from tracker.web.clinic.forms import MEANWHILE
from tracker.web.forms import IntegerText, LineText, OpenedForm
from tracker.web.guard import actor


class TreatmentForm(OpenedForm):
    """What the clinic sets for its sessions."""

    form_version = SelectField(
        "Form that worksheets follow",
        choices=[SelectChoice(code, label) for code, label in CHOICES.items()],
        validate_choice=False,  # the domain says it, together with everything else
    )

    def __init__(self, *args: Any, labels: Labels, **kwargs: Any) -> None:
        """Name the source of each number by the labels that apply."""
        super().__init__(*args, **kwargs)
        for name, one in MEASURES.items():
            self[name].description = f"Source: {one.source_text(labels)}"

    def values(self) -> dict[str, Any]:
        """Hand over what was typed, by the names of the settings."""
        lines = {name: self[name].data or "" for name in (*LINES, "form_version")}
        return {name: self[name].data for name in MEASURES} | lines


for _name, _one in MEASURES.items():
    setattr(TreatmentForm, _name, IntegerText(_one.words, unit=_one.unit))
for _name, (_words, _) in LINES.items():
    setattr(TreatmentForm, _name, LineText(_words, render_kw={"autocomplete": "off"}))


def page() -> ResponseReturnValue:
    """Show the settings, and change them."""
    if request.method == "GET":
        stored, version = treatment_settings.draft(by=actor())
        form = TreatmentForm(data=asdict(stored) | {"version": version}, labels=_labels())
        return _page(form)
    form = TreatmentForm(labels=_labels())

    def action() -> int:
        treatment_settings.change(form.values(), version=form.version.data, by=actor())
        return 1

    try:
        if not form.validate():
            form.show(clinic_settings.check(form.values(), form_versions=CHOICES))
        elif form.send(action) is not None:
            flash("The settings for sessions are saved.", "success")
            return redirect(url_for("clinic.treatment"), 303)
    except StaleError:
        return _stale(form)
    return _page(form), form.status


def _stale(form: TreatmentForm) -> ResponseReturnValue:
    """Show what was saved meanwhile beside what was typed; saving again decides."""
    stored, version = treatment_settings.draft(by=actor())
    theirs = _differing(form, stored)
    form.reopen(version, MEANWHILE)
    return _page(form, theirs), form.status


def _page(form: TreatmentForm, theirs: Sequence[tuple[str, str]] = ()) -> str:
    return render_template(
        "clinic/treatment.html",
        form=form,
        theirs=theirs,
        rems_applies=Label.US in _labels(),
        nasal_fasting=FASTING.text(_labels()),
    )


def _labels() -> Labels:
    return ClinicSettings.read(g.clinic.settings).labels


def _differing(form: TreatmentForm, stored: TreatmentSettings) -> list[tuple[str, str]]:
    return [
        (form[name].label.text, str(getattr(stored, name)))
        for name, value in form.values().items()
        if value != getattr(stored, name)
    ]
