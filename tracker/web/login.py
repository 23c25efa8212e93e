"""Who is at the browser. Only the login modules touch the browser's session.

The cookie holds the random token of a row in `sign_in`. Ending the row signs every copy out.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache, wraps
from typing import Any, ParamSpec

import flask_login
from flask import (
    Flask,
    Response,
    abort,
    after_this_request,
    current_app,
    flash,
    g,
    redirect,
    request,
    session,
    url_for,
)
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_security import Security, login_user
from flask_security import signals as security_signals
from flask_security.datastore import UserDatastore
from flask_security.utils import _view_commit
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer

from tracker.config import Settings
from tracker.domain import date_format
from tracker.domain.date_format import DateFormat
from tracker.services import clock
from tracker.services.people import brakes, logins, recovery
from tracker.web import login_limits
from tracker.web.account import known_devices, own_changes, second_step
from tracker.web.account.own_changes import TOKEN
from tracker.web.drafts import autosave
from tracker.web.login_forms import (
    CODES_DUE,
    HALF_OPEN,
    AgainForm,
    ChangeForm,
    CodeForm,
    CodesForm,
    ForgotForm,
    OnceTotp,
    Passwords,
    RecoveryForm,
    SignInForm,
    address,
    drop_half_open,
)
from tracker.web.login_settings import security_config
from tracker.web.mail import Postman, at_our_address

LATE = "late"  # the page whose form came after the idle limit
KEEPS_CODES = "account.keep_codes"
# Asked for by scripts, not by people: they must not keep an abandoned browser signed in.
SILENT = frozenset(
    {
        "alerts.waiting", "drafts.keep", "drafts.keep_page", "home.standing", "live.picture",
        "live.poll", "today.news",
    }
)  # fmt: skip
NO_PERSON = frozenset({"static", "home.health_check", "home.worker", "live.shell", "answers.shell"})
# Files that ask for the password again, and the page that offers each.
FILES = {
    "audit.download": "audit.show",
    "exports.patient_copy": "patients.show",
    "my.archive": "my.download",
}
CLOCK_SET_BACK = timedelta(minutes=1)  # less is the difference between two machines
LONGEST = timedelta(hours=12)  # however busy: a day at work
SECOND_STEP_WITHIN = timedelta(minutes=10)
FRESH_FOR = timedelta(minutes=15)

# One slash, then what ASCII can print but a second slash, a backslash or a space: browsers leave
# some of the rest out. The same said by what may not be takes 3 ms of every start.
_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")

Arguments = ParamSpec("Arguments")


class Cookies(SecureCookieSessionInterface):
    """The browser's session in a signed cookie, by a signer that is made once."""

    def __init__(self) -> None:
        """Begin without one."""
        self._kept: tuple[object, URLSafeTimedSerializer | None] = (None, None)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Give the signer of the application's key."""
        key, signer = self._kept
        if signer is None or key != app.secret_key:
            signer = super().get_signing_serializer(app)
            self._kept = app.secret_key, signer
        return signer


def csrf_token() -> str:
    """Tell the token of an answer's forms, which is signed once for a browser."""
    made: str | None = g.get("csrf_token")
    if made is None:
        own = session.get("csrf_token")
        made = g.csrf_token = _sign(own) if own else generate_csrf()
    return made


@lru_cache(maxsize=1024)
def _sign(_own: str) -> str:
    """Sign what stands in the cookie. It is good for as long as that is: no time limit is set."""
    made: str = generate_csrf()
    return made


def load_actor() -> ResponseReturnValue | None:
    """Find who is signed in, from the database, on every request."""
    g.actor = g.clinic = None
    date_format.using(DateFormat())  # whatever this thread wrote before
    if request.endpoint in NO_PERSON:
        return None
    _end_slow_second_step()
    token, uniquifier = session.get(TOKEN), session.get("_user_id")
    if not token or not uniquifier:
        if token or uniquifier:  # half a sign-in is none
            session.clear()
        return None
    found = logins.find(token, uniquifier, address=address())
    if found is None:
        _forget_pages()
        return None
    if reason := _over(found):
        _end_late(found, token, reason)
        return None
    g.actor, g.clinic, g.open_alerts = found.actor, found.clinic, found.open_alerts
    date_format.using(DateFormat.read(found.clinic.settings))
    if request.endpoint not in SILENT:
        logins.touch(token, found.seen_at)
    g.has_typed = found.has_typed
    _give_back(found)
    return _ask_for_codes() if CODES_DUE in session else None


