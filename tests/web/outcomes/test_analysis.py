"""The page on which an analysis is asked for: nothing before that, and everything bounded."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.builders.courses import FIRST, scored, treat
from tests.builders.outcomes import cohort
from tests.people import ADAM, ANNA
from tracker.domain.outcomes.analysis.model import FittedModel
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.services.outcomes import commands as outcome_commands
from tracker.services.outcomes import keeping
from tracker.services.outcomes.analysis import fitting, reading
from tracker.services.people.tries import TryLimit
from tracker.web.outcomes import analysis as analysis_page

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ASKED = "/outcomes/analysis?scale=phq9&count=yes"


@pytest.fixture
def anna(browse):
    return browse(ANNA)


@pytest.fixture
def many(cast):
    """Sixty people, some infused and some injected."""
    cohort.fill(cast.clinic_id, 60)
    outcome_commands.count_anew(by=cast.anna)


def lines():
    return db.session.scalars(
        select(AuditEvent.detail).where(AuditEvent.action == "outcomes.analysed")
    ).all()


def test_nothing_is_worked_out_before_somebody_asks(anna, many):
    page = anna.open("/outcomes/analysis?scale=phq9&trait=route&with_model=y")
    assert "With both scores" not in page.text
    assert lines() == []
    assert "Hold groups against each other" in anna.open("/outcomes/").text


@pytest.mark.both_databases
def test_groups_stand_beside_each_other_with_an_adjusted_difference(anna, many):
    page = anna.open(f"{ASKED}&trait=route&at_least=10&against=iv infusion")
    for said in (
        "IM injection", "IV infusion", "Route: IM injection against IV infusion",
        "score after ~ score before + Route", "Later totals of 10 or more",
        "people: two courses of one person", "is no effect of a treatment",
        "Definitions, version 1",
    ):  # fmt: skip
        assert said in page.text, said
    assert lines() == ["course"]


def test_a_small_group_is_counted_and_in_no_difference(anna, cast):
    treated = treat(cast.anna, record_number="R-1", scores=0)
    scored(cast.anna, treated, (20, FIRST - HOUR), (8, FIRST + 17 * DAY))
    page = anna.open(f"{ASKED}&trait=route&with_model=y&at_least=1")
    assert "1 of 1" in page.text
    assert "100 %" not in page.text
    assert "None: it takes two groups of at least 10 with both scores." in page.text
    assert "Fewer than 10 have a score before" in page.text


def test_a_model_says_its_formula_who_is_in_it_and_how_it_was_found(anna, many, monkeypatch):
    def found(given):
        size = len(given.names)
        return FittedModel(
            converged=False, values=(1.0,) * size, errors=(0.5,) * size,
            random=((4.0, -1.0), (-1.0, 2.0)), residual=9.0,
        )  # fmt: skip

    monkeypatch.setattr(fitting, "fit", found)
    page = anna.open(f"{ASKED}&with_model=y&own_slope=y&fit=ml")
    for said in (
        "score ~ score before + time (30 days), each person with their own level and slope.",
        "Maximum likelihood (ML).", "The search did not converge", "1.0000 (0.0200 to 1.9800)",
        "One score a week", "Variance between people, slope 2.00",
        "Covariance of level and slope −1.00",
        "Who was still there", "days 1 to 30", "No probability is told against a published series",
    ):  # fmt: skip
        assert said in page.text, said


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("not installed", "pip install '.[analysis]'"), ("busy", "Try again in half a minute"),
        ("too long", "was ended"), ("failed", "in the log"), ("LinAlgError", "Nothing could be"),
    ],
)  # fmt: skip
def test_where_there_is_no_model_the_page_says_why(anna, many, monkeypatch, fault, said):
    if fault == "not installed":
        monkeypatch.setattr(fitting, "NEEDED", ("no_such_library_of_anybody",))
    else:
        monkeypatch.setattr(fitting, "fit", lambda _: FittedModel(converged=False, fault=fault))
    page = anna.open(f"{ASKED}&with_model=y")
    assert said in page.text
    assert "With both scores" in page.text


def test_everything_wrong_is_said_at_once_and_nothing_typed_is_lost(anna):
    asked = f"{ASKED}&counted_from=first-score&trait=route&route=iv&first_hour=5&last_hour=3"
    page = anna.open(f"{asked}&at_least=many&columns=a,b,c,d,e", expect=422)
    for said in (
        "Only courses differ in this.", "Courses are picked out only where each course counts.",
        "This must not be before the first hour", "Name at most 4 columns",
        "Give a plain number",
    ):  # fmt: skip
        assert said in page.text, said
    values = {field.get("name"): field.get("value") for field in page.fields}
    assert (values["at_least"], values["columns"], values["last_hour"]) == (
        "many",
        "a,b,c,d,e",
        "3",
    )
    assert lines() == []


def test_the_hours_of_a_course_are_those_of_the_definitions(anna):
    page = anna.open(f"{ASKED}&first_hour=5", expect=422)
    assert "The outcome of a course is the score in the window" in page.text


def test_courses_that_wait_to_be_counted_anew_are_not_analysed(anna, many, monkeypatch):
    monkeypatch.setattr(keeping, "is_counted", lambda _: False)
    monkeypatch.setattr(analysis_page, "PEOPLE_AT_ONCE", 1)
    page = anna.open(ASKED, expect=422)
    assert "The definitions have changed" in page.text
    assert "With both scores" in anna.open(f"{ASKED}&counted_from=first-score").text


def test_more_than_somebody_may_wait_for_is_refused(anna, many, monkeypatch):
    monkeypatch.setattr(reading, "ROWS_MAX", 20)
    for asked in (ASKED, f"{ASKED}&counted_from=first-score"):
        assert "pick courses out" in anna.open(asked, expect=422).text


def test_whoever_asks_again_and_again_waits(anna, many, monkeypatch):
    monkeypatch.setattr(analysis_page, "LIMIT", TryLimit(2, minutes=10))
    for _ in range(2):
        anna.open(ASKED)
    assert "very many analyses" in anna.open(ASKED, expect=429).text


def test_a_scale_that_is_none_and_somebody_without_patients_get_nothing(anna, browse):
    assert anna.client.get("/outcomes/analysis?scale=cadss").status_code == 404
    assert browse(ADAM).client.get("/outcomes/analysis").status_code == 403
