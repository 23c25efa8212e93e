"""Which forms keep drafts, and what happens to one that was sent after its sign-in had ended."""

from collections.abc import Callable
from contextlib import suppress
from inspect import signature
from typing import Any, TypeVar

from flask import current_app, g, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Actor, allows
from tracker.domain.problems import ForbiddenError, NotFoundError
from tracker.services import drafts
from tracker.services.unit_of_work import UNAVAILABLE
from tracker.web import filters
from tracker.web.drafts import declared

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
WITH_SECRETS = ("security.", "account.")
KEEP = "drafts.keep"  # the address that scripts keep drafts at
KEEP_PAGE = "drafts.keep_page"
KEEPERS = frozenset({KEEP, "diary.keep"})  # those of patients go to the second


def keeps_draft(kind: str) -> Callable[[View], View]:
    """Declare that a page keeps drafts as `<kind>-<id>`, with the id and what else it names."""
    if kind not in drafts.KINDS:
        raise ValueError(f"nothing says whom a draft of {kind} is about")

    def declare(view: View) -> View:
        view.draft_kind = kind  # type: ignore[attr-defined]
        return view

    return declare


def form_of_request() -> str:
    """Name the draft that the present request's form is kept as; '' where none is."""
    given = list((request.view_args or {}).values())
    if request.endpoint in KEEPERS:
        return str(given[0])
    kind = getattr(current_app.view_functions.get(request.endpoint or ""), "draft_kind", "")
    return "-".join(map(str, (kind, *given))) if kind and given else ""


def draft_attributes(form: str) -> dict[str, str]:
    """Name what makes a script keep a form: where to, which fields never, the clinic's clock."""
    return {
        "data-draft-url": url_for(KEEP, form=form),
        "data-draft-never": " ".join(sorted(drafts.NEVER_KEPT)),
        "data-draft-zone": str(filters.zone()),
        "data-draft-hours": filters.hour_format(),
    }


def page_of(form: str) -> str:
    """Return the address of the page that a draft is of; raise NotFoundError for no draft's name.

    A draft's name has the page's arguments in their order.
    """
    kind, *arguments = drafts.parse(form)
    for endpoint, view in current_app.view_functions.items():
        if getattr(view, "draft_kind", "") == kind:
            named: dict[str, Any] = dict(zip(signature(view).parameters, arguments, strict=False))
            return url_for(endpoint, **named)
    raise NotFoundError


def keeps_page(endpoint: str) -> bool:
    """Say whether what is typed into a page is kept by its address: the rule, unless declared."""
    view = current_app.view_functions.get(endpoint)
    declares = bool(getattr(view, "draft_kind", ""))
    left_out = declared.why_not_kept(endpoint) or endpoint.startswith(WITH_SECRETS)
    return bool(view) and not declares and not left_out


def _takers() -> dict[str, str]:
    """Name by address which route takes the forms that are sent there: another than its page's."""
    made: dict[str, str] | None = current_app.extensions.get("drafts.takers")
    if made is None:
        rules = [one for one in current_app.url_map.iter_rules() if "POST" in (one.methods or ())]
        made = current_app.extensions["drafts.takers"] = {one.rule: one.endpoint for one in rules}
    return made


def page_attributes() -> dict[str, str]:
    """Name what makes a script keep the form of a page; nothing where its page is not kept."""
    taker = _takers().get(request.url_rule.rule, "") if request.url_rule else ""
    if g.get("actor") is None or not taker or not keeps_page(taker):
        return {}
    made = draft_attributes("")
    made["data-draft-url"] = url_for(KEEP_PAGE, page=request.path)
    return {f"data-page{name[4:]}": value for name, value in made.items()}


def keep_page(page: str, *, by: Actor) -> bool:
    """Keep what is being typed into a page; say whether it was kept."""
    endpoint, named = _route_of(page)
    if not keeps_page(endpoint) or not _may_open(endpoint, by):
        return False
    return drafts.keep_page(page, request.form.to_dict(flat=False), named, by=by)


def _may_open(endpoint: str, by: Actor) -> bool:
    """Say whether somebody may open a page at all: nobody keeps drafts of others' pages."""
    permission = getattr(current_app.view_functions[endpoint], "permission", None)
    return permission is not None and allows(by, permission)


def _route_of(page: str) -> tuple[str, dict[str, Any]]:
    """Find which page is at an address where forms are sent; '' where there is none."""
    from werkzeug.exceptions import HTTPException

    adapter = current_app.url_map.bind("")
    try:
        endpoint, named = adapter.match(page, "POST")
        adapter.match(page, "GET")
    except HTTPException:
        return "", {}
    return str(endpoint), dict(named)


def is_page(page: str) -> bool:
    """Say whether an address is that of a page whose form is kept."""
    return keeps_page(_route_of(page)[0])


def give_back(by: Actor) -> None:
    """Let the page that is opened be filled with what the same person typed there before."""
    if request.method != "GET":
        return
    found = drafts.find_page(request.path, by=by)
    if found is not None and keeps_page(request.endpoint or ""):
        g.late, g.kept_page = dict(found.content), found


def forget_saved(response: Any) -> Any:
    """Throw the draft of a page away once its form was taken."""
    by = g.get("actor")
    is_taken = request.method == "POST" and response.status_code in {302, 303}
    if by is not None and is_taken and g.get("has_typed") and keeps_page(request.endpoint or ""):
        with suppress(*UNAVAILABLE):  # the form itself is saved
            drafts.discard_page(request.path, by=by)
    return response


def keep_refused(response: Any) -> Any:
    """Keep a form that was refused: its page may be left, or closed, before it is put right."""
    by = g.get("actor")
    # Of two versions (409) one is chosen on the page itself.
    is_refused = request.method == "POST" and response.status_code == 422
    # What is sent elsewhere than to its page, such as an entry, has a keeping of its own.
    if by is not None and is_refused and request.url_rule is not None and _is_page():
        with suppress(*UNAVAILABLE):  # it is on the page that is shown
            _keep_sent(by)
    return response


def keep_late(by: Actor) -> str:
    """Keep a form that arrived after the idle limit, for the person whose sign-in it came by.

    The token of the form was checked before, against the sign-in that ends now. Returns the page
    that is to be filled again, where it keeps no draft of its own.
    """
    return _keep_sent(by) if request.method == "POST" else ""


def _keep_sent(by: Actor) -> str:
    sent = request.form.to_dict(flat=False)
    form = form_of_request()
    # Of a record that is not theirs there is nothing to come back to.
    with suppress(NotFoundError, ForbiddenError):
        if form:
            drafts.keep(form, sent, by=by)
        elif _is_page() and keep_page(request.path, by=by):
            return request.path
    return ""


def _is_page() -> bool:
    """Say whether a form was sent by a page that can be opened anew."""
    if request.headers.get("X-Requested-With") == "fetch":
        return False
    return bool(current_app.url_map.bind("").test(request.path, "GET"))
