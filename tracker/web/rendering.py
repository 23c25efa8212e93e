"""How a page is made of templates, without what other applications need of Flask and Jinja."""

from collections.abc import Callable, MutableMapping
from typing import Any

from flask import Flask, g
from flask.templating import Environment
from flask_wtf.csrf import generate_csrf


class Templates(Environment):
    """Templates that share the globals of the application, and have none of their own.

    A map of maps for each template is gone through whenever another imports from it: a tenth of
    what a page takes.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Give the globals of a template."""
        return super().make_globals(d) if d else self.globals


class Application(Flask):
    """Flask, whose views are none of them coroutines."""

    jinja_environment = Templates

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Take a view or a hook as it is: to look at each takes a fiftieth of a page."""
        return func


def csrf_token() -> str:
    """Tell the token of an answer's forms, signed once for all of them."""
    made: str | None = g.get("csrf_token")
    return made or generate_csrf()


def init_app(app: Flask) -> None:
    """Give templates their `csrf_token`, instead of that of CSRFProtect, which came before."""
    app.jinja_env.globals["csrf_token"] = csrf_token
    app.context_processor(lambda: {"csrf_token": csrf_token})
