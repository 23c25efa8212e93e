"""Addresses: most are the same on every page, and a page names some forty of them."""

import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Request, current_app, request, url_for
from werkzeug.routing import Rule

from tracker.domain import parsing
from tracker.domain.codes import Word

Builder = Callable[..., tuple[str, str]]

KEPT = 4096
FILES = "static"  # the route of scripts, styles and pictures
# A version and a slash in front of a name. No folder of files is called like that.
_VERSION = re.compile(r"[0-9a-f]{8}/")


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
    if endpoint == FILES:
        return not any(name.startswith("_") for name in values)
    plain = (type(value) is int or isinstance(value, Word) for value in values.values())
    return not endpoint.startswith(".") and all(plain)


@cache
def version_of(folder: Path) -> str:
    """Tell the version of all files in a folder: another one as soon as a byte of them changes.

    One for all, and in front of their names: modules and styles name each other from where they
    are, so each finds the others of its own version.
    """
    found = hashlib.blake2b(digest_size=4)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(f"{path.relative_to(folder)}\n".encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def plain_name(filename: str) -> str:
    """Tell a file's name without its version; what a page of before asks for is still found."""
    return _VERSION.sub("", filename, count=1) if _VERSION.match(filename) else filename


def never_changes() -> bool:
    """Say whether a file was asked for by the version that is here: it is the same for good."""
    filename = (request.view_args or {}).get("filename", "")
    version: str = current_app.extensions["files_version"]
    return bool(filename.startswith(f"{version}/"))


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == FILES and "filename" in values:
        values["filename"] = f"{current_app.extensions['files_version']}/{values['filename']}"


def init_app(app: Flask) -> None:
    """Give the application its memory of addresses, and templates their `url_for`."""
    app.extensions["files_version"] = version_of(Path(app.static_folder or ""))
    app.url_default_functions[None].append(_add_version)
    app.extensions["addresses"] = {}
    app.jinja_env.globals["url_for"] = address
