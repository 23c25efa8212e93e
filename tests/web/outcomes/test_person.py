"""One patient's outcomes: every sentence is true for this person, and who may not sees nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from tests.builders.courses import (
    FIRST,
    SECOND,
    a_second_series,
    account,
    add_session,
    scored,
    treat,
)
from tests.builders.merges import put_together, two_records
from tests.people import ADAM, ANNA, BEN, CLEO
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.audit import AuditEvent
from tracker.models.series import Series
from tracker.services.patients import commands as patient_commands
from tracker.services.unit_of_work import unit_of_work

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def anna(browse):
    return browse(ANNA)


def outcomes_of(anna, treated):
    return anna.open(f"/patients/{treated.patient_id}/outcomes").text


def test_one_course_is_told_from_baseline_to_loss(anna, cast):
    treated = treat(cast.anna, scores=0)
    scored(
        cast.anna, treated,
        (20, FIRST - HOUR), (8, FIRST + 17 * DAY), (16, FIRST + 40 * DAY),
    )  # fmt: skip
    page = outcomes_of(anna, treated)
    for said in (
        "2 doses in 1 course, 3 scores.",
        "For depression: 2 doses, 2 Mar 2026 to 5 Mar 2026",
        "not a whole induction",
        "PHQ-9 20 8 on 19 Mar 2026 Better by a reliable change. Response. No remission",
        "Reached on day 17, lost 23 days later",
        "20 at baseline, at best 8, 14 days after the last dose; half of the gain or more was gone "
        "at 16, 37 days after the last dose.",
        "Half of it was gone, seen on day 37 after the dose. This rests on one episode.",
        "Right after the session Mood 2 2 0 +3",
        "0.5 in both sessions, so there is nothing to compare.",
        "20 on 2 Mar 2026 8 on 19 Mar 2026 16 on 11 Apr 2026",
        "Definitions, version 1, for PHQ-9",
    ):
        assert said in page, said
    line = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "outcomes.person-viewed")
    ).one()
    assert line.detail == ""


def test_one_session_without_a_score_invents_nothing(anna, cast):
    treated = treat(cast.anna, sessions=1, scores=0, mood_before=None, mood_after=None)
    page = outcomes_of(anna, treated)
    assert "1 dose in 1 course, No score" not in page
    assert "1 dose in 1 course, 0 scores." in page
    assert "No score in it on a scale that is made for what it treats" in page
    for unsaid in ("What is left", "How fast", "Worst, best", "Dose and effect", "Definitions, v"):
        assert unsaid not in page, unsaid


def test_without_a_baseline_nothing_is_compared(anna, cast):
    treated = treat(cast.anna, scores=0)
    scored(cast.anna, treated, (9, FIRST + 18 * DAY))
    page = outcomes_of(anna, treated)
    assert "No baseline 9 on 20 Mar 2026 Nothing to compare with Not counted" in page
    assert "What is left after the last dose" not in page
    assert "9 on 20 Mar 2026" in page
    assert "one score" in page


def test_a_baseline_that_is_not_ill_enough_counts_no_response(anna, cast):
    treated = treat(cast.anna, scores=0)
    scored(cast.anna, treated, (6, FIRST - HOUR), (2, FIRST + 18 * DAY))
    page = outcomes_of(anna, treated)
    assert "6; counted from 10 or more on" in page
    assert "Response and remission not counted: not ill enough at baseline" in page
    assert "Not counted" in page


def test_two_courses_each_count_from_their_own_baseline(anna, cast):
    treated = treat(cast.anna, scores=0)
    a_second_series(cast.anna, treated)
    scored(
        cast.anna, treated, (20, FIRST - HOUR), (9, FIRST + 18 * DAY),
        (15, SECOND - HOUR), (14, SECOND + 18 * DAY),
    )  # fmt: skip
    page = outcomes_of(anna, treated)
    assert "4 doses in 2 courses" in page
    assert "Within what may be chance, or no change. No response. No remission" in page
    # The next course ended the response of the first: it had not lasted.
    assert "ended by a new course" in page
    assert "no gain that counts, so none to lose." in page


def test_a_score_that_is_struck_out_counts_nowhere(anna, cast):
    treated = treat(cast.anna, scores=0)
    scored(cast.anna, treated, (20, FIRST - HOUR), (8, FIRST + 18 * DAY))
    assert "8 on 20 Mar 2026" in outcomes_of(anna, treated)
    with unit_of_work(cast.anna) as unit:
        db.session.execute(
            update(Assessment)
            .where(Assessment.total == Decimal(8))
            .values(voided_at=unit.now, voided_by="Anna", voided_reason="Somebody else's")
        )
        unit.audit("test.voided")
    page = outcomes_of(anna, treated)
    assert "8 on 20 Mar" not in page
    assert "No score from 19 Mar 2026 to 5 Apr 2026" in page
    assert "Not known" in page


def test_scores_alone_are_no_effect_of_a_treatment(anna, cast):
    treated = treat(cast.anna, sessions=0, scores=0)
    scored(cast.anna, treated, (20, FIRST), (12, FIRST + 20 * DAY))
    page = outcomes_of(anna, treated)
    assert "No dose is recorded. 2 scores; nothing below is an effect of a treatment." in page
    for unsaid in ("Course by course", "What is left", "How long a dose holds", "How fast"):
        assert unsaid not in page, unsaid


def test_a_course_for_something_else_is_not_judged_by_a_scale_of_depression(anna, cast):
    treated = treat(cast.anna, scores=0)
    with unit_of_work(cast.anna) as unit:
        db.session.execute(
            update(Series).where(Series.id == treated.series_id).values(indication="chronic-pain")
        )
        unit.audit("test.changed")
    scored(cast.anna, treated, (20, FIRST - HOUR), (8, FIRST + 18 * DAY))
    page = outcomes_of(anna, treated)
    assert "For chronic pain" in page
    assert "No score in it on a scale that is made for what it treats" in page
    assert "Response. " not in page
    assert "What is left" not in page


def test_nothing_at_all_says_so(anna, cast):
    treated = treat(cast.anna, sessions=0, scores=0)
    page = outcomes_of(anna, treated)
    assert "Nothing to tell yet" in page


def test_an_archived_patient_is_told_as_before(anna, cast):
    treated = treat(cast.anna, scores=0)
    scored(cast.anna, treated, (20, FIRST - HOUR), (8, FIRST + 18 * DAY))
    before = outcomes_of(anna, treated).split("Course by course")[1]
    patient_commands.archive(treated.patient_id, "Moved away", by=cast.anna)
    assert outcomes_of(anna, treated).split("Course by course")[1] == before


def test_few_sessions_get_no_line_and_many_say_what_else_changed(anna, cast):
    treated = treat(cast.anna, sessions=0, scores=0)
    with unit_of_work(cast.anna) as unit:
        for number, dose in enumerate(("0.5", "0.6", "0.7"), 1):
            add_session(
                cast.anna, treated, number=number, dose_mg_per_kg=Decimal(dose), mood_after=5
            )
        unit.audit("test.treated")
    page = outcomes_of(anna, treated)
    assert "n = 3: too few to see anything in." in page
    assert "The higher values came later, so time and value cannot be told apart." in page
    address = f"/patients/{treated.patient_id}/outcomes/dose.svg"
    assert b'id="line"' not in anna.client.get(address).data
    with unit_of_work(cast.anna) as unit:
        for number, dose in enumerate(("0.5", "0.6"), 4):
            add_session(
                cast.anna, treated, number=number, dose_mg_per_kg=Decimal(dose), mood_after=5
            )
        unit.audit("test.treated")
    assert "n = 5 sessions of one person, which is few" in outcomes_of(anna, treated)
    assert b'id="line"' in anna.client.get(address).data


@pytest.mark.parametrize("which", ["durability", "dose", "dissociation"])
def test_a_picture_of_nothing_is_not_found(anna, cast, which):
    treated = treat(cast.anna, sessions=0, scores=0)
    path = f"/patients/{treated.patient_id}/outcomes/{which}.svg"
    assert anna.client.get(path).status_code == 404


def test_the_picture_is_drawn_in_each_look(anna, cast):
    treated = treat(cast.anna, scores=0)
    scored(cast.anna, treated, (20, FIRST - HOUR), (8, FIRST + 17 * DAY), (16, FIRST + 40 * DAY))
    path = f"/patients/{treated.patient_id}/outcomes/durability.svg"
    looks = {
        anna.client.get(f"{path}?shape={shape}&theme={theme}").data
        for shape in ("desktop", "phone")
        for theme in ("light", "dark")
    }
    assert len(looks) == 4
    assert all(b"course-1-half-gone" in one for one in looks)
    assert anna.client.get(f"{path}?shape=watch").status_code == 404


def test_who_may_not_read_the_record_reads_no_outcomes(browse, cast):
    treated = treat(cast.anna, scores=0)
    account(cast.console, treated)
    for path in ("outcomes", "outcomes/durability.svg"):
        address = f"/patients/{treated.patient_id}/{path}"
        for email, refused in ((ADAM, 403), (BEN, 403), (CLEO, 404)):
            assert browse(email).client.get(address).status_code == refused, (path, email)


def test_the_patients_page_leads_there(anna, cast):
    treated = treat(cast.anna)
    page = anna.open(f"/patients/{treated.patient_id}/")
    assert f"/patients/{treated.patient_id}/outcomes" in page.links


def test_a_merged_record_leads_to_the_one_that_is_kept(anna, cast):
    two = two_records(cast)
    put_together(two, cast.anna)
    page = anna.open(f"/patients/{two.merged.patient_id}/outcomes")
    assert "This record was merged" in page.text
    assert f"/patients/{two.kept.patient_id}/outcomes" in page.links
    kept = outcomes_of(anna, two.kept)
    assert "3 courses" in kept
