"""Addresses: most are the same on every page, and a page names some forty of them."""

from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request, url_for

KEPT = 4096
_FILES = frozenset({"static", "bootstrap.static"})


def address(endpoint: str, **values: Any) -> str:
    """Build an address as `url_for` does, or remember it. Templates know it by that name."""
    # Only files and ids are remembered: what somebody typed has no place in a memory, and
    # `_external` asks for more than the path.
    plain = endpoint in _FILES or all(type(value) is int for value in values.values())
    if not plain or endpoint.startswith("."):
        return url_for(endpoint, **values)
    built: str = current_app.extensions["addresses"](
        request.script_root, endpoint, tuple(values.items())
    )
    return built


def init_app(app: Flask) -> None:
    """Give the application its memory of addresses, and templates their `url_for`."""

    @lru_cache(maxsize=KEPT)
    def built(_root: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
        return url_for(endpoint, **dict(values))

    app.extensions["addresses"] = built
    app.jinja_env.globals["url_for"] = address
