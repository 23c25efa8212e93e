"""The page of how a clinic counts outcomes: each number with its source, and every version."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice

from tracker.domain.formatting import number
from tracker.domain.outcomes import definition_versions
from tracker.domain.outcomes.definition_versions import DefinitionVersion
from tracker.domain.outcomes.definitions import LIMITS, REMISSION_CUTS, OutcomeDefinitions, Worse
from tracker.domain.problems import StaleError
from tracker.instruments import library
from tracker.services.outcomes import definitions as outcome_definitions
from tracker.web.clinic.forms import MEANWHILE
from tracker.web.forms import IntegerText, LongText, OpenedForm
from tracker.web.guard import actor

_CUT = "cut_{}"


class DefinitionsForm(OpenedForm):
    """How outcomes are counted."""

    worse = RadioField(
        definition_versions.WORSE,
        choices=[SelectChoice(one.value, one.label) for one in Worse],
    )
    by_clinician = BooleanField(
        definition_versions.BY_CLINICIAN,
        description="Few courses of each say little, and are soon read as a ranking.",
    )
    reason = LongText("Why they change", description="It stands with the new version.")

    def definitions(self) -> OutcomeDefinitions:
        """Hand over what was typed."""
        return OutcomeDefinitions(**self.values())

    def values(self) -> dict[str, Any]:
        """Hand over what was typed, by the names of the settings."""
        cuts = {code: Decimal(self[_CUT.format(code)].data) for code in REMISSION_CUTS}
        return {name: self[name].data for name in LIMITS} | {
            "version": self.version.data,
            "worse": Worse(self.worse.data),
            "by_clinician": bool(self.by_clinician.data),
            "remission_at_most": {
                code: cut for code, cut in cuts.items() if cut != REMISSION_CUTS[code][0].at_most
            },
        }


for _name, _one in LIMITS.items():
    _field = IntegerText(_one.words, unit=_one.unit, description=f"Source: {_one.source}")
    setattr(DefinitionsForm, _name, _field)
for _code, _cuts in REMISSION_CUTS.items():
    _words = [
        SelectChoice(str(c.at_most), f"{number(c.at_most)} or less: {c.source}") for c in _cuts
    ]
    _title = library()[_code].title
    setattr(DefinitionsForm, _CUT.format(_code), RadioField(f"Remission, {_title}", choices=_words))


def page() -> ResponseReturnValue:
    """Show the definitions with their versions, and change them."""
    versions = outcome_definitions.draft(by=actor())
    if request.method == "GET":
        return _page(DefinitionsForm(data=_data(versions[0].definitions)), versions)
    form = DefinitionsForm()

    def action() -> int:
        return outcome_definitions.change(
            form.definitions(), form.reason.data or "", version=form.version.data, by=actor()
        )

    try:
        if not form.validate():
            pass
        elif problems := outcome_definitions.check(form.values(), form.reason.data or ""):
            form.show(problems)
        elif (version := form.send(action)) is not None:
            flash(f"Outcomes are counted by version {version} of the definitions.", "success")
            return redirect(url_for("clinic.outcomes"), 303)
    except StaleError:
        return _stale(form)
    return _page(form, versions), form.status


def _data(stored: OutcomeDefinitions) -> dict[str, Any]:
    chosen = {code: cuts[0].at_most for code, cuts in REMISSION_CUTS.items()}
    chosen |= stored.remission_at_most
    typed = {_CUT.format(code): str(cut) for code, cut in chosen.items()}
    return stored.store() | typed


def _stale(form: DefinitionsForm) -> ResponseReturnValue:
    """Show what was saved meanwhile beside what was typed; saving again decides."""
    versions = outcome_definitions.draft(by=actor())
    newest = versions[0].definitions
    theirs = [
        (one.words, one.after)
        for one in definition_versions.differences(form.definitions(), newest)
    ]
    form.reopen(newest.version, MEANWHILE)
    return _page(form, versions, theirs), form.status


def _page(
    form: DefinitionsForm,
    versions: Sequence[DefinitionVersion],
    theirs: Sequence[tuple[str, str]] = (),
) -> str:
    return render_template(
        "clinic/outcomes.html",
        form=form,
        versions=versions,
        differences=definition_versions.differences,
        cuts=[_CUT.format(code) for code in REMISSION_CUTS],
        theirs=theirs,
    )
