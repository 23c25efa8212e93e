"""The pages of the audit trail: who did or saw what, when and from where; never the content."""

from typing import Any

from flask import (
    Blueprint,
    Response,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue

from tracker.domain import date_format
from tracker.domain.access import Permission
from tracker.domain.problems import Problem
from tracker.services.audit import queries as audit_queries
from tracker.services.audit.queries import TrailFilter
from tracker.web.addresses import asked_id
from tracker.web.exports.limits import brake_files
from tracker.web.guard import actor, requires
from tracker.web.login import fresh
from tracker.web.patients import search_terms

blueprint = Blueprint("audit", __name__, url_prefix="/audit")
_DAYS = ("first", "last")
_NUMBER = "record_number"
_PLAIN = ("action", "user_id", "staff_only", *_DAYS)


def _text(name: str) -> str:
    """Read a text that is asked for; PostgreSQL refuses to look for a zero character."""
    text = search_terms.from_address(name) if name == _NUMBER else request.args.get(name, "")
    return text.replace("\0", "").strip()


def _filter() -> tuple[TrailFilter, list[Problem]]:
    """Read what is asked for, and say what of it no day is."""
    days, problems = {}, []
    for name in _DAYS:
        try:
            days[name] = date_format.current().read_day(_text(name)) if _text(name) else None
        except ValueError:
            day = date_format.current().example
            problems.append(Problem(name, f"Give a day, such as {day}, or nothing."))
    wanted = TrailFilter(
        action=_text("action"),
        user_id=asked_id("user_id"),
        record_number=_text(_NUMBER),
        staff_only=bool(_text("staff_only")),
        **days,
    )
    if wanted.first and wanted.last and wanted.last < wanted.first:
        problems.append(Problem("last", "The last day cannot be before the first."))
    return wanted, problems


def _address(endpoint: str, **more: Any) -> str:
    """Build an address that asks for the same lines, as they were typed."""
    kept: dict[str, Any] = {name: text for name in _PLAIN if (text := _text(name))}
    return url_for(endpoint, terms=request.args.get(search_terms.PARAMETER), **kept, **more)


@blueprint.route("/", methods=["GET", "POST"])
@requires(Permission.AUDIT_VIEW)
def show() -> ResponseReturnValue:
    """Show a page of the trail, newest first."""
    if request.method == "POST":
        kept: dict[str, Any] = {
            name: request.form[name] for name in _PLAIN if request.form.get(name)
        }
        terms = search_terms.seal(_NUMBER, search_terms.from_form(_NUMBER))
        return redirect(url_for("audit.show", terms=terms, **kept), 303)
    by = actor()
    wanted, problems = _filter()
    page = audit_queries.AuditPage([], None)
    if not problems:
        page = audit_queries.read(by=by, before=asked_id("before"), wanted=wanted)
    # Imported here: a start and most pages do without.
    from tracker.domain.audit.actions import words

    return render_template(
        "audit/show.html",
        page=page,
        wanted=wanted,
        typed={name: _text(name) for name in _DAYS},
        problems={problem.field: problem.message for problem in problems},
        older=_address("audit.show", before=page.before) if page.before else "",
        file=_address("audit.download"),
        actions=audit_queries.actions(by=by),
        words=words,
        people=audit_queries.staff(by=by),
    ), 422 if problems else 200


@blueprint.get("/lines.csv")
@requires(Permission.AUDIT_VIEW)
@fresh
@brake_files
def download() -> ResponseReturnValue:
    """Send the lines that fit as a file whose name says nothing of anybody."""
    wanted, problems = _filter()
    if problems:
        return show()
    pieces = audit_queries.stream(wanted, by=actor())
    answer = Response(stream_with_context(pieces), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


@blueprint.get("/unusual")
@requires(Permission.AUDIT_VIEW)
def unusual() -> ResponseReturnValue:
    """Show unusual looks of staff at records: hints, each with its reason."""
    from tracker.services.audit import unusual as unusual_looks

    wanted, problems = _filter()
    found = (
        None
        if problems
        else unusual_looks.listing(by=actor(), first=wanted.first, last=wanted.last)
    )
    return render_template(
        "audit/unusual.html",
        found=found,
        typed={name: _text(name) for name in _DAYS},
        problems={problem.field: problem.message for problem in problems},
    ), 422 if problems else 200
