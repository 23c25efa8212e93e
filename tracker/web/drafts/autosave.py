"""Which forms keep drafts, and what happens to one that was sent after its sign-in had ended."""

from collections.abc import Callable
from contextlib import suppress
from inspect import signature
from typing import Any, TypeVar

from flask import current_app, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Actor
from tracker.domain.problems import ForbiddenError, NotFoundError
from tracker.services import drafts
from tracker.web import filters

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
WITH_SECRETS = ("security.", "account.")
KEEP = "drafts.keep"  # the address that scripts keep drafts at


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
    if request.endpoint == KEEP:
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


def keep_late(by: Actor) -> str:
    """Keep a form that arrived after the idle limit, for the person whose sign-in it came by.

    The token of the form was checked before, against the sign-in that ends now. Returns the page
    that is to be filled again, where it keeps no draft of its own.
    """
    if request.method != "POST":
        return ""
    sent = request.form.to_dict(flat=False)
    form = form_of_request()
    if not form:
        return request.path if _is_page() and drafts.keep_late(request.path, sent, by=by) else ""
    # Of a record that is not theirs there is nothing to come back to.
    with suppress(NotFoundError, ForbiddenError):
        drafts.keep(form, sent, by=by)
    return ""


def _is_page() -> bool:
    """Say whether a form was sent by a page that can be opened anew, and has no password in it."""
    if request.headers.get("X-Requested-With") == "fetch":
        return False
    if (request.endpoint or "").startswith(WITH_SECRETS):
        return False
    return bool(current_app.url_map.bind("").test(request.path, "GET"))
