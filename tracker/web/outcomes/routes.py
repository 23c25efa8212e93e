"""The outcome report, and the people behind its counts."""

from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.problems import NotFoundError
from tracker.web.guard import actor, requires
from tracker.web.outcomes import person

blueprint = Blueprint("outcomes", __name__, url_prefix="/outcomes")
blueprint.record(person.register)
FIRST_SCALE = "phq9"
PEOPLE_AT_ONCE = 2_000  # are counted in some three seconds, which somebody may wait for


@blueprint.get("/")
@requires(Permission.OUTCOMES_VIEW)
def show() -> ResponseReturnValue:
    """Show what became of the courses on one scale."""
    # Imported here: a start and most pages do without.
    from tracker.domain.clinic.treatment_settings import TreatmentSettings
    from tracker.domain.outcomes import comparators, text
    from tracker.domain.outcomes.selection import ALL
    from tracker.services.outcomes import commands as outcome_commands
    from tracker.services.outcomes import queries as outcome_queries
    from tracker.web.outcomes.forms import SelectionForm

    form, code = SelectionForm(request.args), request.args.get("scale", FIRST_SCALE)
    is_right = form.validate()
    chosen = form.selection() if is_right else ALL
    outcome_commands.count_where_needed(by=actor(), people_max=PEOPLE_AT_ONCE)
    report = outcome_queries.show(code, chosen, by=actor())
    form.offer(report.scales, code)
    cut = report.definitions.cut(report.scale)
    rules = TreatmentSettings.read(g.clinic.settings).course_rules
    return render_template(
        "outcomes/show.html",
        report=report,
        form=form,
        asked=_carry_on(),
        words=text,
        steps=outcome_queries.OutcomeStep,
        definitions=list(text.definitions(report.definitions, report.scale, rules)),
        published=list(comparators.beside(code, cut.at_most if cut else None)),
        no_effect=comparators.NO_EFFECT,
    )


@blueprint.get("/people")
@requires(Permission.PATIENT_LIST)
def people() -> ResponseReturnValue:
    """List whose courses stand behind a count."""
    from tracker.domain.outcomes.selection import ALL
    from tracker.services.outcomes import queries as outcome_queries
    from tracker.web.outcomes.forms import SelectionForm

    form, code = SelectionForm(request.args), request.args.get("scale", FIRST_SCALE)
    try:
        step = outcome_queries.OutcomeStep(request.args.get("step", ""))
    except ValueError as error:
        raise NotFoundError from error
    chosen = form.selection() if form.validate() else ALL
    found, in_all = outcome_queries.people(code, step, chosen, by=actor())
    return render_template(
        "outcomes/people.html", found=found, in_all=in_all, step=step, asked=_carry_on()
    )


def _carry_on() -> dict[str, Any]:
    """Give what the address asks for, to be carried on."""
    return {name: value for name, value in request.args.items() if value and name != "step"}
