"""The part of Bootstrap that is shipped: all that is used, and nothing that Bootstrap has not."""

import re

import pytest

from tests.js import bootstrap
from tests.rules.checkout import TRACKER, modules, name, templates, text

WORD = re.compile(r"[A-Za-z][\w-]*")
CLASS = re.compile(r"\.(-?[A-Za-z][\w-]*)(?=[^{}]*\{)")
# Where classes are given: an attribute, an argument of a macro, a property, a dict of attributes.
GIVEN = re.compile(
    r"""class(?:Name|List)?_?["']?\s*(?:=|:|\.\w+\()\s*(\{\{.*?\}\}|"[^"]*"|'[^']*'|`[^`]*`|[^\n]*)"""
)
AGAIN = "Run: python -m tests.js.bootstrap"


def classes(sheet: str) -> set[str]:
    """Name the classes that a style sheet has rules for."""
    return set(CLASS.findall(re.sub(r'"[^"]*"|url\([^)]*\)|/\*.*?\*/', "", sheet, flags=re.DOTALL)))


def given(source: str) -> set[str]:
    """Name every word that stands where a source gives classes."""
    return {word for place in GIVEN.findall(source) for word in WORD.findall(place)}


@pytest.fixture(scope="module")
def whole() -> set[str]:
    return classes(bootstrap.whole().read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def ours() -> set[str]:
    return classes(text(bootstrap.OURS))


def test_every_class_that_templates_scripts_and_forms_give_is_still_there(whole, ours):
    sources = [*templates(), *(TRACKER / "static").rglob("*.js"), *modules(TRACKER / "web")]
    missing = {name(path): sorted(given(text(path)) & whole - ours) for path in sources}
    missing = {path: found for path, found in missing.items() if found}
    assert not missing, f"{AGAIN}. Gone are: {missing}"


def test_what_is_shipped_is_a_small_part_of_bootstrap(whole, ours):
    assert ours < whole
    assert len(text(bootstrap.OURS)) < 45 * 1024
    rules = text(bootstrap.OURS).replace("\n", "")
    everything = re.sub(r"\s+", "", bootstrap.whole().read_text(encoding="utf-8"))
    declared = re.findall(r"\{([^{}]+)\}", re.sub(r"\s+", "", rules))
    assert len(declared) > 100
    assert all(one in everything for one in declared), AGAIN


def test_its_licence_goes_with_it():
    assert "Licensed under MIT" in text(bootstrap.OURS)[:400]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('<p class="btn btn-primary">', {"btn", "btn-primary"}),
        ("""<a class="btn btn-{{ 'danger' if x else 'link' }}">""", {"btn", "danger", "link"}),
        ("{{ f(class='form-check-input') }}", {"form-check-input"}),
        ('node.className = "card";', {"card"}),
        ('node.classList.add("show");', {"show"}),
        ('render_kw={"class": "form-control"}', {"form-control"}),
    ],
)
def test_a_class_is_seen_where_it_is_given(source, found):
    assert found <= given(source)
