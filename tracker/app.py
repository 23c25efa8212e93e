"""Wire the application: settings, database, people, pages."""

import os
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, Response
from flask.templating import Environment
from flask_mailman import Mail
from flask_wtf import CSRFProtect
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from werkzeug.middleware.proxy_fix import ProxyFix

from tracker import config, instruments, log, request_limits, web
from tracker.config import Settings
from tracker.database_address import is_sqlite
from tracker.models import db, users
from tracker.models.database import STANDBY, configure
from tracker.services.audit import waiting
from tracker.web import addresses, errors, guard, headers, login, menu
from tracker.web.mail import PrivateFiles, VerifyingBackend

PACKAGE = Path(__file__).resolve().parent
WSGI = Callable[[dict[str, Any], Any], Any]
# The headers that gunicorn reads https from (its secure_scheme_headers).
_SCHEMES = frozenset(
    {"HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_PROTOCOL", "HTTP_X_FORWARDED_SSL"}
)


class Templates(Environment):
    """Templates that share the globals of the application, and have none of their own.

    Jinja goes through a map of maps whenever a template imports from another, on every request.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Give the globals of a template."""
        return super().make_globals(d) if d else self.globals


class CompiledPages(FileSystemBytecodeCache):
    """Compiled templates, kept where there is room: a page does without."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled before, where it can be read."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled, where it can be written: not on a full disk."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


class Application(Flask):
    """Flask, with views and hooks of which none is a coroutine."""

    jinja_environment = Templates
    request_class = request_limits.BoundedRequest

    def send_static_file(self, filename: str) -> Response:
        """Send a file by its plain name, or by the one that pages use, which tells its version."""
        return super().send_static_file(addresses.plain_name(filename))

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Take a view or a hook as it is: Flask looks at each on every request."""
        return func


def template_folder() -> Path:
    """Find the templates: inside the package once built, beside it in a checkout."""
    built = PACKAGE / "templates"
    return built if built.is_dir() else PACKAGE.parent / "templates"


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application for an instance that has been set up."""
    settings = settings or config.read(open_keys=True)  # `tracker.create_app` refuses what is open
    app = Application(
        "tracker",
        template_folder=str(template_folder()),
        static_folder=str(PACKAGE / "static"),
        instance_path=str(settings.instance),
    )
    app.url_rule_class = addresses.LateRule
    app.config.from_mapping(_flask_config(settings))
    app.extensions["settings"] = settings
    instruments.use(settings.instance / instruments.OWN, partial(_texts_of, settings.database_url))
    if not settings.testing:
        app.jinja_options = {"bytecode_cache": _compiled_templates(settings)}
        waiting.prepare(settings.instance)
    # matplotlib reads this when a first picture loads it. Without a folder that it may write to, it
    # would list the fonts of the machine again at every start.
    os.environ.setdefault("MPLCONFIGDIR", str(settings.instance / "matplotlib"))
    app.wsgi_app = _believing(app.wsgi_app, settings.proxies)  # type: ignore[assignment]
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            configure(engine)
        if settings.trail_to:
            _follow_trail(settings)
    request_limits.init_app(app)
    CSRFProtect(app)
    Mail(app)
    login.init_app(app, settings, users.datastore())
    guard.init_app(app)
    menu.init_app(app)
    headers.init_app(app)
    errors.init_app(app)
    web.init_app(app)
    errors.load_pages(app)
    log.cover(app.logger)
    if instruments.has_own():
        instruments.problems()  # told in the log at a start, not when somebody first asks
    return app


def _follow_trail(settings: Settings) -> None:
    from tracker.services.audit import sending  # most send nothing, and need none of it

    sending.follow(db.engine, settings)


def _believing(answer: WSGI, proxies: int) -> WSGI:
    """Believe so many proxies, and no header that another sent: of the address and the scheme.

    Host and port come with the request itself; a proxy that is not told to set these headers would
    hand on what a stranger wrote into them. waitress is told the same, see tracker/cli/setup.py.
    """
    if proxies:
        return ProxyFix(answer, x_for=proxies, x_proto=1, x_host=0, x_port=0)

    def disbelieve(environ: dict[str, Any], start_response: Any) -> Any:
        # gunicorn takes the scheme from whoever asks from the machine itself.
        if _SCHEMES & environ.keys():
            environ["wsgi.url_scheme"] = "http"
        return answer(environ, start_response)

    return disbelieve


def _texts_of(database_url: str) -> instruments.Kept:
    """Read what was answered of the scales, for a clinic that has files of its own."""
    from tracker.services.instruments import editions

    return editions.all_texts(database_url)


def _compiled_templates(settings: Settings) -> CompiledPages:
    """Keep compiled templates from one start to the next: compiling a page takes longer than it."""
    folder = settings.instance / "templates"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    return CompiledPages(str(folder))


def _engine_options(url: str, *, read_only: bool = False) -> dict[str, Any]:
    usual: dict[str, Any] = {
        # The connection used last has the warmest cache; an idle clinic then uses one or two.
        "pool_use_lifo": True,
        "hide_parameters": True,  # they may be clinical, and errors land in logs
    }
    if is_sqlite(url):
        return usual
    from tracker.models import postgresql

    return usual | postgresql.engine_options(url, read_only=read_only)


def _standby(url: str) -> dict[str, Any]:
    """Name the server that large reads may go to, by the name that `standby` asks for."""
    return {STANDBY: {"url": url} | _engine_options(url, read_only=True)} if url else {}


def _flask_config(settings: Settings) -> dict[str, object]:
    mail = settings.mail
    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.testing,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        # The audit key travels with the engine, so that nothing below the web needs the app.
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "execution_options": {
                "audit_key": bytes.fromhex(settings.audit_key),
                "earlier_audit_keys": [
                    bytes.fromhex(key) for key in settings.earlier_audit_keys.split(",") if key
                ],
                "instance": str(settings.instance),
            },
            **_engine_options(settings.database_url),
        },
        "SQLALCHEMY_BINDS": _standby(settings.database_read_url),
        # A made-up Host header must not end up in a link that we mail.
        "TRUSTED_HOSTS": settings.hosts,
        "SESSION_COOKIE_NAME": "__Host-tracker" if settings.secure_cookies else "tracker",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        # Until its route says more; MAX_FORM_MEMORY_SIZE is of the texts of a form in parts.
        "MAX_CONTENT_LENGTH": request_limits.PUBLIC.size_bytes,
        "MAX_FORM_PARTS": request_limits.PUBLIC.fields,
        "MAX_FORM_MEMORY_SIZE": request_limits.USUAL.size_bytes,
        # A form may stand open all day: the sign-in ends, not the form.
        "WTF_CSRF_TIME_LIMIT": None,
        "MAIL_BACKEND": PrivateFiles if mail.to_files else VerifyingBackend,
        "MAIL_FILE_PATH": str(settings.mail_folder),
        "MAIL_SERVER": mail.host or "localhost",
        "MAIL_PORT": mail.port,
        "MAIL_USERNAME": mail.user or None,
        "MAIL_PASSWORD": mail.password or None,
        "MAIL_USE_TLS": mail.use_tls and not mail.tls_from_the_start,
        "MAIL_USE_SSL": mail.tls_from_the_start,
        "MAIL_DEFAULT_SENDER": mail.sender,
        "MAIL_TIMEOUT": 10,
    }
