"""Addresses: most are the same on every page, and a page names some forty of them."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request, current_app, request, url_for
from werkzeug.routing import Rule

from tracker.domain import parsing
from tracker.domain.codes import Word

Builder = Callable[..., tuple[str, str]]

KEPT = 4096
_FILES = frozenset({"static", "bootstrap.static"})


class LateRule(Rule):
    """An address that learns how it is built when it first is.

    To prepare that for every page takes a tenth of a start, and a process names half of them ever.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        prepare = super()._compile_builder
        made: Builder | None = None

        def build(*rule: Any, **values: Any) -> tuple[str, str]:
            nonlocal made
            if made is None:
                made = prepare(append_unknown)
            return made(*rule, **values)

        return build


def address(endpoint: str, **values: Any) -> str:
    """Build an address as `url_for` does, or remember it. Templates know it by that name."""
    # Asked for itself, and once each: through its proxy an attribute takes seven times as long.
    asked: Request = request._get_current_object()  # type: ignore[attr-defined]
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    known: dict[object, str] = app.extensions["addresses"]
    key = (asked.root_path, endpoint, *values.items())
    found = known.get(key)
    if found is None:
        found = url_for(endpoint, **values)
        if _is_plain(endpoint, values):
            if len(known) >= KEPT:
                known.clear()
            known[key] = found
    return found


def asked_id(name: str) -> int | None:
    """Read an id after the question mark; what no database takes counts as not given."""
    return parsing.row_id(request.args.get(name, ""))


def asked_page() -> dict[str, str]:
    """Read which page of a list is asked for: the one after a row, or the one before."""
    return {name: request.args.get(name, "") for name in ("after", "before")}


def _is_plain(endpoint: str, values: dict[str, Any]) -> bool:
    """Say whether it is the address of a file, or made of ids and coded words only.

    What somebody typed has no place in a memory, and `_external` asks for more than the path.
    """
    if endpoint in _FILES:
        return not any(name.startswith("_") for name in values)
    plain = (type(value) is int or isinstance(value, Word) for value in values.values())
    return not endpoint.startswith(".") and all(plain)


def init_app(app: Flask) -> None:
    """Give the application its memory of addresses, and templates their `url_for`."""
    app.extensions["addresses"] = {}
    app.jinja_env.globals["url_for"] = address
