from pathlib import Path

import pytest

from tests.reading_level import grade, markup_of, text_of
from tracker.domain.people.notices import AccountNotice
from tracker.web.answers.safety import ContactOption, Safety

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
# What patients read while they answer, or see to their account; a page that is added is read too.
FOR_PATIENTS = [
    path
    for folder in ("account", "answers", "security")
    for path in sorted(TEMPLATES.glob(f"{folder}/**/*.html"))
    if text_of(markup_of(path)).strip()
]
GRADE_MAX = 8


@pytest.mark.parametrize("template", FOR_PATIENTS, ids=lambda path: path.name)
def test_what_patients_read_is_of_grade_8_or_lower(template):
    text = text_of(markup_of(template))
    assert grade(text) <= GRADE_MAX, text


@pytest.mark.parametrize("notice", AccountNotice)
def test_what_is_mailed_about_an_account_is_of_grade_8_or_lower(notice):
    assert grade(notice.label) <= GRADE_MAX, notice.label


def test_the_crisis_text_is_of_grade_8_or_lower(app):
    safety = Safety(
        crisis_line=ContactOption("988", "988 Suicide & Crisis Lifeline"),
        hours="always",
        text=ContactOption("988"),
        second_line=ContactOption(""),
        emergency=ContactOption("911"),
        clinic=ContactOption("555-0100"),
    )
    parts = app.jinja_env.get_template("answers/_parts.html").make_module({"safety": safety})
    text = text_of(str(parts.crisis("now")))
    assert "Nobody watches answers around the clock." in text
    assert grade(text) <= GRADE_MAX, text
