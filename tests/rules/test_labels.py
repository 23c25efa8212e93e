"""The rule of the house for labels: one function decides which apply, and everybody asks it."""

import ast
import re

from tests.rules.checkout import TEMPLATES, TRACKER, modules, name, templates, text, tree

DECIDES = "tracker/domain/clinic/labels.py"
ASKS = "tracker/domain/clinic/settings.py"
# Where a country and the switches are typed, stored and read back.
KEEPS = {
    DECIDES, ASKS, "tracker/services/clinic/countries.py", "tracker/web/clinic/forms.py",
    "tracker/domain/clinic/countries.py", "tracker/services/clinic/clinics.py",
}  # fmt: skip
# Where it is shown, or said that there is none.
SHOWS = {
    "tracker/services/system/doctor.py", "tracker/web/clinic/routes.py",
    "tracker/web/answers/safety.py",
}  # fmt: skip
SWITCHES = re.compile(r"\b(us_label|eu_label|EUROPEAN_UNION|UNITED_STATES)\b")


def calls(function):
    """Name the modules that call a function by its name."""
    return {
        name(path)
        for path in modules(TRACKER)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and _called(node) == function
    }


def _called(node):
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_which_labels_apply_is_decided_in_one_place_and_asked_for_in_one():
    assert calls("applying") == {DECIDES, ASKS}


def test_nobody_else_looks_at_the_switches_or_at_lists_of_countries():
    found = {name(path) for path in modules(TRACKER) if SWITCHES.search(text(path))} - KEEPS
    assert not found, f"Ask the settings for their `labels`: {sorted(found)}"


def test_nobody_else_looks_at_the_country():
    found = {
        name(path)
        for path in modules(TRACKER)
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and node.attr == "country")
        or (isinstance(node, ast.Constant) and node.value == "country")
    }
    assert found <= KEEPS | SHOWS, f"Ask the settings for their `labels`: {sorted(found)}"


def test_no_page_decides_either():
    found = {
        name(path)
        for path in templates()
        if path.parent != TEMPLATES / "clinic"
        and re.search(r"\.labels\b|us_label|eu_label|\.country\b", text(path))
    }
    assert not found, f"Give the page what it shows, decided: {sorted(found)}"
