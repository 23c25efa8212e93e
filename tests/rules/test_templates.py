"""The rules of the house for templates and for the code that fills them."""

import pytest

from tests.rules import checks
from tests.rules.checkout import TEMPLATES, TRACKER, modules, name, templates, text, tree

LONGEST = 120


def test_templates_stand_beside_the_package():
    assert TEMPLATES.is_dir()
    assert not (TRACKER / "templates").exists(), (
        "Remove tracker/templates: it belongs inside a wheel; here it would hide templates/."
    )


def test_a_template_has_fewer_than_120_lines():
    long = [name(path) for path in templates() if len(text(path).splitlines()) >= LONGEST]
    assert not long, f"Move parts of these into macros under templates/components/: {long}"


def test_a_template_holds_no_inline_style_or_script_and_escapes_everything():
    found = [
        f"{name(path)}:{fault}"
        for path in templates()
        for fault in checks.template_faults(text(path))
    ]
    assert not found, (
        "Styles go to tracker/static/layouts/site.css, scripts to a module in tracker/static/, "
        f"and values stay escaped: {found}"
    )


def test_the_web_never_goes_round_the_templates():
    found = [
        f"{name(path)}:{fault}"
        for path in modules(TRACKER / "web")
        for fault in checks.raw_html(tree(path))
    ]
    assert not found, f"Render a template file and let it escape: {found}"


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ('<p style="color: red">', "an inline style"),
        ("<style>p {}</style>", "an inline style"),
        ("<script>alert(1)</script>", "an inline script"),
        ('<a href="javascript:go()">', "an inline script"),
        ('<button type="button" onclick="go()">', "an event handler"),
        ("{{ note|safe }}", "unescaped output"),
        ("{% autoescape false %}", "unescaped output"),
    ],
)
def test_a_fault_is_seen(markup, fault):
    assert list(checks.template_faults(f"<main>\n{markup}")) == [f"2: {fault}"]


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="/static/layouts/theme.js"></script>',
        '<script defer type="module" src="/static/draft.js"></script>',
        '<link rel="stylesheet" href="/static/layouts/site.css">',
        '<input name="on" data-once="x" value="One = two">',
        "{# never write |safe or <style> #}",
        '<p class="button-style">Kept safe.</p>',
    ],
)
def test_ordinary_markup_is_left_alone(markup):
    assert not list(checks.template_faults(markup))
