"""A form answered and never sent is no lost form: what becomes of it when its check-in closes."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from tests.builders.check_ins import ask, fill, themself
from tracker.domain.check_ins.status import CheckInStatus
from tracker.domain.codes import Completeness, Mode, ReplyState
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn, Reply
from tracker.services import clock
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import closing, unsent
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins import queries as check_in_queries
from tracker.services.check_ins.queries import Show

AFTER = timedelta(days=40)


@pytest.fixture
def ben(anna, patient):
    return themself(anna.clinic_id, patient)


@pytest.fixture
def check_in(anna, patient):
    return ask(anna, patient)


def some(by, check_in_id, *values, code="phq9"):
    given = {f"{code}_{n}": (value, clock.now()) for n, value in enumerate(values, start=1)}
    answering.begin(check_in_id, by=by)
    answering.save(check_in_id, code, given, 5, by=by)


def closed(anna):
    with time_machine.travel(clock.now() + AFTER, tick=False):
        return closing.close_over(anna.clinic_id)


def scores(check_in_id):
    query = select(Assessment).where(Assessment.check_in_id == check_in_id)
    return db.session.scalars(query).all()


def reply(check_in_id):
    return db.session.scalars(select(Reply).where(Reply.check_in_id == check_in_id)).one()


@pytest.mark.both_databases
def test_a_form_of_all_nine_answers_that_was_never_sent_becomes_a_score_that_says_so(
    anna, ben, check_in
):
    answered_at = clock.now()
    with time_machine.travel(answered_at, tick=False):
        some(ben, check_in, *"111111110")
    assert closed(anna) == 1
    [score] = scores(check_in)
    assert (score.total, score.completeness) == (8, Completeness.COMPLETE)
    assert (score.mode, score.taken_at) == (Mode.SELF, answered_at)
    assert score.note == closing.NOTE
    row = db.session.get_one(CheckIn, check_in)
    assert row.state == "done"
    assert reply(check_in).assessment_id == score.id
    assert closed(anna) == 0
    assert len(scores(check_in)) == 1


@pytest.mark.both_databases
def test_what_was_answered_in_part_is_no_score_and_is_read_by_staff_once_it_is_over(
    anna, ben, check_in
):
    some(ben, check_in, "1", "2", "3", "0")
    open_now = unsent.find(check_in, by=anna)
    assert [form.words for form in open_now.forms] == ["PHQ-9: 4 of 9 answered, not sent"]
    assert not open_now.shows_answers
    assert closed(anna) == 0
    assert scores(check_in) == []
    assert reply(check_in).state == ReplyState.UNSENT.value
    with time_machine.travel(clock.now() + AFTER, tick=False):
        found = unsent.find(check_in, by=anna)
        [listed] = check_in_queries.listing(Show.UNSENT, by=anna).lines
    assert found.check_in.status is CheckInStatus.MISSED
    assert found.shows_answers
    [form] = found.forms
    assert [value for _item, value in form.items][:5] == [1, 2, 3, 0, None]
    assert listed.check_in.check_in_id == check_in


def test_what_was_never_begun_is_left_as_it_is(anna, ben, check_in):
    answering.begin(check_in, by=ben)
    assert closed(anna) == 0
    assert reply(check_in).state == ReplyState.OPEN.value
    with time_machine.travel(clock.now() + AFTER, tick=False):
        assert check_in_queries.listing(Show.UNSENT, by=anna).lines == ()


def test_a_check_in_that_is_still_open_is_not_touched(anna, ben, check_in):
    some(ben, check_in, *"111111110")
    assert closing.close_over(anna.clinic_id) == 0
    [form] = unsent.of_check_ins([check_in], by=anna)[check_in]
    assert (form.words, form.is_whole) == ("PHQ-9: 9 of 9 answered, not sent", True)


def test_a_part_that_was_sent_stays_and_the_other_is_taken_over(anna, ben, patient):
    made = ask(anna, patient, "phq9", "gad7")
    answering.begin(made, by=ben)
    fill(ben, made)
    answering.finish(made, "phq9", by=ben)
    some(ben, made, *"0000000", code="gad7")
    assert closed(anna) == 1
    assert {(one.instrument, one.note) for one in scores(made)} == {
        ("phq9", ""), ("gad7", closing.NOTE),
    }  # fmt: skip
    assert db.session.get_one(CheckIn, made).state == "done"


def test_a_withdrawn_or_declined_check_in_is_not_taken_over(anna, ben, check_in):
    some(ben, check_in, *"111111110")
    check_in_commands.withdraw(check_in, "Planned by mistake", by=anna)
    assert closed(anna) == 0
    assert scores(check_in) == []
