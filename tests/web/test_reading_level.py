from pathlib import Path

import pytest

from tests.reading_level import grade, markup_of, text_of
from tracker.domain.diary import draft as diary_draft
from tracker.domain.diary.kinds import EFFECTS
from tracker.domain.people.notices import AccountNotice
from tracker.services.diary import commands as diary_commands
from tracker.web.answers.safety import ContactOption, Safety
from tracker.web.diary.routes import SENT

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
# What staff read of what patients wrote; all other pages of that folder are for patients.
FOR_STAFF = {"_entry.html", "_panel.html", "listing.html", "of_patient.html"}
# What patients read while they answer, write, or see to their account; a page that is added to a
# folder is read too.
FOR_PATIENTS = [
    path
    for folder in ("account", "answers", "diary", "links", "my", "security")
    for path in sorted(TEMPLATES.glob(f"{folder}/**/*.html"))
    if text_of(markup_of(path)).strip()
    and not (path.parent.name == "diary" and path.name in FOR_STAFF)
]
GRADE_MAX = 8


@pytest.mark.parametrize(
    "template", FOR_PATIENTS, ids=lambda path: f"{path.parent.name}/{path.name}"
)
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


@pytest.mark.parametrize(
    "text",
    [
        diary_draft.NOTHING_GIVEN, diary_draft.NOTHING_OF_THE_DAY, diary_draft.NO_WORDS,
        diary_commands.TOO_LATE, diary_commands.SEEN_ALREADY, diary_commands.NOT_NOW,
        diary_commands.WRITTEN_ALREADY, SENT,
        ". ".join(EFFECTS.values()),
    ],
)  # fmt: skip
def test_what_is_said_to_who_writes_is_of_grade_8_or_lower(text):
    assert grade(text) <= GRADE_MAX, text
