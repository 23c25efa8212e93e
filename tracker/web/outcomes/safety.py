"""How safe sessions were, its run chart, and what patients have read beside the clinic's own."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.problems import NotFoundError
from tracker.web.guard import actor, requires

if TYPE_CHECKING:
    from tracker.domain.outcomes.safety.run_chart import RunMeasure
    from tracker.services.outcomes.safety.period import SafetySelection
    from tracker.web.outcomes.forms import SafetyForm

PEOPLE_AT_ONCE = 2_000  # as many as `routes` has counted while somebody waits


# Of an address: what a picture looks like, and which count is listed.
_NOT_ASKED = ("theme", "shape", "step")


def add_to(blueprint: Blueprint) -> None:
    """Give the blueprint these pages."""
    blueprint.add_url_rule("/safety", view_func=show_safety)
    blueprint.add_url_rule("/safety/run-chart.<any(svg, png):kind>", view_func=run_chart)
    blueprint.add_url_rule("/safety/sessions", view_func=safety_sessions)
    blueprint.add_url_rule("/claims", view_func=show_claims)


@requires(Permission.OUTCOMES_VIEW)
def show_safety() -> ResponseReturnValue:
    """Show how safe sessions were, and whether treatment was gone through with."""
    # Imported here: a start and most pages do without.
    from tracker.domain.outcomes import comparators, text
    from tracker.domain.outcomes.safety import figures
    from tracker.domain.outcomes.safety import run_chart as charts
    from tracker.services.outcomes import commands as outcome_commands
    from tracker.services.outcomes.safety import behind, queries

    form, chosen, measure = _read_request()
    outcome_commands.count_where_needed(by=actor(), people_max=PEOPLE_AT_ONCE)
    report = queries.show(chosen, measure, by=actor())
    return render_template(
        "outcomes/safety.html",
        report=report,
        form=form,
        asked=_carry_on(),
        words=text,
        minutes=figures.minutes,
        narrow=figures.NARROW,
        charts=charts,
        steps={one.value for one in behind.SafetyStep},
        urls=_urls(),
        published=[one for one in comparators.COMPARATORS if one.worse is not None],
        no_effect=comparators.NO_EFFECT,
    )


@requires(Permission.OUTCOMES_VIEW)
def run_chart(kind: str) -> ResponseReturnValue:
    """Show the run chart as a picture."""
    from tracker.services.outcomes.safety import queries
    from tracker.web.progress.answers import answer, look

    _form, chosen, measure = _read_request()
    found = queries.picture(chosen, measure, by=actor(), kind=kind, **look())
    return answer(found, name="run-chart")


@requires(Permission.PATIENT_LIST)
def safety_sessions() -> ResponseReturnValue:
    """List the sessions behind a count."""
    from tracker.services.outcomes.safety import behind

    try:
        step = behind.SafetyStep(request.args.get("step", ""))
    except ValueError as error:
        raise NotFoundError from error
    _form, chosen, _measure = _read_request()
    found, in_all = behind.listing(step, chosen, by=actor())
    return render_template(
        "outcomes/safety_sessions.html", found=found, in_all=in_all, step=step, asked=_carry_on()
    )


@requires(Permission.OUTCOMES_VIEW)
def show_claims() -> ResponseReturnValue:
    """Show what patients have read, each claim beside what was counted."""
    from tracker.domain.outcomes import claims
    from tracker.services.outcomes import claims as claim_queries
    from tracker.services.outcomes import commands as outcome_commands

    outcome_commands.count_where_needed(by=actor(), people_max=PEOPLE_AT_ONCE)
    report = claim_queries.show(by=actor())
    return render_template("outcomes/claims.html", report=report, no_control=claims.NO_CONTROL)


def _read_request() -> "tuple[SafetyForm, SafetySelection, RunMeasure]":
    """Read which sessions are asked for; where a day is not understood, all count."""
    from tracker.services.outcomes.safety import queries
    from tracker.web.outcomes.forms import SafetyForm

    form = SafetyForm(request.args)
    chosen = form.selection() if form.validate() else queries.ALL
    return form, chosen, form.chosen_measure()


def _carry_on() -> dict[str, str]:
    """Give what the address asks for, but for the look of a picture."""
    told = request.args.items()
    return {name: value for name, value in told if value and name not in _NOT_ASKED}


def _urls() -> dict[str, str]:
    asked: dict[str, Any] = dict(_carry_on())
    dark, phone = {"theme": "dark"}, {"shape": "phone"}
    looks = {"desktop": {}, "desktop_dark": dark, "phone": phone, "phone_dark": dark | phone}
    return {
        name: url_for("outcomes.run_chart", kind="svg", **asked | look)
        for name, look in looks.items()
    }
