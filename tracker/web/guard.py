"""Deny by default: a route answers only what its declared permission allows."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Actor, Permission, allows
from tracker.services.audit import refusals
from tracker.web import login, login_links

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

# Pages that anybody may open; Flask-Security's own guard themselves.
PUBLIC = frozenset(
    {
        "static", "home.health_check", "home.standing", "home.start", "account.welcome",
        "account.confirm_address", "account.ask_unlock", "account.unlock",
        "passkeys.second_step", "passkeys.set_up", "passkeys.sign_in",
        "live.shell", "answers.shell", "home.worker", "calendar.feed",
    }
)  # fmt: skip
PUBLIC_PREFIXES = ("security.", "guide.", "links.")


def requires(permission: Permission) -> Callable[[View], View]:
    """Declare what a route needs. Whether it may be done to this record, the service decides."""

    def declare(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return declare


def permission_of(endpoint: str) -> Permission | None:
    """Look up what a route declared; None for a public one."""
    return getattr(current_app.view_functions.get(endpoint), "permission", None)


def is_public(endpoint: str) -> bool:
    """Say whether anybody may open a route."""
    return endpoint in PUBLIC or endpoint.startswith(PUBLIC_PREFIXES)


def actor() -> Actor:
    """Tell who is signed in; only routes that require a permission may ask."""
    return g.actor  # type: ignore[no-any-return]


def may(permission: str) -> bool:
    """Tell a template whether the person may do a thing for somebody at all."""
    return g.get("actor") is not None and allows(g.actor, Permission(permission))


def _check() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint is None or is_public(endpoint):
        return None  # an unknown address is a 404, whoever asks
    permission = permission_of(endpoint)
    if g.get("actor") is None and permission is Permission.CHECK_IN_ANSWER:
        login_links.load_holder()  # the one thing that a mailed link is good for
    if g.get("actor") is None:
        return _to_sign_in()
    if permission is None or not allows(g.actor, permission):
        why = permission or "no permission declared"
        refusals.note(g.actor, endpoint, request.view_args or {}, why=why)
        abort(403)
    return None


def _to_sign_in() -> ResponseReturnValue:
    if request.headers.get("X-Requested-With") == "fetch":
        abort(401)
    if g.get("link_over"):
        return redirect(url_for("links.over"))
    back = request.full_path.rstrip("?") if request.method == "GET" else login.form_page()
    return redirect(url_for("security.login", next=back))


def init_app(app: Flask) -> None:
    """Check every request, and let templates ask `may(...)`."""
    app.before_request(login.load_actor)
    app.before_request(login.keep_inside)
    app.before_request(_check)

    @app.context_processor
    def offer() -> dict[str, Any]:
        return {"may": may, "actor": g.get("actor"), "clinic": g.get("clinic")}
