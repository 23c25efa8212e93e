"""The rules of the house for names: a plain word of the field or of Python, one meaning each."""

import ast

import pytest

from tests.rules import naming
from tests.rules.checkout import TRACKER, modules, name, templates, text, tree

MIGRATIONS = TRACKER / "models" / "migrations"
OURS = [path for path in modules(TRACKER) if MIGRATIONS not in path.parents]
# Names that stay, each with the reason.
ALLOWED: dict[str, str] = {"listening.received": "waitress calls it so"}


def module_name(path):
    """Name a module as from `tracker.`; a package by its folder."""
    parts = path.relative_to(TRACKER).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_a_class_name_is_declared_once_in_a_layer():
    """Give both a word that says which one is meant, as SessionLine and StockLine."""
    found = list(
        naming.declared_twice((module_name(p).split(".")[0], name(p), tree(p)) for p in OURS)
    )
    assert not found, f"Say in the name which one is meant, also of private classes: {found}"


def test_no_function_or_class_is_named_by_a_past_participle():
    """Use a verb for what does something, a noun or `is_` or `has_` for what answers."""
    found = [
        f"{name(p)}:{fault}"
        for p in OURS
        for fault in naming.named_by_participle(tree(p))
        if f"{module_name(p)}.{fault.split()[-1]}" not in ALLOWED
    ]
    assert not found, (
        "Name these by a verb (lock, not held), by what they give (sent_answers, not given), "
        f"or by what they ask (is_shown, not shown): {found}"
    )


def test_every_exception_is_still_needed():
    there = {
        f"{module_name(p)}.{fault.split()[-1]}"
        for p in OURS
        for fault in naming.named_by_participle(tree(p))
    }
    assert set(ALLOWED) <= there, f"Strike these out: {sorted(set(ALLOWED) - there)}"


def test_a_template_names_classes_that_exist():
    """Write the class by the module that defines it, as services.sessions.queries.SessionView."""
    classes = {module_name(p): set(naming.class_names(tree(p))) for p in OURS}
    found = [
        f"{name(path)}:{fault}"
        for path in templates()
        for fault in naming.lost_classes(text(path), classes)
    ]
    assert not found, f"Name the module that defines these: {found}"


@pytest.mark.parametrize(
    "bad",
    [
        "def told(): ...",
        "def _kept(): ...",
        "def staged(): ...",
        "class A:\n    def undrawn(self): ...",
        "def outer():\n    def tried(): ...",
        "def not_answered(): ...",
        "def never_shown(): ...",
        "def told_of_the_dose(): ...",
        "async def gone(): ...",
        "class Given: ...",
        "class _Staged: ...",
        "class KeptVersion: ...",
    ],
)
def test_a_participle_is_seen(bad):
    assert list(naming.named_by_participle(ast.parse(bad)))


@pytest.mark.parametrize(
    "good",
    [
        "def tell(): ...",
        "def is_shown(): ...",
        "def has_begun(): ...",
        "def can_be_answered(): ...",
        "def mark_sent(): ...",
        "def read(): ...",
        "def spread(): ...",
        "def need(): ...",
        "def planned_sessions(): ...",
        "class StagedFile: ...",
        "class ClosedError(Exception): ...",
        "class Reading: ...",
        "kept = 1",
    ],
)
def test_a_plain_name_is_left_alone(good):
    assert not list(naming.named_by_participle(ast.parse(good)))


def test_a_class_name_is_seen_twice_in_a_layer_and_not_in_two():
    line = ast.parse("class Line: ...")
    private = ast.parse("def f():\n    class Line: ...")
    assert list(naming.declared_twice([("web", "a.py", line), ("web", "b.py", private)])) == [
        "Line in web: a.py, b.py"
    ]
    assert not list(naming.declared_twice([("web", "a.py", line), ("domain", "b.py", line)]))


@pytest.mark.parametrize(
    ("comment", "fault"),
    [
        ("{# view: services.a.queries.View #}", None),
        ("{# view: tracker.services.a.queries.View; form: SomeForm #}", None),
        ("<p>services.a.rows.View</p>", None),
        ("\n{# view: services.a.rows.View #}", "2: services.a.rows.View"),
        ("{#\n  view: services.b.View\n#}", "1: services.b.View"),
        ("{# view: services.View #}", "1: services.View names no module"),
    ],
)
def test_a_class_that_is_not_there_is_seen(comment, fault):
    found = list(naming.lost_classes(comment, {"services.a.queries": ["View"]}))
    assert found == ([] if fault is None else [fault])
