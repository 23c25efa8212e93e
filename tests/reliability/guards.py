"""Remove each guard in turn, and say which removal no test notices.

A guard is the permission that a route declares, a call of `authorize`, `allows`, `fetch` or
`visible` in a service, a condition in `scoping`, or the check of every request. Against each
removal the narrow tests that should fail are run in this process.
"""

import argparse
import ast
import copy
import dataclasses
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests import databases
from tests.browsing import ApartClient
from tests.models import test_scoping
from tests.people import ANNA, PASSWORD, gather
from tests.rules.checkout import modules, tree
from tests.services import guard_calls
from tests.web import test_access
from tracker import config, create_app
from tracker.models import db, scoping
from tracker.web import guard

# What stands in `scoping`, and what stands there where a guard is gone.
SCOPING = (
    ("return kind.clinic_id == by.clinic_id\n", "return kind.id == kind.id\n"),
    ("if by.roles & {Role.CLINICIAN, Role.CONSOLE}:", "if True:"),
    ("if by.roles & {Role.CLINICIAN, Role.CONSOLE}:", "if by.roles:"),
    ("        return false()\n    own", "        return kind.clinic_id == by.clinic_id\n    own"),
    ("and_(kind.clinic_id == by.clinic_id, own", "and_(own"),
    (", own == by.patient_id)", ")"),
    ("return and_(theirs, _of_link(by, kind)) if", "return theirs if"),
    ("return and_(theirs, _of_link(by, kind)) if", "return _of_link(by, kind) if"),
    ("CheckIn.id == by.check_in_id", "CheckIn.id == CheckIn.id"),
    ("Reply.check_in_id == by.check_in_id", "Reply.id == Reply.id"),
    ("    return false()\n\n\ndef fetch", "    return kind.id == kind.id\n\n\ndef fetch"),
    ("where(kind.id == row_id, visible(by, kind))", "where(kind.id == row_id)"),
    ("        raise NotFoundError\n", "        row = db.session.scalar(select(kind))\n"),
)
Mutant = tuple[str, Callable[[], bool]]


@contextmanager
def application() -> Iterator[Flask]:
    """Give an application with two clinics, their staff and a row of each table."""
    with tempfile.TemporaryDirectory(dir=databases.fastest(Path(tempfile.gettempdir()))) as name:
        folder = Path(name)
        config.make_keys(folder)
        databases.schema.upgrade(f"sqlite:///{folder / 'tracker.sqlite3'}")
        settings = config.read(folder, databases.ENVIRON)
        app = create_app(settings=dataclasses.replace(settings, testing=True))
        app.test_client_class = ApartClient
        app.config["PROPAGATE_EXCEPTIONS"] = False  # a crash is an answer, and no right one
        with app.app_context():
            gather()
            db.session.remove()
            test_scoping.fill()
            yield app
            db.session.remove()
            db.engine.dispose()


def of_routes(app: Flask) -> Iterator[Mutant]:
    """Take the permission from each route that declares one."""
    for rule in test_access.routes(app):
        view = app.view_functions[rule.endpoint]
        if not hasattr(view, "permission"):
            continue

        def fails(view: Any = view) -> bool:
            with pytest.MonkeyPatch.context() as patch:
                patch.delattr(view, "permission")
                return _fails(
                    test_access.test_every_route_declares_a_permission_or_is_open_on_purpose, app
                )

        yield f"requires of {rule.endpoint}", fails


def of_requests(app: Flask) -> Iterator[Mutant]:
    """Let every request pass, or everybody signed in, or any route that declares nothing."""
    for name, instead in (("allows", lambda *_: True), ("is_public", lambda _: True)):

        def fails(name: str = name, instead: Callable[..., bool] = instead) -> bool:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(guard, name, instead)
                return _fails(_look_at_requests, app)

        yield f"{name} of the check of every request", fails


def _look_at_requests(app: Flask) -> None:
    """See that nobody in particular is sent to sign in, and a clinician off the people's pages."""
    stranger, anna = app.test_client(), app.test_client()
    for path in ("/today/", "/people/", "/my/", "/patients/5/"):
        assert stranger.get(path).status_code == 302, path
    token = anna.get("/sign-in").text.partition('name="csrf_token"')[2].partition('value="')[2]
    typed = {"csrf_token": token.partition('"')[0], "email": ANNA, "password": PASSWORD}
    assert anna.post("/sign-in", data=typed).status_code == 302
    assert anna.get("/people/").status_code == 403
    assert anna.get("/my/").status_code == 403


def of_services() -> Iterator[Mutant]:
    """Take each call of a guard from the services."""
    table = guard_calls.read()
    for path in modules(guard_calls.SERVICES):
        whole, name = tree(path), guard_calls.name_of(path)
        calls = [node for node in ast.walk(whole) if guard_calls.is_guard(node)]
        for place, node in enumerate(calls):

            def fails(whole: ast.AST = whole, place: int = place, name: str = name) -> bool:
                without = _Without(place).visit(copy.deepcopy(whole))
                return guard_calls.gather(without) != table.get(name, {})

            yield f"{guard_calls.said(node)} in services/{name}:{node.lineno}", fails


class _Without(ast.NodeTransformer):
    """Puts True in place of one call of a guard, counted as `ast.walk` meets them."""

    def __init__(self, place: int) -> None:
        self._place = place

    def visit(self, node: ast.AST) -> ast.AST:
        """Replace the call in the whole tree."""
        gone = [one for one in ast.walk(node) if guard_calls.is_guard(one)][self._place]
        for parent in ast.walk(node):
            for field, value in ast.iter_fields(parent):
                if value is gone:
                    setattr(parent, field, ast.Constant(value=True))
                elif isinstance(value, list) and gone in value:
                    value[value.index(gone)] = ast.Constant(value=True)
        return node


def of_scoping() -> Iterator[Mutant]:
    """Change each condition by which rows are anybody's."""
    source = Path(scoping.__file__).read_text(encoding="utf-8")
    for there, instead in SCOPING:
        assert there in source, f"Mend SCOPING in {__file__}: {there!r} is no more"

        def fails(changed: str = source.replace(there, instead, 1)) -> bool:
            names: dict[str, Any] = {"__name__": scoping.__name__}
            exec(compile(changed, scoping.__file__, "exec"), names)
            with pytest.MonkeyPatch.context() as patch:
                for name in ("visible", "fetch"):
                    patch.setattr(scoping, name, names[name])
                return bool(list(test_scoping.faults()))

        yield f"scoping: {there.strip()} -> {instead.strip()}", fails


def _fails(check: Callable[[Flask], None], app: Flask) -> bool:
    try:
        check(app)
    except AssertionError:
        return True
    return False


def run(app: Flask) -> Iterator[tuple[str, bool]]:
    """Make every mutant and say whether it was caught; nothing may fail before."""
    assert not list(test_scoping.faults())
    assert guard_calls.everything() == guard_calls.read(), "Run with --write, and look at it."
    _look_at_requests(app)
    for mutants in (of_routes(app), of_requests(app), of_services(), of_scoping()):
        for name, fails in mutants:
            yield name, fails()


def main(arguments: list[str] | None = None) -> int:
    """Print what was missed; end with 1 if there is any."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants guards", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write down the guards of services")
    if parser.parse_args(arguments).write:
        guard_calls.write()
        return 0
    with application() as app:
        found = dict(run(app))
    for name in (name for name, is_caught in found.items() if not is_caught):
        print(f"missed  {name}")
    kinds = Counter(name.partition(" ")[0] for name in found)
    print(", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    print(f"{sum(found.values())} of {len(found)} caught")
    return 0 if all(found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