def _end_late(found: logins.SignedIn, token: str, reason: str) -> None:
    """End a sign-in that has lasted long enough, and keep the form that just came by it."""
    g.expired = found
    late = autosave.keep_late(found.actor)
    logins.end(token, by=found.actor, reason=reason)
    _forget_pages()
    if late:
        session[LATE] = late


def _forget_pages() -> None:
    """Forget a sign-in that has ended, and have the browser forget what it has of pages.

    Not its storage: what waits there unsent, sealed, is sent after the next sign-in.
    """
    session.clear()
    after_this_request(_clear_cache)


def _clear_cache(response: Response) -> Response:
    response.headers.setdefault("Clear-Site-Data", '"cache"')
    return response


def _give_back(found: logins.SignedIn) -> None:
    """Fill the page with what was typed there, and say so where its form came too late."""
    if found.has_typed:
        autosave.give_back(found.actor)
    if request.method == "GET" and session.get(LATE) == request.path:
        session.pop(LATE)
        if g.get("late"):
            flash("You were signed out meanwhile. What you typed is here: save it again.", "info")


def keep_inside() -> ResponseReturnValue | None:
    """Refuse a `next` that is no path of ours: it would lead whoever just signed in astray."""
    if not (request.endpoint or "").startswith(("security.", "passkeys.")):
        return None
    # Flask-Security itself names the page after the second step in full.
    following = request.values.get("next", "").removeprefix(request.host_url.rstrip("/"))
    if not following or _PATH.fullmatch(following):
        return None
    if request.method == "POST":
        abort(400)
    return redirect(request.path)


def form_page() -> str:
    """Name the page to come back to after a form was sent too late: the form, where one can."""
    adapter = current_app.url_map.bind("")
    return request.path if adapter.test(request.path, "GET") else "/"


def fresh(
    view: Callable[Arguments, ResponseReturnValue],
) -> Callable[Arguments, ResponseReturnValue]:
    """Ask for the password again before something delicate, unless it was given just now.

    A form may stand open for a while, so sending it gets twice the time of opening it.
    """

    @wraps(view)
    def with_fresh_password(
        *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> ResponseReturnValue:
        age = clock.now().timestamp() - session.get("fs_paa", 0)
        sent = request.method == "POST"
        if 0 <= age < FRESH_FOR.total_seconds() * (2 if sent else 1):
            return view(*args, **kwargs)
        back = form_page() if sent else _page_of_file() or request.full_path.rstrip("?")
        return redirect(url_for("security.verify", next=back))

    return with_fresh_password


def _page_of_file() -> str:
    """Name the page that offers a file: after a file alone the password's page would stand."""
    page = FILES.get(request.endpoint or "")
    asked: dict[str, Any] = (request.view_args or {}) | request.args.to_dict()
    return url_for(page, **asked) if page else ""


def token() -> str:
    """Tell the token of this browser's sign-in."""
    return str(session[TOKEN])


def settings() -> Settings:
    """Tell the settings of the instance."""
    return current_app.extensions["settings"]  # type: ignore[no-any-return]


def _over(found: logins.SignedIn) -> str:
    """Say why a sign-in has lasted long enough; nothing while it has not."""
    now = clock.now()
    # A clock that was set back leaves sign-ins of later on: nobody knows how long they were idle.
    if not -CLOCK_SET_BACK <= now - found.seen_at <= timedelta(minutes=settings().idle_minutes):
        return "idle"
    return "longest time reached" if now - found.began_at > LONGEST else ""


def _end_slow_second_step() -> None:
    began = session.get(HALF_OPEN)
    if "tf_user_id" in session and (
        began is None or clock.now().timestamp() - began > SECOND_STEP_WITHIN.total_seconds()
    ):
        drop_half_open()


def _ask_for_codes() -> ResponseReturnValue | None:
    """Send whoever has a second factor to the codes for a lost phone, until they are kept."""
    endpoint = request.endpoint or ""
    if endpoint.startswith("security.") or endpoint == KEEPS_CODES:
        return None
    if recovery.are_kept(g.actor.user_id):
        session.pop(CODES_DUE)
        return None
    return redirect(url_for("security.mf_recovery_codes", show_codes="1"))


def enter(user_id: int) -> ResponseReturnValue:
    """Sign in whoever has just set their first password, or lead them to the second step."""
    security: Security = current_app.extensions["security"]
    if g.actor is not None:  # somebody else at this browser
        logins.end(token(), by=g.actor, reason="another account was opened")
    session.clear()
    session[HALF_OPEN] = clock.now().timestamp()
    after_this_request(_view_commit)
    user: Any = security.datastore.find_user(id=user_id)
    asked = security.two_factor_plugins.tf_enter(user, False, "password", next_loc=None)
    if asked:
        return asked
    login_user(user, authn_via=["password"])
    return redirect("/")


def _signed_in(app: Flask, user: Any) -> None:
    # A token of before the sign-in might be known to whoever planted the cookie.
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)
    session.pop(HALF_OPEN, None)
    place = known_devices.place_of(user.id)
    how = g.get("signed_in_by", "")
    session[TOKEN] = logins.begin(user.id, address=address(), place=place, how=how)
    known_devices.remember(user.id)
    if user.has_second_factor:
        # It was set up just now, as staff must; of a passkey they were told when it was added.
        if not user.mf_recovery_codes and not user.has_passkey:
            own_changes.tell(user)
        see_to_codes(app, user)


