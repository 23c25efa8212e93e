"""The outcome report, and the people behind its counts."""

from typing import Any

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.problems import NotFoundError
from tracker.web.exports.limits import brake_files
from tracker.web.guard import actor, requires
from tracker.web.login import fresh
from tracker.web.outcomes import person, safety

blueprint = Blueprint("outcomes", __name__, url_prefix="/outcomes")
safety.add_to(blueprint)
blueprint.record(person.register)
FIRST_SCALE = "phq9"
_LOOKS = ("step", "shape", "theme")  # belong to one address alone
PEOPLE_AT_ONCE = 2_000  # are counted in some three seconds, which somebody may wait for


@blueprint.get("/")
@requires(Permission.OUTCOMES_VIEW)
def show() -> ResponseReturnValue:
    """Show what became of the courses on one scale."""
    # Imported here: a start and most pages do without.
    from tracker.domain.clinic.treatment_settings import TreatmentSettings
    from tracker.domain.outcomes import comparators, strata, text
    from tracker.domain.outcomes.selection import ALL
    from tracker.services.outcomes import commands as outcome_commands
    from tracker.services.outcomes import queries as outcome_queries
    from tracker.web.outcomes import pictures as outcome_pictures
    from tracker.web.outcomes.forms import SelectionForm

    form, code = SelectionForm(request.args), request.args.get("scale", FIRST_SCALE)
    is_right = form.validate()
    chosen = form.selection() if is_right else ALL
    outcome_commands.count_where_needed(by=actor(), people_max=PEOPLE_AT_ONCE)
    part_by = (form.by.data or None) if is_right else None
    report = outcome_queries.show(code, chosen, by=actor(), part_by=part_by)
    form.offer(report.scales, code, report.dimensions)
    cut = report.definitions.cut(report.scale)
    rules = TreatmentSettings.read(g.clinic.settings).course_rules
    return render_template(
        "outcomes/show.html",
        report=report,
        form=form,
        asked=_carry_on(),
        words=text,
        steps=outcome_queries.OutcomeStep,
        pictures=outcome_pictures.of_report(report, _carry_on()),
        definitions=list(text.definitions(report.definitions, report.scale, rules)),
        published=list(comparators.beside(code, cut.at_most if cut else None)),
        no_effect=comparators.NO_EFFECT,
        part_by=part_by,
        differ=strata.DIFFER,
    )


@blueprint.get("/report.csv")
@requires(Permission.OUTCOMES_VIEW)
@fresh
@brake_files
def report_csv() -> ResponseReturnValue:
    """Send the figures of the report as a file: of nobody, and none of very few."""
    from tracker.domain.outcomes.selection import ALL
    from tracker.services.outcomes import reports as outcome_reports
    from tracker.web.outcomes.forms import SelectionForm

    form, code = SelectionForm(request.args), request.args.get("scale", FIRST_SCALE)
    chosen = form.selection() if form.validate() else ALL
    pieces = outcome_reports.csv(code, chosen, by=actor())
    named = {"Content-Disposition": 'attachment; filename="outcomes.csv"'}
    return Response(b"".join(pieces), mimetype="text/csv", headers=named)


@blueprint.get("/report.pdf")
@requires(Permission.OUTCOMES_VIEW)
@fresh
@brake_files
def report_pdf() -> ResponseReturnValue:
    """Send the report as a document: of nobody, and none of very few."""
    from tracker.domain.outcomes.selection import ALL
    from tracker.services.outcomes import reports as outcome_reports
    from tracker.web.outcomes.forms import SelectionForm

    form, code = SelectionForm(request.args), request.args.get("scale", FIRST_SCALE)
    chosen = form.selection() if form.validate() else ALL
    named = {"Content-Disposition": 'attachment; filename="outcomes.pdf"'}
    content = outcome_reports.pdf(code, chosen, by=actor())
    return Response(content, mimetype="application/pdf", headers=named)


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


@blueprint.get("/needs")
@requires(Permission.PATIENT_LIST)
def needs() -> ResponseReturnValue:
    """List whom the clinic may have lost from view."""
    from tracker.domain.outcomes.needs.lists import rule
    from tracker.services.outcomes import needs as outcome_needs
    from tracker.web.outcomes.forms import SelectionForm

    form, code = SelectionForm(request.args), request.args.get("scale", FIRST_SCALE)
    view = outcome_needs.find(code, by=actor())
    form.offer(view.scales, code)
    return render_template("outcomes/needs.html", view=view, rule=rule, form=form)


@blueprint.get("/definitions")
@requires(Permission.OUTCOMES_VIEW)
def definitions() -> ResponseReturnValue:
    """Show every version of the definitions, who changed what, and why."""
    from tracker.domain.outcomes.definition_versions import differences
    from tracker.services.outcomes import definitions as outcome_definitions

    versions = outcome_definitions.versions(by=actor())
    return render_template("outcomes/definitions.html", versions=versions, differences=differences)


@blueprint.get("/analysis")
@requires(Permission.OUTCOMES_VIEW)
def analysis() -> ResponseReturnValue:
    """Hold groups against each other, and fit a model, when somebody asks for it."""
    from tracker.web.outcomes import analysis as analysis_page

    return analysis_page.page(request.args.get("scale", FIRST_SCALE))


@blueprint.get("/pictures")
@requires(Permission.OUTCOMES_VIEW)
def pictures() -> ResponseReturnValue:
    """Show every picture of one scale; what rests on single courses is asked for here."""
    from tracker.web.outcomes import pictures as outcome_pictures
    from tracker.web.outcomes.forms import SelectionForm

    form, code = SelectionForm(request.args), request.args.get("scale", FIRST_SCALE)
    report, shown = outcome_pictures.everything(code, form, _carry_on(), by=actor())
    form.offer(report.scales, code)
    return render_template(
        "outcomes/pictures.html", report=report, form=form, pictures=shown, asked=_carry_on()
    )


@blueprint.get("/pictures/<which>.<any(svg, png):kind>")
@requires(Permission.OUTCOMES_VIEW)
def picture(which: str, kind: str) -> ResponseReturnValue:
    """Draw one picture."""
    from tracker.web.outcomes import pictures as outcome_pictures
    from tracker.web.outcomes.forms import SelectionForm

    code, form = request.args.get("scale", FIRST_SCALE), SelectionForm(request.args)
    return outcome_pictures.answer_with(which, code, form, kind=kind, by=actor())


def _carry_on() -> dict[str, Any]:
    """Give what the address asks for, to be carried on."""
    return {name: value for name, value in request.args.items() if value and name not in _LOOKS}
