"""The same questions asked for twice: staff are asked, and the patient answers once."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.builders.check_ins import ask, fill, themself
from tracker.domain.problems import UnseenError
from tracker.models import db
from tracker.models.check_ins import CheckIn
from tracker.services import clock
from tracker.services.check_ins import answer_page, same_scale
from tracker.services.check_ins import answers as answering
from tracker.services.scores import commands as score_commands

DAY = timedelta(days=1)


@pytest.fixture
def ben(anna, patient):
    return replace(themself(anna.clinic_id, patient), user_id=7)


def found(by, check_in_id):
    return same_scale.earlier_answers(answer_page.find(check_in_id, by=by), by=by)


def test_a_second_form_of_a_scale_is_asked_about_once(anna, patient):
    ask(anna, patient)
    now = clock.now()
    with pytest.raises(UnseenError) as asked:
        same_scale.ask(patient, ["phq9", "gad7"], now, now + DAY, (), by=anna)
    [finding] = asked.value.findings
    assert finding.message.startswith("PHQ-9 is asked for already, until ")
    seen = [finding.message]
    same_scale.ask(patient, ["phq9", "gad7"], now, now + DAY, seen, by=anna)
    same_scale.ask(patient, ["gad7"], now, now + DAY, (), by=anna)
    same_scale.ask(patient, ["phq9"], now + 9 * DAY, now + 10 * DAY, (), by=anna)


@pytest.mark.both_databases
def test_one_answer_serves_both(anna, ben, patient):
    first, second = ask(anna, patient), ask(anna, patient)
    assert found(ben, second) == {}
    fill(ben, first)
    answering.finish(first, "phq9", by=ben)
    assert [*found(ben, second)] == ["phq9"]
    assert answering.use_earlier(second, "phq9", by=ben)
    assert db.session.get_one(CheckIn, second).state == "done"
    assert len(score_commands.of_patient(patient, by=anna)) == 1


def test_what_was_answered_before_it_opened_or_is_begun_here_does_not_serve(anna, ben, patient):
    first = ask(anna, patient)
    fill(ben, first)
    answering.finish(first, "phq9", by=ben)
    later = ask(anna, patient, opened=timedelta(hours=-1), lasts=5 * DAY)
    assert found(ben, later) == {}
    begun = ask(anna, patient)
    fill(ben, begun)
    assert found(ben, begun) == {}
    assert not answering.use_earlier(begun, "phq9", by=ben)
    assert db.session.get_one(CheckIn, begun).state == "open"


def test_the_holder_of_a_link_knows_of_no_other(anna, ben, patient):
    first, second = ask(anna, patient), ask(anna, patient)
    fill(ben, first)
    answering.finish(first, "phq9", by=ben)
    assert found(replace(ben, user_id=None), second) == {}