def see_to_codes(_app: object, user: Any, **_: Any) -> None:
    """Make the codes of a second step at once, and show them until they are kept."""
    if not user.mf_recovery_codes:
        recovery.make(user.id, address=address())
    if user.codes_kept_at is None:
        session[CODES_DUE] = True


def _signed_out(_app: Flask, user: Any) -> None:
    token = session.get(TOKEN)
    session.clear()
    after_this_request(_forget)
    if token and user is not None:
        actor = logins.actor_of(user.id, address=address())
        logins.end(token, by=actor, reason="signed out")


def _forget(response: Response) -> Response:
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _count_failure(_app: Flask, user: Any, auth_type: str, tfa: bool, **_: Any) -> None:
    place = known_devices.place_of(user.id)
    if brakes.count_failure(user.id, auth_type, place, after_password=tfa) and tfa:
        drop_half_open()


def _note_second_factor(_app: Flask, user: Any, **_: Any) -> None:
    logins.leave_line(user.id, "user.second-factor-used", address=address())


def init_app(app: Flask, settings: Settings, datastore: UserDatastore) -> None:
    """Set Flask-Security up and tie its sign-in to ours."""
    app.config.from_mapping(security_config(settings))
    app.add_template_filter(at_our_address)
    app.session_interface = Cookies()
    app.jinja_env.globals["csrf_token"] = csrf_token
    app.context_processor(lambda: {"csrf_token": csrf_token})  # goes before that of CSRFProtect
    security = Security(
        app,
        datastore,
        login_form=SignInForm,
        verify_form=AgainForm,
        change_password_form=ChangeForm,
        forgot_password_form=ForgotForm,
        two_factor_verify_code_form=CodeForm,
        mf_recovery_form=RecoveryForm,
        mf_recovery_codes_form=CodesForm,
        totp_cls=OnceTotp,
        mail_util_cls=Postman,
        password_util_cls=Passwords,
    )
    # Pages only: its JSON answers hand out tokens that no sign-out ends.
    security.want_json(lambda _request: False)
    security.login_manager.request_loader(None)
    _close(app, "security.two_factor_rescue")  # mails a code to whoever reads the clinic's mail
    _drop_costly_hooks(app)
    login_limits.init_app(app)
    flask_login.user_logged_in.connect(_signed_in, app)
    flask_login.user_logged_out.connect(_signed_out, app)
    security_signals.user_failed_authn.connect(_count_failure, app)
    security_signals.tf_code_confirmed.connect(_note_second_factor, app)
    own_changes.init_app(app, session)
    security_signals.tf_profile_changed.connect(see_to_codes, app)
    second_step.init_app(app, security, session)
    app.extensions["browser"] = session  # for tracker/web/passkeys/challenges.py alone


def _close(app: Flask, endpoint: str) -> None:
    from werkzeug.exceptions import NotFound

    def refuse(**_: Any) -> ResponseReturnValue:
        raise NotFound

    app.view_functions[endpoint] = refuse


def _drop_costly_hooks(app: Flask) -> None:
    """Drop what loads the user by ORM on every request and for every page; load_actor does it."""
    app.before_request_funcs[None] = [
        hook for hook in app.before_request_funcs[None] if hook.__module__ != "flask_principal"
    ]
    app.template_context_processors[None] = [
        offer
        for offer in app.template_context_processors[None]
        if offer.__module__ != "flask_login.utils"
    ]
    app.context_processor(lambda: {"current_user": flask_login.current_user})
