"""The rules of the house for every module."""

import re
from itertools import chain

import pytest

from tests.rules import checks
from tests.rules.checkout import TESTS, TRACKER, modules, name, text, tree

NAMELESS = {"util", "utils", "helper", "helpers", "common", "misc", "base"}
# These do what a struct cannot: keep a field out of the repr, the comparison or the constructor,
# or work out a property once.
DATACLASSES = {
    "tracker/charts/timelines/panels.py",
    "tracker/charts/writing.py",
    "tracker/config.py",
    "tracker/services/imports/plan.py",
    "tracker/services/outcomes/pictures.py",
    "tracker/services/timelines/pictures.py",
}
STRUCTS = {
    "msgspec.Struct",
    "msgspec.field",
    "msgspec.structs.asdict",
    "msgspec.structs.replace",
}
STORED_CONTENT = "tracker/domain/stored_content.py"
EVERYWHERE = [*modules(TRACKER), *modules(TESTS)]
MIGRATIONS = TRACKER / "models" / "migrations"
OURS = [path for path in modules(TRACKER) if MIGRATIONS not in path.parents]


def faults(check, paths):
    """Run a check over files and say which line of which file it found."""
    return list(
        chain.from_iterable((f"{name(p)}:{fault}" for fault in check(tree(p))) for p in paths)
    )


def test_a_module_has_fewer_than_400_lines():
    # A migration is history: it is written once, by a tool, and never edited again.
    long = [name(p) for p in EVERYWHERE if len(text(p).splitlines()) >= 400]
    assert not long, f"Split these by noun or by step; nobody reads 400 lines: {long}"


def test_a_conftest_has_fewer_than_150_lines():
    long = [
        name(p)
        for p in modules(TESTS)
        if p.name == "conftest.py" and len(text(p).splitlines()) >= 150
    ]
    assert not long, f"Move fixtures down to the folder that uses them: {long}"


def test_the_clock_is_stopped_in_one_way():
    patched = [name(p) for p in modules(TESTS) if re.search(r"setattr\(\s*clock\b", text(p))]
    assert not patched, f"Use tests.stopping, or time_machine for a moment: {patched}"


def test_a_module_is_named_for_what_is_in_it():
    nameless = [name(p) for p in EVERYWHERE if NAMELESS & {p.stem, p.parent.name}]
    assert not nameless, (
        f"Name these for what they hold, or move their parts to where they belong: {nameless}"
    )


def test_a_function_fits_a_screen():
    found = faults(checks.long_functions, OURS)
    assert not found, f"Give the steps of these names of their own (45 lines at most): {found}"


def test_nothing_is_called_bare_session():
    login = [p for p in OURS if name(p).startswith("tracker/web/login")]
    found = faults(checks.bare_sessions, [p for p in OURS if p not in login])
    assert not found, f"Say treatment_session; Flask and SQLAlchemy own the bare word: {found}"


def test_an_error_says_so_in_its_name():
    found = faults(checks.misnamed_errors, EVERYWHERE)
    assert not found, f"End the names of exceptions in Error: {found}"


def test_pictures_are_drawn_without_pyplot():
    found = faults(lambda module: checks.imports_of(module, "matplotlib.pyplot", "pylab"), OURS)
    assert not found, f"Use matplotlib.figure.Figure; pyplot is shared by every request: {found}"


def test_values_are_structs():
    used = {name(p) for p in OURS if list(checks.imports_of(tree(p), "dataclasses"))}
    assert used <= DATACLASSES, f"Write `class X(Struct, frozen=True)`: {used - DATACLASSES}"


def test_msgspec_reads_only_what_we_stored_ourselves():
    found = [
        f"{name(p)}:{line}: {what}"
        for p in OURS
        if name(p) != STORED_CONTENT
        for line, what in checks.imported(tree(p))
        if what.startswith("msgspec") and what not in STRUCTS
    ]
    assert not found, f"Read what a browser or a file brought by hand, with words: {found}"


@pytest.mark.parametrize(
    ("check", "bad"),
    [
        (checks.long_functions, "def f():\n" + "    x = 1\n" * checks.LONGEST_FUNCTION),
        (checks.bare_sessions, "session = 1"),
        (checks.bare_sessions, "for session in []:\n    pass"),
        (checks.bare_sessions, "def f(*, session):\n    pass"),
        (checks.bare_sessions, "class C:\n    session: int"),
        (checks.bare_sessions, "from flask import session"),
        (checks.bare_sessions, "(session := 1)"),
        (checks.misnamed_errors, "class Missing(LookupError):\n    pass"),
        (checks.misnamed_errors, "class Refused(click.ClickException):\n    pass"),
        (checks.commits, "db.session.commit()"),
        (checks.raw_html, "Markup('<b>')"),
        (checks.raw_html, "flask.render_template_string('x')"),
        (lambda t: checks.imports_of(t, "flask"), "def f():\n    from flask import g"),
        (lambda t: checks.imports_of(t, "matplotlib.pyplot"), "from matplotlib import pyplot"),
    ],
)
def test_a_rule_sees_its_fault(check, bad):
    assert list(check(checks.ast.parse(bad)))


@pytest.mark.parametrize(
    "good",
    [
        "db.session.add(treatment_session)",
        "f(session=1)",
        "treatment_session = 1",
        "from tracker.services import sessions",
    ],
)
def test_the_word_session_may_be_part_of_a_name(good):
    assert not list(checks.bare_sessions(checks.ast.parse(good)))
